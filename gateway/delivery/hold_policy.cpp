#include "delivery/hold_policy.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lianqiao::delivery {

std::size_t HoldPolicy::most(std::optional<double> allowance) const {
  const auto threads = static_cast<double>(settings_.threads);
  const auto batch = static_cast<double>(settings_.batch);
  double held = std::max(threads * batch * kSeconds / callSeconds_, batch);
  if (allowance)
    held =
        std::min(held, std::max(settings_.ratePerSecond * kSeconds, std::min(batch, *allowance)));
  const double most = std::max<double>(kMost, std::min<double>(kMostOfACall, batch));
  const double bound = std::min(most, batch * threads * 4);
  return static_cast<std::size_t>(std::ceil(std::clamp(held, 1.0, bound)));
}

bool HoldPolicy::asks(TimePoint now, std::size_t held, std::size_t most, bool well) const {
  if (!mayHaveMore() || now < askAgain_) return false;
  if (held == 0) return true;
  if (!well) return false;
  // Something urgent may have come behind a backlog, and we are slower than we were.
  if (now - asked_ >= kLookEvery) return true;
  // Where the last lease found all there was, the next one is worth its cost (Redis syncs for it)
  // only when our hands are nearly empty.
  return held <= most / (backlog_ ? 2 : 8);
}

HoldPolicy::TimePoint HoldPolicy::nextAsk() const {
  return mayHaveMore() ? askAgain_ : TimePoint::max();
}

bool HoldPolicy::announce() { return !std::exchange(more_, true); }

void HoldPolicy::began(TimePoint now) {
  asking_ = true;
  more_ = false;
  asked_ = now;
}

void HoldPolicy::ended(std::optional<std::size_t> leased, std::size_t wanted, TimePoint now) {
  asking_ = false;
  if (!leased) return postpone(now);
  backlog_ = *leased >= wanted;
  if (backlog_) more_ = true;
}

void HoldPolicy::postpone(TimePoint now) {
  more_ = true;
  askAgain_ = std::max(askAgain_, now + kAskAgain);
}

void HoldPolicy::called(std::chrono::milliseconds took) {
  const double seconds = std::max(std::chrono::duration<double>(took).count(), 1e-3);
  callSeconds_ += (seconds - callSeconds_) * kWeightOfACall;
}

}  // namespace lianqiao::delivery
