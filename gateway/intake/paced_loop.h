#pragma once

#include <chrono>
#include <functional>
#include <string_view>
#include <thread>

#include "base/mutex.h"

namespace lianqiao::intake {

/// A thread that takes one turn after another and waits in between for as long as the last one
/// said. start() once; the rest is thread-safe.
class PacedLoop {
 public:
  /// How long to wait before the next turn.
  using Turn = std::function<std::chrono::milliseconds()>;

  PacedLoop() = default;
  ~PacedLoop() { stop(); }
  PacedLoop(const PacedLoop&) = delete;
  PacedLoop& operator=(const PacedLoop&) = delete;

  /// `end` is run on the same thread, behind the last turn.
  void start(std::string_view thread, Turn turn, std::function<void()> end = {});
  /// The next turn is due now. Whether the thread was waiting for it.
  bool hurry();
  /// For turns: whether somebody has hurried since the last one.
  bool takeHurry();
  /// No turn begins any more; waits for nothing.
  void beginStop();
  /// Waits for the turn under way and the end. Idempotent; of one thread. Whether it ended now.
  bool stop();

 private:
  bool awaitNext(std::chrono::milliseconds wait);

  base::Mutex mutex_;
  base::Condition wake_;
  bool waiting_ LIANQIAO_GUARDED_BY(mutex_) = false;
  bool hurried_ LIANQIAO_GUARDED_BY(mutex_) = false;
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace lianqiao::intake
