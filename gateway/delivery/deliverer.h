#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/even_clock.h"
#include "base/mutex.h"
#include "config/gateway_config.h"
#include "delivery/attempt.h"
#include "delivery/call_policy.h"
#include "delivery/hold_policy.h"
#include "delivery/lease_buffer.h"
#include "delivery/schedule.h"
#include "lianqiao/roles.h"
#include "pipeline/pipeline.h"
#include "queue/deliveries.h"
#include "queue/exception_room.h"
#include "queue/takers.h"

namespace lianqiao::delivery {

/// What operators see of one peer's deliveries.
struct DelivererStatus {
  std::string peer;
  std::string state;  ///< ok · failing (the last call) · resting · paused (refused, or its
      ///< exceptions have no room) · trying · waiting (it cannot be sent to now) ·
      ///< scheduled (its set time has not come)
  std::string cause;   ///< Code of the last failure that changed the state.
  std::string detail;  ///< Of the last failure.
  std::size_t inFlight = 0;
  std::optional<WallTime> lastDelivered;
  std::optional<WallTime> lastFailed;
  std::optional<WallTime> nextTry;  ///< While something holds it back that ends by itself.
};

/// Counts for metrics: (peer, verdict or code, milliseconds of the attempt).
using AttemptObserver =
    std::function<void(std::string_view peer, const Outcome&, std::chrono::milliseconds)>;

/// Delivers to one peer: its own threads (started on demand, at most `concurrency`), its own rest
/// and rate, so that no other peer feels what happens here. CallPolicy says when the peer may be
/// called, HoldPolicy how much to lease; the threads here only do it. Leases by itself when woken,
/// or with the group that owes (queue::Takers); settles through the queue. Thread-safe. REQUIRES:
/// everything passed in outlives it.
class Deliverer final : public queue::Taker {
 public:
  struct Collaborators {
    queue::Deliveries& deliveries;
    const pipeline::Pipeline& pipeline;
    base::Clock& clock;
    AttemptObserver observe;
    /// Of the exceptions of its deliveries. While it is full nothing is sent: what is owed waits.
    queue::ExceptionRoom* room = nullptr;
    /// Why nothing can be sent to it now though it is well (its session is not open); nothing where
    /// it can. Null: always. Thread-safe, calls nothing of the deliverer.
    std::function<std::optional<Error>()> shut = {};
    /// Where its own ids of things are known; null: nowhere.
    queue::References* references = nullptr;
    std::chrono::milliseconds referenceWait = config::ReferenceSettings().wait;
    /// Gets what was delivered, for who keeps the history. Null: nobody does.
    record::SentPayloads* sent = nullptr;
  };

  Deliverer(const config::PeerConfig& peer, config::RetryPolicy retry, Sink& sink,
            Collaborators collaborators, std::uint64_t seed);
  ~Deliverer() override;
  Deliverer(const Deliverer&) = delete;
  Deliverer& operator=(const Deliverer&) = delete;

  Demand demand() override;
  /// After the end it goes back.
  void take(Result<std::vector<queue::Lease>> leases) override;
  void wake() override;

  /// A person knows that the peer is well again: neither its rest nor its own "not before" holds
  /// the next try back. Whether one did.
  bool resume();
  /// Takes nothing new and gives back what was leased and not begun; waits for nothing. Idempotent.
  void beginStop();
  /// After beginStop(): true once no attempt is under way, false when `time` has passed before.
  bool awaitEnd(std::chrono::milliseconds time);
  /// beginStop(), then lets attempts under way end, each within its deadline, and the last demand
  /// be answered. Idempotent.
  void stop();
  [[nodiscard]] DelivererStatus status() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  void noteNextTry(DelivererStatus& status) const LIANQIAO_REQUIRES(mutex_);
  void growLocked() LIANQIAO_REQUIRES(mutex_);
  bool callAnotherLocked() LIANQIAO_REQUIRES(mutex_);
  void work();
  void rest(TimePoint now) LIANQIAO_REQUIRES(mutex_);
  TimePoint nextStart(TimePoint now) const LIANQIAO_REQUIRES(mutex_);
  TimePoint nextChance(TimePoint now) const LIANQIAO_REQUIRES(mutex_);
  bool asks(TimePoint now) const LIANQIAO_REQUIRES(mutex_);
  bool stuck(TimePoint now) const LIANQIAO_REQUIRES(mutex_);
  bool full() const { return collaborators_.room != nullptr && collaborators_.room->full(); }
  std::optional<Error> shut() const {
    return collaborators_.shut ? collaborators_.shut() : std::nullopt;
  }
  /// Nothing can be sent to it now, however well it is.
  bool closed() const { return !schedule_.isOpen(collaborators_.clock.wall()) || shut(); }
  std::size_t holdable() const LIANQIAO_REQUIRES(mutex_);
  // These four unlock it meanwhile.
  void fetch() LIANQIAO_REQUIRES(mutex_);
  /// Up to `want` leases; `all` becomes false where the queue failed after some.
  Result<std::vector<queue::Lease>> lease(std::size_t want, bool& all);
  bool returnWhileClosed() LIANQIAO_REQUIRES(mutex_);
  bool returnSuspect() LIANQIAO_REQUIRES(mutex_);
  void returnBeyond(std::size_t count) LIANQIAO_REQUIRES(mutex_);
  std::vector<queue::Lease> nextCall(TimePoint now) LIANQIAO_REQUIRES(mutex_);
  void attempt(Attempt& attempt, std::vector<queue::Lease> leases);
  void judge(const std::vector<Attempt::End>& ends, std::chrono::milliseconds took);
  void conclude(Attempt::End end, std::chrono::milliseconds took);
  queue::Settlement noteLocked(queue::Lease lease, const Outcome& outcome)
      LIANQIAO_REQUIRES(mutex_);

  // Constant after construction.
  const std::string peer_;
  const std::string adapter_;
  const config::Outbound settings_;
  const config::RetryPolicy retry_;
  Sink& sink_;
  const Collaborators collaborators_;
  const base::EvenClock even_;
  const Schedule schedule_;
  const std::size_t batch_;
  const std::size_t mostThreads_;

  mutable base::Mutex mutex_;
  base::Condition changed_;  ///< There may be something to do.
  base::Condition ended_;    ///< A thread, or a demand.
  CallPolicy calls_ LIANQIAO_GUARDED_BY(mutex_);
  HoldPolicy holds_ LIANQIAO_GUARDED_BY(mutex_);
  LeaseBuffer buffer_ LIANQIAO_GUARDED_BY(mutex_);
  std::mt19937_64 random_ LIANQIAO_GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_ LIANQIAO_GUARDED_BY(mutex_);
  std::size_t live_ LIANQIAO_GUARDED_BY(mutex_) = 0;  // threads that have not ended
  std::size_t idle_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::size_t inFlight_ LIANQIAO_GUARDED_BY(mutex_) = 0;  // records
  // An idle thread has been notified and is not up yet.
  bool called_ LIANQIAO_GUARDED_BY(mutex_) = false;
  bool demanding_ LIANQIAO_GUARDED_BY(mutex_) = false;  // what comes for us is being leased
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;
  TimePoint turned_ LIANQIAO_GUARDED_BY(mutex_){};  // when a call last began or ended

  // What operators see.
  WallTime refused_ LIANQIAO_GUARDED_BY(mutex_){};  // when it last refused
  bool lastCallFailed_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::string lastCode_ LIANQIAO_GUARDED_BY(mutex_);
  std::string lastDetail_ LIANQIAO_GUARDED_BY(mutex_);
  std::optional<WallTime> lastDelivered_ LIANQIAO_GUARDED_BY(mutex_);
  std::optional<WallTime> lastFailed_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::delivery
