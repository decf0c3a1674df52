#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/token_bucket.h"

namespace lianqiao::intake {

/// `perSecond` on average, up to `burst` at once. Thread-safe.
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
  const base::Clock& clock_;
  const bool limited_;
  base::Mutex mutex_;
  std::optional<base::TokenBucket> bucket_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::intake
