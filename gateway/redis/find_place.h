#pragma once

#include <memory>

#include "base/log_line.h"
#include "config/gateway_config.h"
#include "lianqiao/result.h"
#include "redis/redis_place.h"

namespace lianqiao::redis {

/// Where a Redis that is not ours is: by its URL, or by what the sentinels say. Connects nowhere
/// yet. Fails with config.invalid.
Result<std::unique_ptr<RedisPlace>> findPlace(const config::RedisSettings& settings,
                                              base::LogLine log);

}  // namespace lianqiao::redis
