#pragma once

#include <string>
#include <vector>

#include "lianqiao/result.h"
#include "queue/keys.h"
#include "redis/redis_connection.h"

namespace lianqiao::queue {

/// Every peer that ever sent or was owed something, configured today or not; fails with
/// queue.unavailable.
Result<std::vector<std::string>> knownPeers(redis::RedisConnection& connection, const Keys& keys);

}  // namespace lianqiao::queue
