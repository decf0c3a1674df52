#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "admin/operations.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "config/gateway_config.h"
#include "observe/log.h"
#include "observe/usual_silence.h"
#include "review/peer_signs.h"

namespace lianqiao::runtime {

/// Notices peers that send nothing for too long: by what their file expects, or else by what they
/// usually do (observe/usual_silence.h). Logs each begin and end once. One thread looks, any asks.
class SilenceWatch {
 public:
  /// One that sends.
  struct Sender {
    std::string name;
    std::optional<config::Expectation> expect;
  };

  /// What was before the start counts for nobody's silence: we may have been away.
  SilenceWatch(observe::Log& log, const base::Clock& clock)
      : log_(log), clock_(clock), started_(clock.wall()) {}

  /// Looks at all of them, and notes the hours in which they are heard of. Call it regularly, from
  /// one thread. Fails with queue.unavailable; then what was known before stands.
  Result<void> look(review::PeerSigns& signs, const std::vector<Sender>& senders)
      LIANQIAO_EXCLUDES(mutex_);
  [[nodiscard]] std::optional<admin::Silence> silence(const std::string& peer) const
      LIANQIAO_EXCLUDES(mutex_);

 private:
  using Hours = std::set<observe::HourNumber>;

  Result<void> noteHour(review::PeerSigns& signs, const std::string& peer, WallTime heard,
                        Hours& hours) const;
  [[nodiscard]] std::optional<admin::Silence> judge(const Sender& sender,
                                                    std::optional<WallTime> heard,
                                                    const Hours& hours) const;
  void tell(const std::string& peer, const std::optional<admin::Silence>& before,
            const std::optional<admin::Silence>& now);

  observe::Log& log_;
  const base::Clock& clock_;
  const WallTime started_;
  std::map<std::string, Hours> hours_;  // of the looking thread
  mutable base::Mutex mutex_;
  std::map<std::string, admin::Silence> silent_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::runtime
