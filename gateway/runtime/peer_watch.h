#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "admin/api.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "observe/log.h"
#include "review/peer_signs.h"

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

  /// A time in which it does not work has begun, or has ended.
  using Told = std::function<void(const std::string& peer, const review::Outage& outage)>;

  /// `told` is called without a lock, by who calls look() or forget(). `node`: whose view it is.
  PeerWatch(observe::Log& log, const base::Clock& clock, std::string node = {}, Told told = {})
      : log_(log), clock_(clock), node_(std::move(node)), told_(std::move(told)) {}

  /// An outage that this node noticed before its start and has not seen end: it goes on until the
  /// peer is seen to work.
  void takeUp(const std::string& peer, const review::Outage& outage) LIANQIAO_EXCLUDES(mutex_);

  /// Call it regularly; `backlog` is nothing where it is not known or not asked for.
  void look(const std::string& peer, Way way, const admin::PeerState& state,
            const std::optional<Backlog>& backlog) LIANQIAO_EXCLUDES(mutex_);
  /// Since when it does not work; nothing while it does.
  [[nodiscard]] std::optional<WallTime> downSince(const std::string& peer, Way way) const
      LIANQIAO_EXCLUDES(mutex_);
  /// It is no longer configured.
  void forget(const std::string& peer) LIANQIAO_EXCLUDES(mutex_);

 private:
  struct Down {
    WallTime since{};
    std::string code;
    bool formerly = false;  ///< Taken up: a peer that nobody has asked yet looks well.
  };

  void tellDown(const std::string& peer, Way way, const admin::PeerState& state,
                const std::optional<Backlog>& backlog);
  void tell(const std::string& peer, Way way, const Down& down, std::optional<WallTime> end) const;
  void tellUp(const std::string& peer, Way way, const admin::PeerState& state, WallTime since);

  observe::Log& log_;
  const base::Clock& clock_;
  const std::string node_;
  const Told told_;
  mutable base::Mutex mutex_;
  std::map<std::pair<std::string, Way>, Down> down_ LIANQIAO_GUARDED_BY(mutex_);
};

/// "45s", "12min", "3h", "2d".
[[nodiscard]] std::string ageText(std::chrono::seconds age);

}  // namespace lianqiao::runtime
