#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "base/weekly_hours.h"

namespace lianqiao::delivery {

/// When a peer takes anything at all, by the wall clock: always, or at the set times of its file
/// and only then. Pure: all times are given to it.
///
/// Where the wall clock is set back over a set time, that opens once more: what was delivered then
/// is owed no longer. Where it is set forward over a whole one, or the node was down for all of it,
/// the next one is waited for; into one that has begun it sends at once.
class Schedule {
 public:
  /// The wall clock is asked again after so long: it may have been set.
  static constexpr std::chrono::milliseconds kLookAgain{30'000};

  explicit Schedule(std::optional<base::WeeklyHours> hours = {}) : hours_(std::move(hours)) {}

  [[nodiscard]] bool isOpen(WallTime now) const { return !hours_ || hours_->at(now); }
  /// When it opens next; nothing while it is open.
  [[nodiscard]] std::optional<WallTime> opens(WallTime now) const;
  /// The set time that is running; nothing without a schedule, and between two.
  [[nodiscard]] std::optional<base::WeeklyHours::Opening> running(WallTime now) const;
  /// How long to wait before it is looked at again; 0 while it is open.
  [[nodiscard]] std::chrono::milliseconds wait(WallTime now) const;
  /// From when on what was accepted then could have been sent: what waits for its set time does not
  /// grow old meanwhile.
  [[nodiscard]] WallTime sendable(WallTime accepted) const;

 private:
  std::optional<base::WeeklyHours> hours_;
};

}  // namespace lianqiao::delivery
