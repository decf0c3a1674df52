#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "plugin/guarded_call.h"

namespace lianqiao::plugin {

/// A call into an adapter that did not return in time.
struct HungCall {
  std::string adapter;
  std::string peer;
  std::string call;
  std::chrono::milliseconds late;  ///< Past its deadline when noticed.
};

/// Notices calls into adapters that run past their deadline and the grace.
///
/// It cannot end them: a thread cannot be killed without leaving its locks held, so the call keeps
/// its thread until it returns, if ever. What it gives is knowledge: `hung` is told once per peer
/// and call kind so that the gateway reports plugin.hung and hands that peer no more work, and
/// `returned` once the last of its late calls has come back. Give every peer a bounded share of the
/// threads, or a hanging adapter takes them all before the first deadline passes.
///
/// Thread-safe. `hung` runs on the watchdog's thread, `returned` on the thread whose call came
/// back; neither may call back into the watchdog. Both outlive it.
class Watchdog {
 private:
  struct Call {
    std::string adapter;
    std::string peer;
    std::string call;
    Deadline due;
    bool late = false;
  };

 public:
  using Told = std::function<void(const HungCall&)>;

  Watchdog(const base::Clock& clock, std::chrono::milliseconds grace, Told hung, Told returned);
  /// Stops the thread. REQUIRES: no Watch of it is left.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Starts the thread that calls check() when a deadline is due. REQUIRES: the clock is the
  /// machine's (tests with another call check() themselves).
  void start();
  /// Reports what is late by now.
  void check();

  /// Lives as long as the call.
  class Watch {
   public:
    Watch(Watch&& other) noexcept : dog_(std::exchange(other.dog_, nullptr)), call_(other.call_) {}
    Watch& operator=(Watch&&) = delete;
    ~Watch() {
      if (dog_ != nullptr) dog_->end(call_);
    }

   private:
    friend class Watchdog;
    Watch(Watchdog& dog, std::list<Call>::iterator call) : dog_(&dog), call_(call) {}
    Watchdog* dog_;
    std::list<Call>::iterator call_;
  };
  [[nodiscard]] Watch watch(const CallSite& site, Deadline deadline);

  /// True while a call of that kind for that peer is late.
  [[nodiscard]] bool isHung(std::string_view peer, std::string_view call) const;

 private:
  using Key = std::pair<std::string, std::string>;  // peer, call

  void end(std::list<Call>::iterator call);
  void run();
  [[nodiscard]] Deadline nextDue() const LIANQIAO_REQUIRES(mutex_);
  [[nodiscard]] std::chrono::milliseconds lateness(Deadline due) const;

  const base::Clock& clock_;
  const std::chrono::milliseconds grace_;
  const Told hung_;
  const Told returned_;

  base::Mutex telling_;  // before mutex_: keeps `returned` behind the `hung` it answers
  mutable base::Mutex mutex_;
  base::Condition wake_;
  std::list<Call> calls_ LIANQIAO_GUARDED_BY(mutex_);
  std::map<Key, int> late_ LIANQIAO_GUARDED_BY(mutex_);           // how many late calls of each
  Deadline alarm_ LIANQIAO_GUARDED_BY(mutex_) = Deadline::max();  // when run() looks next
  bool stop_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace lianqiao::plugin
