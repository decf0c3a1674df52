#include "delivery/breaker.h"

#include <algorithm>

namespace lianqiao::delivery {
namespace {

// A peer that comes back after hours must not wait long for us.
constexpr int kDoublings = 2;

}  // namespace

bool Breaker::admit(TimePoint now) {
  if (state_ == State::closed) return true;
  if (state_ == State::open && now >= until_) {
    state_ = State::half_open;
    probing_ = false;
  }
  if (state_ != State::half_open || probing_) return false;
  probing_ = true;
  return true;
}

bool Breaker::endRest(TimePoint now) {
  const bool rested = state_ == State::half_open || (state_ == State::open && until_ > now);
  until_ = std::min(until_, now);
  opened_ = 0;
  return rested;
}

void Breaker::abandon() { probing_ = false; }

void Breaker::record(Verdict verdict, std::string_view code, TimePoint now) {
  switch (verdict) {
    case Verdict::delivered:
    case Verdict::rejected:  // the peer is well enough to judge a record
      state_ = State::closed;
      inRow_ = 0;
      opened_ = 0;
      probing_ = false;
      cause_.clear();
      return;
    case Verdict::refused:
      open(code, now);
      return;
    case Verdict::retry:
    case Verdict::throttled:
      if (state_ == State::half_open || (state_ == State::closed && ++inRow_ >= limit_))
        open(code, now);
      return;
  }
}

void Breaker::open(std::string_view code, TimePoint now) {
  // Late failures of tries begun before do not lengthen the rest.
  if (state_ == State::open) return;
  state_ = State::open;
  probing_ = false;
  inRow_ = 0;
  cause_ = code;
  until_ = now + rest_ * (1 << std::min(opened_, kDoublings));
  ++opened_;
}

}  // namespace lianqiao::delivery
