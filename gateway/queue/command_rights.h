#pragma once

#include <string>

#include "lianqiao/result.h"
#include "queue/keys.h"
#include "redis/redis_connection.h"

namespace lianqiao::queue {

/// Commands that a user of Redis lacks of those that the scripts need. A script ends where it meets
/// one, with half of its writes done.
struct CommandRights {
  std::string allow;    ///< "+PEXPIRE +HDEL", as ACL SETUSER takes them; empty: none is lacking.
  std::string lacking;  ///< "may not run PEXPIRE, HDEL on keys under {lq} (<what Redis said>)"
};

/// Tries each on one key, gone within the same step (probe.lua).
Result<CommandRights> tryCommands(redis::RedisConnection& connection, const Keys& keys);

}  // namespace lianqiao::queue
