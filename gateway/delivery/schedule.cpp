#include "delivery/schedule.h"

#include <algorithm>

namespace lianqiao::delivery {

std::optional<WallTime> Schedule::opens(WallTime now) const {
  if (isOpen(now)) return std::nullopt;
  return hours_->next(now).begin;
}

std::optional<base::WeeklyHours::Opening> Schedule::running(WallTime now) const {
  return hours_ ? hours_->at(now) : std::nullopt;
}

std::chrono::milliseconds Schedule::wait(WallTime now) const {
  const auto next = opens(now);
  return next ? std::min(kLookAgain, *next - now) : std::chrono::milliseconds(0);
}

WallTime Schedule::sendable(WallTime accepted) const {
  return isOpen(accepted) ? accepted : hours_->next(accepted).begin;
}

}  // namespace lianqiao::delivery
