#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "redis/redis_connection.h"

namespace lianqiao::queue {

/// The Lua programs of scripts/, embedded at build time. Each is one atomic step of the queue.
enum class Script : std::uint8_t {
  accept,
  lease,
  settle,
  requeue,
  drop,
  makeDue,
  beat,
  poll,
  follow,
  probe,
  mend,
  raise,
  recount,
  release,
  enlist,
  resend,
  refer,
  arrived,
  waitOn,
  lack,
  reckon,
  arm
};

inline constexpr std::array kScripts = {
    Script::accept,  Script::lease, Script::settle,  Script::requeue, Script::drop,
    Script::makeDue, Script::beat,  Script::poll,    Script::follow,  Script::probe,
    Script::mend,    Script::raise, Script::recount, Script::release, Script::enlist,
    Script::resend,  Script::refer, Script::arrived, Script::waitOn,  Script::lack,
    Script::reckon,  Script::arm};

[[nodiscard]] std::string_view textOf(Script script);
/// What EVALSHA names it by.
[[nodiscard]] const std::string& shaOf(Script script);

/// Sends all of them to Redis (SCRIPT LOAD).
Result<void> loadScripts(redis::RedisConnection& connection);

/// Runs a command that is one EVALSHA, or MULTI, one EVALSHA and EXEC; where Redis has forgotten
/// the scripts they are loaded again. Returns what the script returned. A script that fails before
/// its first write changes nothing.
Result<const redis::RedisReply*> runScript(redis::RedisConnection& connection,
                                           const redis::RedisCommand& command);

}  // namespace lianqiao::queue
