#pragma once

#include <algorithm>
#include <chrono>

namespace lianqiao::base {

/// `perSecond` on average, up to `burst` at once. Not thread-safe.
class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// REQUIRES: perSecond > 0, burst >= 1. Full at first.
  TokenBucket(double perSecond, double burst, TimePoint now)
      : perSecond_(perSecond), burst_(burst), tokens_(burst), filled_(now) {}

  /// How many are there; less than zero while more was taken than there was.
  double fill(TimePoint now) {
    const std::chrono::duration<double> passed = now - filled_;
    tokens_ = std::min(burst_, tokens_ + std::max(0.0, passed.count()) * perSecond_);
    filled_ = now;
    return tokens_;
  }
  /// How many there were at the last fill().
  [[nodiscard]] double left() const { return tokens_; }
  /// How long after the last fill() `n`, or a whole burst where `n` is more, are there; zero when
  /// they are.
  [[nodiscard]] std::chrono::duration<double> wait(double n) const {
    constexpr double kRounding = 1e-9;
    const double missing = std::min(n, burst_) - tokens_;
    return std::chrono::duration<double>(missing <= kRounding ? 0 : missing / perSecond_);
  }
  /// The same as a point in time.
  [[nodiscard]] TimePoint when(double n) const {
    return filled_ + std::chrono::duration_cast<TimePoint::duration>(wait(n));
  }
  /// Also when there are fewer: paid off later.
  void take(double n) { tokens_ -= n; }

 private:
  const double perSecond_;
  const double burst_;
  double tokens_;
  TimePoint filled_;
};

}  // namespace lianqiao::base
