#pragma once

#include "base/clock.h"

namespace lianqiao::intake {

/// A clock that stands until the test moves it.
class FixedClock final : public base::Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return wallTime; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override { return steadyTime; }
  void pass(std::chrono::milliseconds time) {
    wallTime += time;
    steadyTime += time;
  }

  WallTime wallTime{std::chrono::milliseconds(1'760'000'000'000)};
  std::chrono::steady_clock::time_point steadyTime{std::chrono::hours(1)};
};

}  // namespace lianqiao::intake
