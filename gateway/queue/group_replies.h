#pragma once

#include <cstddef>
#include <span>

#include "redis/redis_reply.h"

namespace lianqiao::queue {

/// What one group is made of, in the order in which it is sent. With submissions it is a
/// transaction: MULTI, the contents of records and tables of life cycles, accept.lua, settle.lua,
/// EXEC, and behind it WAIT. Without, it is settle.lua alone.
struct GroupParts {
  std::size_t contents = 0;  ///< Commands.
  bool accepts = false;
  bool settles = false;
  bool waits = false;

  [[nodiscard]] bool empty() const { return !accepts && !settles; }
};

/// Redis' answers to one group, each under the name of its part. Views into the connection's
/// replies, until its next exchange.
class GroupReplies {
 public:
  GroupReplies() = default;
  /// REQUIRES: one reply for each command of `parts`.
  GroupReplies(std::span<const redis::RedisReply* const> replies, const GroupParts& parts);

  /// Redis refused MULTI and then did the rest, or a part of it, one by one: refusal() says why.
  [[nodiscard]] bool isInDoubt() const { return inDoubt_; }
  /// Why Redis has not begun the group; null where it has.
  [[nodiscard]] const redis::RedisReply* refusal() const { return refusal_; }
  /// Redis had lost the scripts: it has done nothing but store contents, which come again.
  [[nodiscard]] bool forgotten() const { return forgotten_; }
  /// Of a part that the group has not: null.
  [[nodiscard]] const redis::RedisReply* accept() const { return accept_; }
  [[nodiscard]] const redis::RedisReply* settle() const { return settle_; }
  [[nodiscard]] const redis::RedisReply* replicas() const { return replicas_; }

 private:
  void readTransaction(std::span<const redis::RedisReply> done, const GroupParts& parts);

  const redis::RedisReply* refusal_ = nullptr;
  const redis::RedisReply* accept_ = nullptr;
  const redis::RedisReply* settle_ = nullptr;
  const redis::RedisReply* replicas_ = nullptr;
  bool forgotten_ = false;
  bool inDoubt_ = false;
};

}  // namespace lianqiao::queue
