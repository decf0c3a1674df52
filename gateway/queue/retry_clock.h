#pragma once

#include "base/even_clock.h"
#include "queue/keys.h"
#include "redis/redis_connection.h"

namespace lianqiao::queue {

/// The time by which retries are due: a wall clock that is set while the process runs neither holds
/// them back nor sets them all off.
using RetryClock = base::EvenClock;

/// Afterwards no retry to that peer is due later than `within` from `now`; how many would have
/// been.
Result<std::size_t> makeRetriesDueWithin(redis::RedisConnection& connection, const Keys& keys,
                                         std::string_view peer, WallTime now,
                                         std::chrono::milliseconds within);

/// For the start, of all peers within a minute: a former process may have written its times by a
/// wall clock that was set back since.
Result<void> makeAllRetriesDueSoon(redis::RedisConnection& connection, const Keys& keys,
                                   WallTime now);

}  // namespace lianqiao::queue
