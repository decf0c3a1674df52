#include "intake/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace lianqiao::intake {

RateLimit::RateLimit(double perSecond, double burst, const base::Clock& clock)
    : perSecond_(perSecond),
      burst_(burst >= 1 ? burst : std::max(1.0, perSecond)),
      clock_(clock),
      tokens_(burst_),
      filled_(clock.steady()) {}

std::chrono::milliseconds RateLimit::take(double n) {
  if (perSecond_ <= 0) return std::chrono::milliseconds(0);
  const base::Lock lock(mutex_);
  const auto now = clock_.steady();
  const std::chrono::duration<double> passed = now - filled_;
  tokens_ = std::min(burst_, tokens_ + std::max(0.0, passed.count()) * perSecond_);
  filled_ = now;
  const double missing = std::min(n, burst_) - tokens_;
  // A billionth is rounding, not debt.
  if (missing <= 1e-9) {
    tokens_ -= n;
    return std::chrono::milliseconds(0);
  }
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(std::ceil(missing / perSecond_ * 1000)));
}

}  // namespace lianqiao::intake
