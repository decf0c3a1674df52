#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "queue/keys.h"
#include "redis/redis_connection.h"

namespace lianqiao::queue {

/// A lease that nobody settled.
struct Lapse {
  std::string peer;
  std::string recordId;
  std::string token;
  std::string_view strike{};  ///< Why it is one; empty = it was not in flight.
};

/// Gives their deliveries back, and strikes those that were in flight (deliver.strikes at the
/// third). In pieces, so that any number of them passes. `keep`: how long a delivered record stays.
/// A damaged key leaves the leases that need it and no others; returns why the first of them stays,
/// or nothing.
Result<std::string> sendLapses(redis::RedisConnection& connection, const Keys& keys,
                               std::span<const Lapse> lapses, WallTime now,
                               std::chrono::milliseconds keep, std::string_view journalMark,
                               base::IdSource& ids);

}  // namespace lianqiao::queue
