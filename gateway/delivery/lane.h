#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/even_clock.h"
#include "base/token_bucket.h"
#include "config/gateway_config.h"
#include "delivery/attempt.h"
#include "delivery/breaker.h"
#include "delivery/hand.h"
#include "lianqiao/roles.h"
#include "pipeline/pipeline.h"
#include "queue/exception_room.h"
#include "queue/work_queue.h"

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
    queue::WorkQueue& queue;
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
  /// WorkQueue::onOwed for this peer: what it would take now, with a call of take().
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

  void growLocked();
  bool callAnotherLocked();
  void work();
  TimePoint nextStart(TimePoint now) const;
  TimePoint nextChance(TimePoint now) const;
  bool wantsMore(TimePoint now) const;
  bool stuck(TimePoint now) const;
  bool full() const { return services_.room != nullptr && services_.room->full(); }
  std::size_t holdable() const;
  // Those with the lock unlock it meanwhile.
  void fetch(std::unique_lock<std::mutex>& lock);
  bool returnSuspect(std::unique_lock<std::mutex>& lock);
  void returnBeyond(std::size_t count, std::unique_lock<std::mutex>& lock);
  std::vector<queue::Lease> nextCall(TimePoint now);
  void attempt(Attempt& attempt, std::vector<queue::Lease> leases);
  void judge(const std::vector<Attempt::End>& ends, std::chrono::milliseconds took);
  void conclude(Attempt::End end, std::chrono::milliseconds took);
  queue::Settlement noteLocked(queue::Lease lease, const Outcome& outcome);

  // Constant after construction.
  const std::string peer_;
  const std::string adapter_;
  const config::Outbound settings_;
  const config::RetryPolicy retry_;
  Sink& sink_;
  const Services services_;
  const base::EvenClock even_;
  const std::size_t batch_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  Hand hand_;
  std::vector<std::jthread> threads_;
  Breaker breaker_;
  std::optional<base::TokenBucket> rate_;
  std::mt19937_64 random_;
  TimePoint slowUntil_{};  // throttled: nobody starts before
  TimePoint askAgain_{};   // after a failed lease
  WallTime refused_{};     // when it last refused
  TimePoint lookedAt_{};   // when the queue was asked last
  TimePoint turned_{};     // when a call last began or ended
  double callSeconds_;     // that a call takes, lately
  std::size_t live_ = 0;   // threads that have not ended
  std::size_t idle_ = 0;
  std::size_t inFlight_ = 0;
  bool called_ = false;   // an idle thread has been notified and is not up yet
  bool more_ = true;      // the queue may hold something for us
  bool backlog_ = false;  // the last lease gave as much as was asked for
  bool fetching_ = false;
  bool demanding_ = false;  // what comes for us is being leased
  bool stopping_ = false;
  bool lastCallFailed_ = false;
  std::string lastCode_;
  std::string lastDetail_;
  std::optional<WallTime> lastDelivered_;
  std::optional<WallTime> lastFailed_;
};

}  // namespace lianqiao::delivery
