#pragma once

#include "base/clock.h"
#include "queue/keys.h"
#include "queue/redis_connection.h"

namespace lianqiao::queue {

/// The time by which retries are due: the wall clock as it stood when this was made, going on with
/// the steady clock. So a wall clock that is set while the process runs neither holds retries back
/// nor sets them all off. Thread-safe.
class RetryClock {
 public:
  explicit RetryClock(const base::Clock& clock)
      : clock_(clock), wall_(clock.wall()), steady_(clock.steady()) {}

  [[nodiscard]] WallTime now() const {
    return wall_ + std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - steady_);
  }

 private:
  const base::Clock& clock_;
  const WallTime wall_;
  const std::chrono::steady_clock::time_point steady_;
};

/// For the start: a former process may have written its times by a wall clock that was set back
/// since. Afterwards no retry is due later than a minute from `now`.
Result<void> hastenRetries(RedisConnection& connection, const Keys& keys, WallTime now);

}  // namespace lianqiao::queue
