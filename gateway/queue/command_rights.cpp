#include "queue/command_rights.h"

#include <span>

#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::queue {

Result<CommandRights> tryCommands(redis::RedisConnection& connection, const Keys& keys) {
  redis::RedisCommand command;
  beginScript(command, Script::probe, keys, 0);
  const auto reply = runScript(connection, command);
  if (!reply.ok()) return reply.error();
  const std::span<const redis::RedisReply> refused = (*reply)->items;
  CommandRights rights;
  if (refused.size() < 2) return rights;
  for (std::size_t i = 0; i + 1 < refused.size(); i += 2) {
    rights.lacking.append(i == 0 ? "may not run " : ", ").append(refused[i].text);
    rights.allow.append(i == 0 ? "+" : " +").append(refused[i].text);
  }
  rights.lacking.append(" on keys under ").append(keys.tag()).append(" (");
  rights.lacking.append(refused[1].text).append(")");
  return rights;
}

}  // namespace lianqiao::queue
