#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "lianqiao/host.h"

namespace lianqiao::base {

/// Spans of time that come again each week: from 02:00 for two hours on working days. Immutable,
/// thread-safe, knows no clock. Zones with a summer time are not meant: one offset holds all year.
class WeeklyHours {
 public:
  using Minutes = std::chrono::minutes;
  struct Span {
    Minutes begin{0};                     ///< Of the day, below 24 hours.
    std::chrono::milliseconds length{0};  ///< 1 ms to 24 hours: it may end on the day after.
  };
  /// From `begin` until before `end`.
  struct Opening {
    WallTime begin;
    WallTime end;
  };
  static constexpr std::uint8_t kEveryDay = 0x7F;

  /// `days`: bit 0 is Monday; a span belongs to the day on which it begins. `offset`: of local time
  /// before UTC. REQUIRES: a span and a day.
  WeeklyHours(std::vector<Span> spans, std::uint8_t days, Minutes offset);

  /// The opening that `time` lies in; of several the one that ends last.
  [[nodiscard]] std::optional<Opening> at(WallTime time) const;
  /// The first one that begins after `time`.
  [[nodiscard]] Opening next(WallTime time) const;
  /// The longest time from one begin to the next.
  [[nodiscard]] std::chrono::milliseconds longestWait() const;

  bool operator==(const WeeklyHours& other) const = default;

 private:
  std::vector<Span> spans_;
  std::uint8_t days_;
  Minutes offset_;
};

inline bool operator==(const WeeklyHours::Span& one, const WeeklyHours::Span& other) {
  return one.begin == other.begin && one.length == other.length;
}

}  // namespace lianqiao::base
