#include "queue/retry_clock.h"

#include <string>
#include <vector>

#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

constexpr long long kLongestMillis = 60'000;
constexpr long long kAtOnce = 1000;

}  // namespace

Result<void> hastenRetries(RedisConnection& connection, const Keys& keys, WallTime now) {
  const auto found = connection.call({"SMEMBERS", keys.peers()});
  if (!found.ok()) return found.error();
  std::vector<std::string> peers;
  for (const RedisReply& peer : (*found)->items) peers.emplace_back(peer.text);
  for (const std::string& peer : peers) {
    for (long long moved = kAtOnce; moved == kAtOnce;) {
      RedisCommand command;
      beginScript(command, Script::hasten, keys, 4);
      command.word(static_cast<long long>(now.time_since_epoch().count()));
      command.word(kLongestMillis);
      command.word(kAtOnce);
      command.word(peer);
      const auto reply = runScript(connection, command);
      if (!reply.ok()) return reply.error();
      moved = (*reply)->integer;
    }
  }
  return {};
}

}  // namespace lianqiao::queue
