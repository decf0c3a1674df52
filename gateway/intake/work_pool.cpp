#include "intake/work_pool.h"

#include <algorithm>

#include "base/clock.h"
#include "base/named_thread.h"

namespace lianqiao::intake {
namespace {
using namespace std::chrono_literals;
constexpr auto kStuckAfter = 1s;
constexpr auto kHoldsOthersAfter = 100ms;  // while tasks wait that a thread could take
constexpr auto kLookEvery = 50ms;
}  // namespace

WorkPool::WorkPool(int threads, std::string name) : name_(std::move(name)) {
  const base::Lock lock(mutex_);
  for (int i = 0; i < std::max(1, threads); ++i) startLocked();
  watcher_ = base::startThread("pool-watch", [this](const std::stop_token&) { watch(); });
}

WorkPool::~WorkPool() { stop(); }

bool WorkPool::post(std::string_view peer, int perPeer, std::function<void()> task) {
  return add(std::string(peer), perPeer, std::move(task), true);
}

void WorkPool::finish(std::string_view peer, int perPeer, std::function<void()> task) {
  // No peer's name holds a blank.
  add(std::string(peer) + " finish", perPeer, std::move(task), false);
}

bool WorkPool::add(std::string name, int perPeer, std::function<void()> task, bool bounded) {
  bool wake = false;
  {
    const base::Lock lock(mutex_);
    Line& line = lines_[std::move(name)];
    if (bounded && (stopping_ || line.tasks.size() >= kMostWaiting)) return false;
    line.limit = std::max(1, perPeer);
    line.tasks.push_back(std::move(task));
    if (!line.queued && line.running < line.limit) {
      line.queued = true;
      turns_.push_back(&line);
      wake = callLocked();
    }
  }
  if (wake) changed_.notifyOne();
  return true;
}

void WorkPool::stop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notifyAll();
  watching_.notifyAll();
  if (watcher_.joinable()) watcher_.join();
  std::vector<std::jthread> threads;
  {
    const base::Lock lock(mutex_);
    for (Worker& worker : workers_) threads.push_back(std::move(worker.thread));
  }
  threads.clear();
}

std::size_t WorkPool::stuck() const {
  const base::Lock lock(mutex_);
  return stuck_;
}

void WorkPool::startLocked() {
  Worker& self = workers_.emplace_back();
  ++live_;
  self.thread = base::startThread(name_ + "-" + std::to_string(started_++),
                                  [this, &self](const std::stop_token&) { work(self); });
}

/// One at a time: each that comes calls the next while there is work. True: the caller notifies
/// once it has unlocked.
bool WorkPool::callLocked() {
  if (turns_.empty() || idle_ == 0 || called_) return false;
  called_ = true;
  return true;
}

void WorkPool::work(Worker& self) {
  const base::Lock lock(mutex_);
  for (;;) {
    if (turns_.empty() && !stopping_) {
      // Under load the front is about to post: cheaper than to sleep and be woken for every task.
      const base::Unlocked meanwhile(mutex_);
      std::this_thread::yield();
    }
    while (turns_.empty()) {
      if (stopping_) return;
      ++idle_;
      changed_.wait(mutex_);
      --idle_;
      called_ = false;
    }
    Line& line = *turns_.front();
    turns_.pop_front();
    std::function<void()> task = std::move(line.tasks.front());
    line.tasks.pop_front();
    ++line.running;
    line.queued = !line.tasks.empty() && line.running < line.limit;
    if (line.queued) turns_.push_back(&line);
    const bool wake = callLocked();
    self.since = std::chrono::steady_clock::now();
    {
      const base::Unlocked meanwhile(mutex_);
      if (wake) changed_.notifyOne();
      task();
      task = nullptr;
    }
    self.since = TimePoint::max();
    --line.running;
    if (!line.queued && !line.tasks.empty() && line.running < line.limit) {
      line.queued = true;
      turns_.push_back(&line);
    }
    if (self.replaced) {
      // Its last line may have nobody else to serve it.
      if (!turns_.empty() && idle_ > 0) changed_.notifyOne();
      --stuck_;
      --live_;
      self.ended = true;
      return;
    }
  }
}

/// A thread that ended keeps its stack until it is joined. It needs the lock no more once it is
/// seen as ended.
void WorkPool::reapLocked() {
  workers_.remove_if([](Worker& worker) {
    if (!worker.ended) return false;
    worker.thread.join();
    return true;
  });
}

void WorkPool::watch() {
  const base::Lock lock(mutex_);
  while (!stopping_) {
    watching_.waitUntil(mutex_, base::realNow() + kLookEvery);
    reapLocked();
    const TimePoint now = std::chrono::steady_clock::now();
    const auto longest = turns_.empty() || idle_ > 0 ? kStuckAfter : kHoldsOthersAfter;
    for (Worker& worker : workers_) {
      if (worker.replaced || worker.since == TimePoint::max() || now - worker.since < longest)
        continue;
      if (live_ >= kMostThreads || stopping_) break;
      worker.replaced = true;
      ++stuck_;
      startLocked();
    }
  }
}

}  // namespace lianqiao::intake
