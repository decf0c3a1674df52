#include "plugin/watchdog.h"

#include <algorithm>
#include <vector>

#include "base/named_thread.h"

namespace lianqiao::plugin {

using std::chrono::milliseconds;

Watchdog::Watchdog(const base::Clock& clock, milliseconds grace, Told hung, Told returned)
    : clock_(clock), grace_(grace), hung_(std::move(hung)), returned_(std::move(returned)) {}

Watchdog::~Watchdog() {
  {
    const base::Lock lock(mutex_);
    stop_ = true;
  }
  wake_.notifyAll();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::start() {
  thread_ = base::startThread("watchdog", [this](const std::stop_token&) { run(); });
}

Watchdog::Watch Watchdog::watch(const CallSite& site, Deadline deadline) {
  const Deadline due = deadline < Deadline::max() - grace_ ? deadline + grace_ : Deadline::max();
  std::list<Call> added;
  added.push_front(
      {std::string(site.adapter), std::string(site.peer), std::string(site.call), due});
  const auto call = added.begin();
  bool sooner = false;
  {
    const base::Lock lock(mutex_);
    calls_.splice(calls_.begin(), added);
    // A call that has ended meanwhile leaves the alarm as it is: once too early costs less than a
    // wake for every call.
    sooner = due < alarm_;
    if (sooner) alarm_ = due;
  }
  if (sooner) wake_.notifyOne();
  return {*this, call};
}

void Watchdog::check() {
  const base::Lock telling(telling_);
  std::vector<HungCall> fresh;
  {
    const base::Lock lock(mutex_);
    const auto now = clock_.steady();
    for (auto& call : calls_) {
      if (call.late || now < call.due) continue;
      call.late = true;
      if (++late_[{call.peer, call.call}] > 1) continue;
      fresh.push_back({call.adapter, call.peer, call.call, lateness(call.due)});
    }
  }
  for (const auto& call : fresh) hung_(call);
}

void Watchdog::end(std::list<Call>::iterator call) {
  std::list<Call> ended;
  {
    const base::Lock lock(mutex_);
    ended.splice(ended.begin(), calls_, call);
    if (!call->late) return;
  }
  const base::Lock telling(telling_);
  {
    const base::Lock lock(mutex_);
    const auto late = late_.find({call->peer, call->call});
    if (--late->second > 0) return;
    late_.erase(late);
  }
  returned_({call->adapter, call->peer, call->call, lateness(call->due)});
}

milliseconds Watchdog::lateness(Deadline due) const {
  return std::chrono::duration_cast<milliseconds>(clock_.steady() - due + grace_);
}

bool Watchdog::isHung(std::string_view peer, std::string_view call) const {
  const base::Lock lock(mutex_);
  return late_.contains(Key(peer, call));
}

Deadline Watchdog::nextDue() const {
  Deadline due = Deadline::max();
  for (const auto& call : calls_) {
    if (!call.late) due = std::min(due, call.due);
  }
  return due;
}

void Watchdog::run() {
  for (;;) {
    {
      const base::Lock lock(mutex_);
      for (Deadline due = nextDue(); !stop_ && clock_.steady() < due; due = nextDue()) {
        alarm_ = due;
        if (due == Deadline::max()) {
          wake_.wait(mutex_);
        } else {
          wake_.waitUntil(mutex_, due);
        }
      }
      if (stop_) return;
    }
    check();
  }
}

}  // namespace lianqiao::plugin
