#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api.h"
#include "admin/json_builder.h"
#include "review/peer_signs.h"

namespace lianqiao::admin {

/// What the status tells of each peer beside its counts: when it was last heard of, whether that is
/// too long ago, who was refused in its name, when it was away, whom to call. Of one status.
class StatusSigns {
 public:
  /// A caller who was refused within this time makes the state of the peer that he names other than
  /// ok.
  static constexpr std::chrono::minutes kLately{10};

  explicit StatusSigns(const Backend& backend);

  /// Fails with queue.unavailable.
  Result<void> read();
  /// Why the peer's callers are refused now; nothing while nobody is.
  [[nodiscard]] std::optional<PeerState> refusing(const std::string& peer) const;
  /// Members of the peer's object. Fails with queue.unavailable.
  Result<void> write(JsonBuilder& json, const PeerFacts& peer) const;
  /// `refused_callers` of names that are no peer's, and how many are forgotten.
  void writeStrangers(JsonBuilder& json) const;

 private:
  void writeLast(JsonBuilder& json, std::string_view name, std::optional<WallTime> time) const;
  Result<void> writeDeadlines(JsonBuilder& json, const std::string& peer) const;
  void writeCallers(JsonBuilder& json, const std::string& peer) const;

  const Backend& backend_;
  const WallTime now_;
  const std::vector<Refusing> refusing_;
  const std::vector<observe::RefusedCaller> callers_;
  std::map<std::string, review::LastSigns> last_;
};

}  // namespace lianqiao::admin
