#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/result.h"
#include "redis/redis_address.h"
#include "redis/redis_command.h"
#include "redis/redis_reply.h"

struct redisReader;

namespace lianqiao::redis {

/// What the connections to one server share, beside their RedisPlace. Thread-safe.
struct ServerState {
  std::atomic<bool> doubted{false};  ///< One of them failed: the primary may be another by now.
  std::atomic<bool> left{false};     ///< It is no primary: none of them may be used any more.
};

/// One connection to Redis: bytes by poll(2) under a total time limit, parsed by hiredis's reader
/// into views. After any failure of exchange(), and after an answer that a primary does not give
/// (READONLY, LOADING, MASTERDOWN, UNKILLABLE), it is dead and stays so (a late answer would be
/// taken for the next one's); open another. Not thread-safe.
class RedisConnection {
 public:
  /// Connects, authenticates, selects the database and asks for a first PONG. Fails with
  /// queue.unavailable or another obstacle's code; the message says what was refused and what to
  /// do. A failure is told to `serverState`, and when that is left the connection is dead.
  static Result<std::unique_ptr<RedisConnection>> open(
      const RedisAddress& address, std::shared_ptr<ServerState> serverState = {});
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// Sends the commands and reads one reply each, error replies among them. The replies live until
  /// the next exchange. Fails with queue.unavailable; whether Redis did the commands is then
  /// unknown.
  Result<std::span<const RedisReply* const>> exchange(const RedisCommand& commands);

  /// As exchange(); an error reply is an Error, too: the first one.
  Result<std::span<const RedisReply* const>> callAll(const RedisCommand& commands);
  /// One command of that kind: its reply.
  Result<const RedisReply*> call(const RedisCommand& command);

  /// An error reply as an Error of ours: the code of its obstacle (obstacle.h), else
  /// queue.unavailable; with what an administrator should do.
  [[nodiscard]] Error refusal(const RedisReply& reply) const;

  /// False once it failed, or when the other side has closed it or sent something unasked.
  [[nodiscard]] bool usable() const;
  /// True once it failed or its server was left. Asks no system.
  [[nodiscard]] bool dead() const { return dead_ || left(); }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  RedisConnection(RedisAddress address, int socket, std::shared_ptr<ServerState> serverState);
  Result<void> greet();
  Result<void> converse(const RedisCommand& commands, Deadline until);
  /// Whether an answer says that this is not, or not now, the primary.
  [[nodiscard]] bool disowned() const;
  [[nodiscard]] bool left() const { return serverState_ != nullptr && serverState_->left; }
  Result<void> write(std::string_view bytes, Deadline until);
  Result<void> read(std::size_t replies, Deadline until);
  /// Waits until the socket can be read or written (POLLIN, POLLOUT).
  Result<void> await(short events, Deadline until) const;
  [[nodiscard]] Error failed(std::string_view what) const;

  RedisAddress address_;
  const std::shared_ptr<ServerState> serverState_;  ///< Null where the server can only be this one.
  int socket_;
  bool dead_ = false;
  redisReader* reader_;
  ReplyArena arena_;
  std::vector<char> input_;
  std::vector<const RedisReply*> replies_;
};

}  // namespace lianqiao::redis
