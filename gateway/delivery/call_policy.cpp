#include "delivery/call_policy.h"

#include <algorithm>

namespace lianqiao::delivery {

CallPolicy::CallPolicy(const config::Outbound& settings, std::size_t batch, TimePoint now)
    : batch_(batch), breaker_(settings.breakerFailures, settings.breakerRest) {
  if (settings.ratePerSecond > 0)
    rate_.emplace(settings.ratePerSecond, std::max(settings.burst, 1.0), now);
}

CallPolicy::TimePoint CallPolicy::nextStart(TimePoint now, std::size_t underWay) const {
  TimePoint start = pausedUntil_;
  if (breaker_.state() == Breaker::State::open) start = std::max(start, breaker_.until());
  if (breaker_.state() == Breaker::State::half_open && underWay > 0) return TimePoint::max();
  if (rate_) start = std::max(start, rate_->when(1));
  return std::max(start, now);
}

std::size_t CallPolicy::admit(TimePoint now) {
  if (now < pausedUntil_) return 0;
  std::size_t most = batch_;
  if (rate_) most = std::min(most, static_cast<std::size_t>(std::max(rate_->fill(now), 0.0)));
  if (most == 0 || !breaker_.admit(now)) return 0;
  return breaker_.state() == Breaker::State::half_open ? 1 : most;
}

void CallPolicy::begun(std::size_t records) {
  if (records == 0) return breaker_.abandon();
  if (rate_) rate_->take(static_cast<double>(records));
}

bool CallPolicy::ended(Verdict verdict, std::string_view code, TimePoint now) {
  const Breaker::State before = breaker_.state();
  breaker_.record(verdict, code, now);
  return breaker_.state() != before;
}

void CallPolicy::pauseUntil(TimePoint until) { pausedUntil_ = std::max(pausedUntil_, until); }

bool CallPolicy::resume(TimePoint now) {
  const bool rested = breaker_.endRest(now);
  const bool paused = pausedUntil_ > now;
  pausedUntil_ = std::min(pausedUntil_, now);
  return rested || paused;
}

std::optional<double> CallPolicy::allowance() const {
  if (!rate_) return std::nullopt;
  return rate_->left();
}

}  // namespace lianqiao::delivery
