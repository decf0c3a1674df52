#include "intake/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace lianqiao::intake {

using std::chrono::milliseconds;

RateLimit::RateLimit(double perSecond, double burst, const base::Clock& clock)
    : clock_(clock), limited_(perSecond > 0) {
  if (limited_)
    bucket_.emplace(perSecond, burst >= 1 ? burst : std::max(1.0, perSecond), clock.steady());
}

milliseconds RateLimit::take(double n) {
  if (!limited_) return milliseconds(0);
  const base::Lock lock(mutex_);
  bucket_->fill(clock_.steady());
  const auto wait = bucket_->wait(n);
  if (wait.count() <= 0) bucket_->take(n);
  return milliseconds(static_cast<std::int64_t>(std::ceil(wait.count() * 1000)));
}

}  // namespace lianqiao::intake
