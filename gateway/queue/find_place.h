#pragma once

#include <memory>

#include "config/gateway_config.h"
#include "lianqiao/result.h"
#include "queue/log.h"
#include "queue/redis_place.h"

namespace lianqiao::queue {

/// Where a Redis that is not ours is: by its URL, or by what the sentinels say. Connects nowhere
/// yet. Fails with config.invalid.
Result<std::unique_ptr<RedisPlace>> findPlace(const config::RedisSettings& settings, Log log);

}  // namespace lianqiao::queue
