#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log_line.h"
#include "base/mutex.h"
#include "config/gateway_config.h"
#include "queue/heartbeat.h"
#include "queue/journal_mark.h"
#include "queue/keys.h"
#include "queue/lease_flights.h"
#include "queue/retry_clock.h"
#include "queue/takers.h"
#include "redis/connection_pool.h"

namespace lianqiao::queue {

/// One thread that finds what nobody announces: leases that lapsed, retries whose time has come,
/// work that another node left, what is owed and stands in no line, exceptions past their
/// retention.
///
/// A lease lapses when this sweeper has seen the same token for the lease's whole time on its own
/// steady clock: a jump of any wall clock lapses nothing. Leases of a dead node (Heartbeat) and of
/// a former run of this one lapse at once, and so do those of which this node never heard. Leases
/// of a living node by time are that node's own affair for a while: it knows which were in flight.
/// Of this node's, those lapse with a strike that were with the adapter all the time, while this
/// node neither stood still nor missed Redis.
class Sweeper {
 public:
  struct Settings {
    std::chrono::milliseconds every{1000};
    config::Retention retention;  ///< Of exceptions: 0 = for ever.
    /// How often each peer's `open` is gone on with, for `mend` of those that are as old.
    std::chrono::milliseconds mendEvery{10'000};
    std::size_t mend = 200;
  };

  Sweeper(redis::ConnectionPool& pool, Keys keys, Settings settings, Heartbeat& heart,
          const LeaseFlights& attempts, const base::Clock& clock, const RetryClock& retries,
          base::IdSource& ids, const Takers& takers, const JournalMark& journal, base::LogLine log);
  ~Sweeper();

  /// `peer` will have something to lease after that time. Thread-safe.
  void wakeLater(std::string_view peer, std::chrono::milliseconds after);
  /// The answer to this node's lease call of that number was lost: what Redis has leased by it, or
  /// may yet, nobody holds, and it lapses at the next sweep. The latest 10,000 count; what the
  /// others leased lapses by time, as all does after `until`. Thread-safe.
  void disown(std::uint64_t call, std::chrono::steady_clock::time_point until);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Seen {
    TimePoint since;
    std::uint64_t round = 0;
  };

  void run();
  Result<void> sweep();
  Result<void> sweepPeers(redis::RedisConnection& connection, std::span<const std::string> peers);
  /// Lines up what scripts that ended half-way have left owed and in no line. Each time a piece of
  /// `open`, so that a long one costs no more than a short one.
  Result<void> mendPeers(redis::RedisConnection& connection, std::span<const std::string> peers);
  Result<void> endWaiting(redis::RedisConnection& connection);
  Result<void> dropOldExceptions(redis::RedisConnection& connection);
  Result<bool> firstExceptionIsOld(redis::RedisConnection& connection, WallTime before) const;
  /// By which exceptions grow old: it follows the wall clock, but forwards not much faster than the
  /// steady one, so that a clock that is set ahead by a year does not drop them all.
  Result<WallTime> evenTime(redis::RedisConnection& connection);
  void forgetDisowned();
  [[nodiscard]] bool isDisowned(std::uint64_t call);
  [[nodiscard]] bool lapsed(std::string_view record, std::string_view token);
  [[nodiscard]] bool hung(std::string_view peer, std::string_view record, std::string_view token);

  redis::ConnectionPool& pool_;
  const Keys keys_;
  const Settings settings_;
  Heartbeat& heart_;
  const LeaseFlights& attempts_;
  const base::Clock& clock_;
  const RetryClock& retries_;
  base::IdSource& ids_;
  const Takers& takers_;
  const JournalMark& journal_;
  const base::LogLine log_;

  base::Mutex mutex_;
  base::Condition wake_;
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::multimap<TimePoint, std::string> later_ LIANQIAO_GUARDED_BY(mutex_);
  std::map<std::uint64_t, TimePoint> disowned_ LIANQIAO_GUARDED_BY(mutex_);

  // Of the sweeping thread alone.
  std::map<std::string, Seen, std::less<>> seen_;  ///< By token and record.
  std::uint64_t round_ = 0;
  std::map<std::string, long long, std::less<>> mendAt_;  ///< Where to go on, by peer.
  TimePoint mendNext_{};
  // What damaged keys kept from being done, each told in the log once; all else goes on.
  std::set<std::string> damaged_;   ///< In this sweep.
  std::set<std::string> unmended_;  ///< In the last round of mendPeers().
  std::optional<WallTime> even_;
  WallTime storedEven_{};
  TimePoint evenAt_{};

  std::jthread thread_;
};

}  // namespace lianqiao::queue
