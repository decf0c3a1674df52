#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "lianqiao/result.h"
#include "queue/work_queue.h"

namespace lianqiao::intake {

/// How many of its raw items a peer may have set aside for people to look at, in count and bytes.
/// At that its senders get 429 and its source pauses: nothing of what was set aside is dropped for
/// room. What is stored is told by know(); what came since is added here, so that one look a second
/// is enough. One request or poll may go beyond. Thread-safe.
class ExceptionShare {
 public:
  ExceptionShare(std::size_t most, std::size_t mostBytes) : most_(most), mostBytes_(mostBytes) {}

  /// What of these will be set aside.
  void add(std::span<const queue::Entry> entries);
  /// All there is now, in Redis and the spool.
  void know(const queue::ExceptionShare& stored);
  /// Why nothing more is taken; nothing while there is room. For people at the sender's side.
  [[nodiscard]] std::optional<Error> full() const;

 private:
  [[nodiscard]] bool isFull() const;

  const std::uint64_t most_;
  const std::uint64_t mostBytes_;
  std::atomic<std::uint64_t> stored_{0}, storedBytes_{0};
  std::atomic<std::uint64_t> since_{0}, sinceBytes_{0};
};

}  // namespace lianqiao::intake
