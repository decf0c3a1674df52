#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "base/token_bucket.h"
#include "config/gateway_config.h"
#include "delivery/breaker.h"
#include "lianqiao/roles.h"

namespace lianqiao::delivery {

/// When a peer may be called, and with how many records: its rest after failures, the time that it
/// asked for, its rate. Knows neither threads nor the queue: all times are given to it. Not
/// thread-safe: the deliverer's lock guards it.
class CallPolicy {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  CallPolicy(const config::Outbound& settings, std::size_t batch, TimePoint now);

  /// When a call may start next, not before `now`. max: not before one of the records `underWay`
  /// has ended.
  [[nodiscard]] TimePoint nextStart(TimePoint now, std::size_t underWay) const;
  /// How many records a call that starts now may take; 0: none may start. Where it is not 0,
  /// begun() follows.
  [[nodiscard]] std::size_t admit(TimePoint now);
  /// So many went into the admitted call; 0: it does not happen.
  void begun(std::size_t records);
  /// What one call says of the peer, whatever the number of records in it. True when that changed
  /// whether it may be called.
  bool ended(Verdict verdict, std::string_view code, TimePoint now);
  /// The peer was not asked after all.
  void abandon() { breaker_.abandon(); }
  /// Nobody starts before.
  void pauseUntil(TimePoint until);
  /// A person knows that the peer is well again. Whether anything held it back.
  bool resume(TimePoint now);

  /// Neither rests nor is being tried.
  [[nodiscard]] bool isWell() const { return breaker_.state() == Breaker::State::closed; }
  [[nodiscard]] Breaker::State state() const { return breaker_.state(); }
  /// The code that made it rest; empty while it is well.
  [[nodiscard]] const std::string& cause() const { return breaker_.cause(); }
  /// Records that its rate lets pass now; nothing where it has none.
  [[nodiscard]] std::optional<double> allowance() const;

 private:
  const std::size_t batch_;
  Breaker breaker_;
  std::optional<base::TokenBucket> rate_;
  TimePoint pausedUntil_{};
};

}  // namespace lianqiao::delivery
