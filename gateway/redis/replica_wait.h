#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "lianqiao/result.h"
#include "redis/redis_command.h"
#include "redis/redis_reply.h"

namespace lianqiao::redis {

/// Holds an acknowledgement back until so many replicas have what was written before (WAIT). Where
/// they have not in time nothing may be acknowledged; the records may be stored all the same, and
/// come again under their ids. Not thread-safe.
class ReplicaWait {
 public:
  ReplicaWait(int least, std::chrono::milliseconds time) : least_(least), time_(time) {}

  [[nodiscard]] bool wanted() const { return least_ > 0; }
  /// The last command of a group.
  void add(RedisCommand& command) const;
  /// What its answer says: nothing, or queue.replicas for the group.
  [[nodiscard]] std::optional<Error> hear(const RedisReply& reply, const std::string& place) const;

 private:
  const int least_;
  const std::chrono::milliseconds time_;
};

}  // namespace lianqiao::redis
