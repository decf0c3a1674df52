#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"

namespace lianqiao::base {

/// Refusals of one kind: told to the administrator at most once a minute, however many there are.
/// Thread-safe.
class RefusalTally {
 public:
  explicit RefusalTally(const Clock& clock) : clock_(clock) {}

  /// One more. How many there were since the last telling where it is time to tell.
  std::optional<std::size_t> add() LIANQIAO_EXCLUDES(mutex_) {
    const Lock lock(mutex_);
    ++untold_;
    const auto now = clock_.steady();
    if (told_ && now - *told_ < std::chrono::minutes(1)) return std::nullopt;
    told_ = now;
    return std::exchange(untold_, 0);
  }

 private:
  const Clock& clock_;
  Mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> told_ LIANQIAO_GUARDED_BY(mutex_);
  std::size_t untold_ LIANQIAO_GUARDED_BY(mutex_) = 0;
};

}  // namespace lianqiao::base
