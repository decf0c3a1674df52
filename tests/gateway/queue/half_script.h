#pragma once

#include <string>
#include <string_view>

#include "queue/group_words.h"
#include "queue/scripts.h"
#include "redis/redis_command.h"

namespace lianqiao::queue {

/// The script as it is, but its n-th command of Redis ends it: what was written stays.
inline std::string failingAt(Script script, int n) {
  std::string text(textOf(script));
  const std::string bind = "= redis.call";
  const std::size_t at = text.find(bind);
  if (at == std::string::npos) return {};
  text.replace(at, bind.size(), "= failing");
  const std::string prelude =
      "local left = " + std::to_string(n) +
      "\nlocal function failing(...) left = left - 1 if left == 0 then error({ err = 'ERR the "
      "test ends it here' }) end return redis.call(...) end\n";
  text.insert(text.find('\n') + 1, prelude);
  return text;
}

/// EVAL of that text; so many arguments must follow.
inline void beginText(redis::RedisCommand& command, const std::string& text, const Keys& keys,
                      std::size_t arguments) {
  command.begin(4 + arguments);
  command.word("EVAL");
  command.word(text);
  command.word("1");
  command.word(keys.tag());
}

}  // namespace lianqiao::queue
