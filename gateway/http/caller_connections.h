#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/ip_address.h"
#include "http/waiting_lines.h"

namespace lianqiao::http {

/// The connections of each caller's address, by the slots of the front: how many he has, and which
/// of them has waited longest. Callers are known only while they have one. Every call is O(1). Not
/// thread-safe.
class CallerConnections {
 public:
  /// `most`: of one caller.
  explicit CallerConnections(std::size_t most) : most_(most) {}

  [[nodiscard]] bool hasRoom(const base::IpAddress& caller) const;
  /// REQUIRES: hasRoom(), and the slot counts for nobody yet.
  void enter(std::uint32_t slot, const base::IpAddress& caller);
  /// Nothing where the slot counts for nobody.
  void leave(std::uint32_t slot);
  /// In which line it waits; `anew`: from now on, at its end. Nothing where it counts for nobody.
  void wait(std::uint32_t slot, WaitingLines::Line line, bool anew);
  /// Which of his may be closed for another of his; nothing while all are at work.
  [[nodiscard]] std::optional<std::uint32_t> first(const base::IpAddress& caller) const;

 private:
  struct Caller {
    std::size_t count = 0;
    WaitingLines lines;
  };
  using Callers = std::unordered_map<base::IpAddress, Caller, base::IpHash>;

  const std::size_t most_;
  Callers callers_;
  std::vector<Callers::value_type*> of_;  // by slot; stay where they are while they are known
  WaitingLines::Places places_;
};

}  // namespace lianqiao::http
