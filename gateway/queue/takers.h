#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "queue/deliveries.h"

namespace lianqiao::queue {

/// Who takes the deliveries of one peer. All calls come on threads of the queue. None may wait.
class Taker {
 public:
  /// What it would take now of what is being owed.
  struct Demand {
    std::size_t count = 0;              ///< At most. 0: nothing now, wake() instead.
    std::chrono::milliseconds time{0};  ///< Of the leases.
  };
  virtual ~Taker() = default;

  /// Asked before a group is sent. Where it is not 0, one take() follows.
  virtual Demand demand() = 0;
  /// What was leased upon the last demand, or why nothing was.
  virtual void take(Result<std::vector<Lease>> leases) = 0;
  /// There may be something to lease.
  virtual void wake() = 0;
};

/// How a record goes out in the very step that takes it in.
///
/// A group of submissions owes deliveries. To lease them in a step of their own would cost each
/// group another round trip and another sync of Redis' file. So the queue asks beforehand who would
/// take of it at once, and leases for these in the same transaction. In order, on the commit
/// thread:
///
/// 1. GroupCommit builds a group, and tells GroupLeases which records it owes to whom.
/// 2. GroupLeases finds the peer's Taker here and asks for its demand(). That is 0 while the peer
///    rests or is slow, while the taker holds enough, and while other records wait before these:
///    what is behind others is leased in its turn.
/// 3. accept.lua leases to it what it has just lined up, at most what was demanded: heads of their
///    keys' lines that nobody waits before in the peer's lanes. It sends back their ids alone, for
///    the process has the records. Where others wait, it leases nothing.
/// 4. take() gets the leases, or the error where the answer was lost. What Redis leased without our
///    hearing of it lapses (Sweeper::disown).
/// 5. Every other peer that the group owes something is woken: one without a demand, one whose
///    demand was smaller than what is owed, and one of which something was left in a lane. So is a
///    peer whose settlements bring up others, whose leases lapse, whose retries are due and whose
///    exceptions are replayed: whenever there may be something new, on whatever thread.
///
/// The taker of a peer is its deliverer (delivery/). A peer that fetches for itself has none. With
/// `redis.min_replicas` nobody is asked, for replicas must have the group before it goes out.
/// Thread-safe. A taker is kept alive from its demand to its take().
class Takers {
 public:
  /// In place of the one before.
  void set(std::string_view peer, std::shared_ptr<Taker> taker) LIANQIAO_EXCLUDES(mutex_);
  /// Where it is still that peer's.
  void remove(std::string_view peer, const Taker* taker) LIANQIAO_EXCLUDES(mutex_);
  /// Null where there is none.
  [[nodiscard]] std::shared_ptr<Taker> find(std::string_view peer) const LIANQIAO_EXCLUDES(mutex_);
  void wake(std::string_view peer) const;

 private:
  mutable base::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Taker>, std::less<>> takers_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::queue
