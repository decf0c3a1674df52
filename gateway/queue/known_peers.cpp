#include "queue/known_peers.h"

namespace lianqiao::queue {

Result<std::vector<std::string>> knownPeers(redis::RedisConnection& connection, const Keys& keys) {
  const auto reply = connection.call({"SMEMBERS", keys.peers()});
  if (!reply.ok()) return reply.error();
  std::vector<std::string> names;
  for (const redis::RedisReply& name : (*reply)->items) names.emplace_back(name.text);
  return names;
}

}  // namespace lianqiao::queue
