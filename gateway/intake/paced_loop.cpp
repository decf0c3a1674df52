#include "intake/paced_loop.h"

#include <utility>

#include "base/clock.h"
#include "base/named_thread.h"

namespace lianqiao::intake {

using std::chrono::milliseconds;

void PacedLoop::start(std::string_view thread, Turn turn, std::function<void()> end) {
  thread_ = base::startThread(
      thread, [this, turn = std::move(turn), end = std::move(end)](const std::stop_token&) {
        for (milliseconds wait{0}; awaitNext(wait); wait = turn()) {
        }
        if (end) end();
      });
}

bool PacedLoop::hurry() {
  bool waited = false;
  {
    const base::Lock lock(mutex_);
    hurried_ = true;
    waited = waiting_;
  }
  wake_.notifyAll();
  return waited;
}

bool PacedLoop::takeHurry() {
  const base::Lock lock(mutex_);
  return std::exchange(hurried_, false);
}

void PacedLoop::beginStop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notifyAll();
}

bool PacedLoop::stop() {
  beginStop();
  if (!thread_.joinable()) return false;
  thread_.join();
  return true;
}

bool PacedLoop::awaitNext(milliseconds wait) {
  const auto next = base::realNow() + wait;
  const base::Lock lock(mutex_);
  waiting_ = true;
  while (!stopping_ && !hurried_) {
    if (!wake_.waitUntil(mutex_, next)) break;
  }
  waiting_ = false;
  return !stopping_;
}

}  // namespace lianqiao::intake
