#pragma once

#include "base/clock.h"

namespace lianqiao::base {

/// The wall clock as it stood when this was made, going on with the steady clock: one that is set
/// while the process runs makes nothing due, late or too old. Thread-safe. `clock` must outlive it.
class EvenClock {
 public:
  explicit EvenClock(const Clock& clock)
      : clock_(clock), wall_(clock.wall()), steady_(clock.steady()) {}

  [[nodiscard]] WallTime now() const {
    return wall_ + std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - steady_);
  }

 private:
  const Clock& clock_;
  const WallTime wall_;
  const std::chrono::steady_clock::time_point steady_;
};

}  // namespace lianqiao::base
