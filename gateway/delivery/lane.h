#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/even_clock.h"
#include "base/mutex.h"
#include "base/token_bucket.h"
#include "config/gateway_config.h"
#include "delivery/attempt.h"
#include "delivery/breaker.h"
#include "delivery/hand.h"
#include "lianqiao/roles.h"
#include "pipeline/pipeline.h"
#include "queue/deliveries.h"
#include "queue/exception_room.h"

namespace lianqiao::delivery {

/// What operators see of one peer's deliveries.
struct LaneStatus {
  std::string peer;
  /// ok · failing (the last call) · resting · paused (refused, or its exceptions have no room) ·
  /// trying
  std::string state;
  std::string cause;   ///< Code of the last failure that changed the state.
  std::string detail;  ///< Of the last failure.
  std::size_t inFlight = 0;
  std::optional<WallTime> lastDelivered;
  std::optional<WallTime> lastFailed;
};

/// Counts for metrics: (peer, verdict or code, milliseconds of the attempt).
using AttemptObserver =
    std::function<void(std::string_view peer, const Outcome&, std::chrono::milliseconds)>;

/// Delivers to one peer: its own threads (started on demand, at most `concurrency`), its own
/// breaker and rate, so that no other peer feels what happens here. Leases by itself when woken;
/// settles through the queue. Thread-safe. REQUIRES: everything passed in outlives it.
class Lane {
 public:
  struct Services {
    queue::Deliveries& deliveries;
    const pipeline::Pipeline& pipeline;
    base::Clock& clock;
    AttemptObserver observe;
    /// Of the exceptions of its deliveries. While it is full nothing is sent: what is owed waits.
    queue::ExceptionRoom* room = nullptr;
  };

  Lane(const config::PeerConfig& peer, config::RetryPolicy retry, Sink& sink, Services services,
       std::uint64_t seed);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// There may be something to deliver.
  void wake();
  /// A person knows that the peer is well again: neither its rest nor its own "not before" holds
  /// the next try back. Whether one did.
  bool resume();
  /// Deliveries::onOwed for this peer: what it would take now, with a call of take().
  queue::Demand demand(std::function<void(Result<std::vector<queue::Lease>>)> take);
  /// What was leased upon the last demand; after the end it goes back.
  void take(Result<std::vector<queue::Lease>> leases);
  /// Takes nothing new and gives back what was leased and not begun; waits for nothing. Idempotent.
  void beginStop();
  /// After beginStop(): true once no attempt is under way, false when `time` has passed before.
  bool awaitEnd(std::chrono::milliseconds time);
  /// beginStop(), then lets attempts under way end, each within its deadline, and the last demand
  /// be answered. Idempotent.
  void stop();
  [[nodiscard]] LaneStatus status() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  void growLocked() LIANQIAO_REQUIRES(mutex_);
  bool callAnotherLocked() LIANQIAO_REQUIRES(mutex_);
  void work();
  TimePoint nextStart(TimePoint now) const LIANQIAO_REQUIRES(mutex_);
  TimePoint nextChance(TimePoint now) const LIANQIAO_REQUIRES(mutex_);
  bool wantsMore(TimePoint now) const LIANQIAO_REQUIRES(mutex_);
  bool stuck(TimePoint now) const LIANQIAO_REQUIRES(mutex_);
  bool full() const { return services_.room != nullptr && services_.room->full(); }
  std::size_t holdable() const LIANQIAO_REQUIRES(mutex_);
  // These three unlock it meanwhile.
  void fetch() LIANQIAO_REQUIRES(mutex_);
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
  const Services services_;
  const base::EvenClock even_;
  const std::size_t batch_;

  mutable base::Mutex mutex_;
  base::Condition changed_;
  Hand hand_ LIANQIAO_GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_ LIANQIAO_GUARDED_BY(mutex_);
  Breaker breaker_ LIANQIAO_GUARDED_BY(mutex_);
  std::optional<base::TokenBucket> rate_ LIANQIAO_GUARDED_BY(mutex_);
  std::mt19937_64 random_ LIANQIAO_GUARDED_BY(mutex_);
  TimePoint slowUntil_ LIANQIAO_GUARDED_BY(mutex_){};  // throttled: nobody starts before
  TimePoint askAgain_ LIANQIAO_GUARDED_BY(mutex_){};   // after a failed lease
  WallTime refused_ LIANQIAO_GUARDED_BY(mutex_){};     // when it last refused
  TimePoint lookedAt_ LIANQIAO_GUARDED_BY(mutex_){};   // when the queue was asked last
  TimePoint turned_ LIANQIAO_GUARDED_BY(mutex_){};     // when a call last began or ended
  double callSeconds_ LIANQIAO_GUARDED_BY(mutex_);     // that a call takes, lately
  std::size_t live_ LIANQIAO_GUARDED_BY(mutex_) = 0;   // threads that have not ended
  std::size_t idle_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::size_t inFlight_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  // An idle thread has been notified and is not up yet.
  bool called_ LIANQIAO_GUARDED_BY(mutex_) = false;
  bool more_ LIANQIAO_GUARDED_BY(mutex_) = true;      // the queue may hold something for us
  bool backlog_ LIANQIAO_GUARDED_BY(mutex_) = false;  // the last lease gave all that was asked for
  bool fetching_ LIANQIAO_GUARDED_BY(mutex_) = false;
  bool demanding_ LIANQIAO_GUARDED_BY(mutex_) = false;  // what comes for us is being leased
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;
  bool lastCallFailed_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::string lastCode_ LIANQIAO_GUARDED_BY(mutex_);
  std::string lastDetail_ LIANQIAO_GUARDED_BY(mutex_);
  std::optional<WallTime> lastDelivered_ LIANQIAO_GUARDED_BY(mutex_);
  std::optional<WallTime> lastFailed_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::delivery
