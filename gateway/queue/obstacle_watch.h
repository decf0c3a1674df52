#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/mutex.h"
#include "lianqiao/result.h"

namespace lianqiao::redis {
class RedisConnection;
}

namespace lianqiao::queue {

class Keys;

/// Why Redis takes no records now. Whatever the cause, it is one state with one code: away
/// (queue.unavailable), queue.loading, queue.memory, queue.disk, queue.read_only, queue.rights,
/// queue.replicas, queue.busy; at a start or a fail-over also queue.unsafe and queue.node_taken.
struct Obstacle {
  std::string code;
  std::string detail;  ///< For an administrator: where, what Redis said, what to do.
  WallTime since{};
};

/// Whether Redis would take records now from this user: asked by a write that stores nothing, and
/// by each command of the scripts on a key of its own. Fails with the obstacle.
Result<void> tryWrites(redis::RedisConnection& connection, const Keys& keys);

/// Whether there is an obstacle, since when, and one line in the log at its begin, at each change
/// of its code and at its end. Thread-safe.
class ObstacleWatch {
 public:
  /// The clock must outlive it.
  ObstacleWatch(base::LogLine log, const base::Clock& clock)
      : log_(std::move(log)), clock_(clock) {}

  void met(const Error& why) LIANQIAO_EXCLUDES(mutex_);
  void over() LIANQIAO_EXCLUDES(mutex_);
  /// Cheap.
  [[nodiscard]] bool stands() const { return stands_.load(std::memory_order_acquire); }
  [[nodiscard]] std::optional<Obstacle> get() const LIANQIAO_EXCLUDES(mutex_);
  /// For whoever is refused because of it.
  [[nodiscard]] Error error() const;

 private:
  const base::LogLine log_;
  const base::Clock& clock_;
  std::atomic<bool> stands_{false};
  mutable base::Mutex mutex_;
  std::optional<Obstacle> obstacle_ LIANQIAO_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point begin_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::queue
