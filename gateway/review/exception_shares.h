#pragma once

#include <map>
#include <string>

#include "lianqiao/result.h"
#include "queue/keys.h"
#include "redis/redis_connection.h"
#include "review/record_store.h"

/// What stands in Redis of each peer's exceptions (queue/FORMAT.md, `share`).
namespace lianqiao::review {

Result<std::map<std::string, PeerShares>> readShares(redis::RedisConnection& connection,
                                                     const queue::Keys& keys);

/// Counts what a version without shares has left; once in a layout's life, cheap from then on.
Result<void> recountShares(redis::RedisConnection& connection, const queue::Keys& keys);

}  // namespace lianqiao::review
