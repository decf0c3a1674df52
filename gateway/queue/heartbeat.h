#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/mutex.h"
#include "queue/keys.h"
#include "redis/connection_pool.h"
#include "redis/redis_reply.h"

namespace lianqiao::queue {

/// One run of this node, entered in Redis.
struct NodeRun {
  std::string node;
  long long start = 0;      ///< Number of this start.
  std::string incarnation;  ///< "node.start", as in lease tokens.
  bool formerGone = false;  ///< No process of a former run can still be alive.
  std::chrono::steady_clock::time_point beaten{};  ///< Before the first beat was sent.
};

/// Tells the other nodes each second that this one lives, and watches their beats on its own steady
/// clock, so that jumps of wall clocks and their differences mean nothing. A beat that has not
/// changed for 5 s is a dead node's; after 10 min it is removed. A node whose own last confirmed
/// beat is older than 4 s must not send (fresh()); after such a gap an era begins, and leases of
/// the era before are void. Conditions: FORMAT.md. Thread-safe.
class Heartbeat {
 public:
  static constexpr std::chrono::milliseconds kStale{4000};
  static constexpr std::chrono::milliseconds kDead{5000};

  /// Enters the node: refuses (queue.node_taken) a name under which another process beats, for
  /// which it must watch 2.5 s where that process cannot be seen from here. `local`: Redis can be
  /// reached from this machine only.
  static Result<NodeRun> enter(redis::RedisConnection& connection, const Keys& keys,
                               std::string_view node, bool local, const base::Clock& clock);

  Heartbeat(redis::ConnectionPool& pool, Keys keys, NodeRun run, std::chrono::milliseconds every,
            const base::Clock& clock, base::LogLine log);
  /// Says goodbye: others need not wait for what this node held.
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// This node has come over to another primary, which may lack the last writes of the one before:
  /// enters the run there again, sees to it that no token is given twice, and begins an era. Fails
  /// with queue.unsafe where the queue is not there at all.
  Result<void> follow(redis::RedisConnection& connection);

  [[nodiscard]] const std::string& incarnation() const { return run_.incarnation; }
  /// Whether nobody can have taken over what this node holds.
  [[nodiscard]] bool fresh() const;
  /// Grows with each gap in the beats. Read it before asking Redis for what is to be held.
  [[nodiscard]] std::uint64_t era() const { return era_; }
  /// Another process has started under this node's name.
  [[nodiscard]] bool superseded() const { return superseded_; }
  [[nodiscard]] Error supersededError() const;
  /// That node's run, named as in tokens, is over. Asking about one begins watching it.
  bool isDead(std::string_view incarnation);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Seen {
    std::string counter;
    TimePoint since;  ///< Of the last change.
  };

  void run();
  /// False where it must be tried again.
  bool beat();
  void observe(TimePoint sent, std::span<const redis::RedisReply> beats);
  void noteSuperseded(std::string_view beat);
  void goodbye();

  redis::ConnectionPool& pool_;
  const Keys keys_;
  const NodeRun run_;
  const std::string mark_;
  const std::chrono::milliseconds every_;
  const base::Clock& clock_;
  const base::LogLine log_;

  std::atomic<std::uint64_t> era_{1};
  std::atomic<TimePoint> beaten_;  ///< When the last confirmed beat was sent. After era_.
  std::atomic<bool> superseded_{false};
  long long counter_ = 1;  // of the beating thread alone
  // Nodes and their beats that are to go with the next one; of the beating thread alone.
  std::map<std::string, std::string, std::less<>> forgotten_;
  TimePoint nextWarning_{};  // of the beating thread alone

  mutable base::Mutex mutex_;
  base::Condition wake_;
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::map<std::string, Seen, std::less<>> seen_ LIANQIAO_GUARDED_BY(mutex_);
  std::string taker_ LIANQIAO_GUARDED_BY(mutex_);

  std::jthread thread_;
};

}  // namespace lianqiao::queue
