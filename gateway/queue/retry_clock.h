#pragma once

#include "base/even_clock.h"
#include "queue/keys.h"
#include "queue/redis_connection.h"

namespace lianqiao::queue {

/// The time by which retries are due: a wall clock that is set while the process runs neither holds
/// them back nor sets them all off.
using RetryClock = base::EvenClock;

/// For the start: a former process may have written its times by a wall clock that was set back
/// since. Afterwards no retry is due later than a minute from `now`.
Result<void> hastenRetries(RedisConnection& connection, const Keys& keys, WallTime now);

}  // namespace lianqiao::queue
