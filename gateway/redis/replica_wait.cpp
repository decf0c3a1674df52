#include "redis/replica_wait.h"

#include "lianqiao/codes.h"

namespace lianqiao::redis {

void ReplicaWait::add(RedisCommand& command) const {
  command.add({"WAIT", std::to_string(least_), std::to_string(time_.count())});
}

std::optional<Error> ReplicaWait::hear(const RedisReply& reply, const std::string& place) const {
  const long long have = reply.isError() ? 0 : reply.number();
  if (have >= least_) return std::nullopt;
  std::string detail = "Redis at " + place + " has " + std::to_string(have) + " of " +
                       std::to_string(least_) + " replicas (redis.min_replicas) within " +
                       std::to_string(time_.count()) +
                       " ms: nothing is acknowledged until they are back; senders are told to come "
                       "again, which doubles nothing";
  if (reply.isError()) detail += ". It says: " + std::string(reply.text.substr(0, 200));
  return Error{codes::kQueueReplicas, std::move(detail)};
}

}  // namespace lianqiao::redis
