#pragma once

#include <chrono>

#include "lianqiao/host.h"

namespace lianqiao::base {

/// The only way to the time. Everything that waits, expires or stamps takes one by reference.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady() const = 0;
};

/// The machine's clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override;
};

/// For waits: they end in real time, whatever clock judges what is waited for.
inline std::chrono::steady_clock::time_point realNow() { return SystemClock().steady(); }

}  // namespace lianqiao::base
