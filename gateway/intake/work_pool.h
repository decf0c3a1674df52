#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"

namespace lianqiao::intake {

/// The threads that decode and normalize. Work is queued per peer and taken round robin, at most
/// `perPeer` tasks of one peer at a time, so that neither a flooding nor a hanging peer holds the
/// rest: a task that runs longer than a second, or a tenth of one while others wait, is counted as
/// stuck and a thread is started in its place (up to kMostThreads). Thread-safe.
class WorkPool {
 public:
  static constexpr std::size_t kMostThreads = 64;
  static constexpr std::size_t kMostWaiting = 4096;  ///< Tasks of one peer.

  /// `name` is of its threads: at most 10 characters.
  explicit WorkPool(int threads, std::string name = "intake");
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  /// False when this peer has too many tasks waiting already, or the pool stops.
  bool post(std::string_view peer, int perPeer, std::function<void()> task);
  /// As post, in a line of its own and without bound: for work that ends a request. A peer whose
  /// other tasks all hang still gets the answers it is owed.
  void finish(std::string_view peer, int perPeer, std::function<void()> task);
  /// Ends what runs and what waits, then joins. Tasks that are stuck are waited for.
  void stop();
  [[nodiscard]] std::size_t stuck() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  // Of both the pool's mutex_ guards what changes.
  struct Line {
    std::deque<std::function<void()>> tasks;
    int running = 0;
    int limit = 1;
    bool queued = false;
  };
  struct Worker {
    TimePoint since = TimePoint::max();
    bool replaced = false;
    bool ended = false;
    std::jthread thread;
  };

  bool add(std::string line, int perPeer, std::function<void()> task, bool bounded);
  bool callLocked() LIANQIAO_REQUIRES(mutex_);
  void work(Worker& self);
  void watch();
  void startLocked() LIANQIAO_REQUIRES(mutex_);
  void reapLocked() LIANQIAO_REQUIRES(mutex_);

  const std::string name_;
  mutable base::Mutex mutex_;
  base::Condition changed_;
  base::Condition watching_;
  std::unordered_map<std::string, Line> lines_ LIANQIAO_GUARDED_BY(mutex_);
  // Lines that have a task and room to run it.
  std::deque<Line*> turns_ LIANQIAO_GUARDED_BY(mutex_);
  std::list<Worker> workers_ LIANQIAO_GUARDED_BY(mutex_);
  std::size_t idle_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  // An idle thread has been notified and is not up yet.
  bool called_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::size_t stuck_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::size_t live_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::size_t started_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::jthread watcher_;
};

}  // namespace lianqiao::intake
