/// The part of Deliverer that operators see.
#include <algorithm>

#include "delivery/deliverer.h"
#include "lianqiao/codes.h"

namespace lianqiao::delivery {

DelivererStatus Deliverer::status() const {
  const base::Lock lock(mutex_);
  DelivererStatus status;
  status.peer = peer_;
  switch (calls_.state()) {
    case Breaker::State::closed:
      status.state = lastCallFailed_ ? "failing" : "ok";
      break;
    case Breaker::State::open:
      status.state = calls_.cause() == codes::kRefused ? "paused" : "resting";
      break;
    case Breaker::State::half_open:
      status.state = "trying";
      break;
  }
  status.cause = lastCode_;
  status.detail = lastDetail_;
  if (full()) {
    status.state = "paused";
    status.cause = codes::kExceptionsFull;
    status.detail =
        "Too many of its deliveries are exceptions: nothing is sent until they are fewer";
  }
  if (const auto why = shut()) {
    status.state = "waiting";
    status.cause = why->code;
    status.detail = why->detail;
  }
  status.inFlight = inFlight_;
  status.lastDelivered = lastDelivered_;
  status.lastFailed = lastFailed_;
  noteNextTry(status);
  return status;
}

void Deliverer::noteNextTry(DelivererStatus& status) const {
  const TimePoint now = collaborators_.clock.steady();
  const TimePoint next = calls_.nextStart(now, 0);
  if (next > now)
    status.nextTry = collaborators_.clock.wall() +
                     std::chrono::duration_cast<std::chrono::milliseconds>(next - now);
  const auto opens = schedule_.opens(collaborators_.clock.wall());
  if (!opens) return;
  status.nextTry = status.nextTry ? std::max(*status.nextTry, *opens) : *opens;
  if (status.state != "ok") return;
  status.state = "scheduled";
  status.detail = "it takes what it is owed at set times";
}

}  // namespace lianqiao::delivery
