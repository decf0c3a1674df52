#pragma once

#include <chrono>

#include "base/clock.h"
#include "base/mutex.h"

namespace lianqiao::intake {

/// A token bucket: `perSecond` on average, up to `burst` at once. Thread-safe.
class RateLimit {
 public:
  /// perSecond 0 = no limit; burst below 1 = one second's worth, at least 1. `clock` must outlive
  /// the object.
  RateLimit(double perSecond, double burst, const base::Clock& clock);

  /// Takes `n` and returns zero, or takes nothing and returns how long to wait (for Retry-After,
  /// round up). More than the burst is let through when the bucket is full and then paid off: a
  /// large batch waits for its turn but is not refused for ever.
  std::chrono::milliseconds take(double n = 1);

 private:
  const double perSecond_;
  const double burst_;
  const base::Clock& clock_;
  base::Mutex mutex_;
  double tokens_ LIANQIAO_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point filled_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::intake
