#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace lianqiao::test {

/// A clock that moves only when told. Thread-safe.
class ManualClock final : public base::Clock {
 public:
  /// Starts at 2024-01-01T00:00:00Z.
  explicit ManualClock(std::chrono::milliseconds start = std::chrono::milliseconds(1704067200000))
      : wall_(start.count()) {}

  [[nodiscard]] WallTime wall() const override {
    return WallTime(std::chrono::milliseconds(wall_.load()));
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(steady_.load()));
  }

  /// Time passes: both clocks move.
  void advance(std::chrono::milliseconds by) {
    wall_ += by.count();
    steady_ += by.count();
  }
  /// Somebody sets the machine's clock: only the wall time jumps.
  void setWall(WallTime time) { wall_ = time.time_since_epoch().count(); }

 private:
  std::atomic<std::chrono::milliseconds::rep> wall_;
  std::atomic<std::chrono::milliseconds::rep> steady_{1};
};

}  // namespace lianqiao::test
