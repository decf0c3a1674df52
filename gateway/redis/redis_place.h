#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/log_line.h"
#include "base/mutex.h"
#include "redis/redis_address.h"
#include "redis/redis_connection.h"
#include "redis/sentinels.h"

namespace lianqiao::redis {

/// Where the queue is: the one way to a connection, whether the server is the managed one, has an
/// address, or is the one that the sentinels name. Thread-safe.
///
/// With sentinels: a server is used when a sentinel names it and it calls itself a primary (ROLE).
/// After any failure of a connection they are asked again; a thread asks them each second besides,
/// for an old primary that comes back believes for a while that it still is one. When the primary
/// is another, every connection to the one before is dead at once, also one that waits for an
/// answer.
class RedisPlace {
 public:
  /// Looks at another primary before any connection to it is given out; when it fails, none is.
  using Check = std::function<Result<void>(RedisConnection&)>;

  explicit RedisPlace(RedisAddress address);
  RedisPlace(std::unique_ptr<Sentinels> sentinels, base::LogLine log);
  ~RedisPlace();
  RedisPlace(const RedisPlace&) = delete;
  RedisPlace& operator=(const RedisPlace&) = delete;

  /// A connection to the primary. Fails with queue.unavailable, and for a growing while (at most
  /// 250 ms) at once with what was said last.
  Result<std::unique_ptr<RedisConnection>> open();

  /// For each further primary, on the thread that finds it. An empty one ends it: afterwards the
  /// former is not called and does not run.
  void onFailOver(Check check);

  /// For messages.
  [[nodiscard]] std::string text() const;
  /// host:port of what the sentinels name; empty before they did, and without sentinels.
  [[nodiscard]] std::string primary() const;
  [[nodiscard]] std::chrono::milliseconds timeout() const { return address_.timeout; }
  /// Only this machine can reach it.
  [[nodiscard]] bool local() const { return !address_.socket.empty(); }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Opened = Result<std::unique_ptr<RedisConnection>>;
  struct Server {
    RedisAddress address;
    std::shared_ptr<ServerState> serverState;  ///< Null: none known yet.
    long long epoch = 0;
    [[nodiscard]] bool trusted() const {
      return serverState != nullptr && !serverState->left && !serverState->doubted;
    }
  };

  [[nodiscard]] Server server() const;
  std::unique_ptr<RedisConnection> openKnown();
  Opened find();
  Opened ask() LIANQIAO_REQUIRES(finding_);
  Opened adopt(const Sentinels::Word& word) LIANQIAO_REQUIRES(finding_);
  Result<void> inspect(RedisConnection& connection, const RedisAddress& address)
      LIANQIAO_REQUIRES(finding_);
  void watch();
  void look();

  const RedisAddress address_;  ///< With sentinels only its user, password, limits.
  const std::unique_ptr<Sentinels> sentinels_;
  const base::LogLine log_;

  base::Mutex finding_;  ///< Who asks the sentinels holds it. Taken before mutex_.
  Check check_ LIANQIAO_GUARDED_BY(finding_);
  TimePoint notBefore_ LIANQIAO_GUARDED_BY(finding_){};
  std::chrono::milliseconds backOff_ LIANQIAO_GUARDED_BY(finding_){0};
  Error lastError_ LIANQIAO_GUARDED_BY(finding_);
  std::string refused_ LIANQIAO_GUARDED_BY(finding_);  ///< What check_ said last.

  mutable base::Mutex mutex_;
  base::Condition wake_;
  Server server_ LIANQIAO_GUARDED_BY(mutex_);
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;

  std::jthread thread_;
};

}  // namespace lianqiao::redis
