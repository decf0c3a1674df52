#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "admin/api.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "observe/log.h"

namespace lianqiao::runtime {

/// Notices when deliveries to a peer, or polls of it, cease to work and when they work again; logs
/// each change once and remembers since when it is so. What fails now and then is no change: only a
/// rest, a pause, a hanging adapter or a failed poll is. Thread-safe.
class PeerWatch {
 public:
  enum class Way : std::uint8_t { delivery, polling };
  /// What is owed to it.
  struct Backlog {
    std::uint64_t open = 0;
    std::chrono::milliseconds oldest{0};
  };

  PeerWatch(observe::Log& log, const base::Clock& clock) : log_(log), clock_(clock) {}

  /// Call it regularly; `backlog` is nothing where it is not known or not asked for.
  void look(const std::string& peer, Way way, const admin::PeerState& state,
            const std::optional<Backlog>& backlog) LIANQIAO_EXCLUDES(mutex_);
  /// Since when it does not work; nothing while it does.
  [[nodiscard]] std::optional<WallTime> downSince(const std::string& peer, Way way) const
      LIANQIAO_EXCLUDES(mutex_);
  /// It is no longer configured.
  void forget(const std::string& peer) LIANQIAO_EXCLUDES(mutex_);

 private:
  void tellDown(const std::string& peer, Way way, const admin::PeerState& state,
                const std::optional<Backlog>& backlog);
  void tellUp(const std::string& peer, Way way, const admin::PeerState& state, WallTime since);

  observe::Log& log_;
  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  std::map<std::pair<std::string, Way>, WallTime> down_ LIANQIAO_GUARDED_BY(mutex_);
};

/// "45s", "12min", "3h", "2d".
[[nodiscard]] std::string ageText(std::chrono::seconds age);

}  // namespace lianqiao::runtime
