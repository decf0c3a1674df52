#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "lianqiao/host.h"

/// When people work, and how long that is. Pure: no clock, no zone of the machine.
namespace lianqiao::lifecycle {

using std::chrono::milliseconds;
using std::chrono::sys_days;

/// By what a limit is counted. Only work hours and working days know a calendar.
enum class Unit : std::uint8_t { minutes, work_hours, working_days, calendar_days, seconds };

/// A number of seconds, minutes, work hours or days.
struct Amount {
  Unit unit = Unit::minutes;
  int count = 0;
  friend bool operator==(const Amount&, const Amount&) = default;
};

/// The length of `amount` on the scale of its unit: there a day has 24 hours, a work hour has 60
/// minutes, and what does not count has no length.
[[nodiscard]] milliseconds lengthOf(const Amount& amount);

/// A moment that was reckoned.
struct Reckoned {
  WallTime at{};
  bool provisional = false;  ///< It rests on days of a year that the calendar does not know.
  friend bool operator==(const Reckoned&, const Reckoned&) = default;
};

/// While a clock stands nothing counts. Half-open.
struct Stand {
  WallTime from{};
  std::optional<WallTime> to{};  ///< nullopt: it stands still.
};

/// How a limit is counted.
struct Term {
  Amount limit;
  bool dayAfter = false;  ///< The day of the start does not count.
  bool toClose = false;   ///< It ends at close of business of its last day, not at a time of day.
};

/// The working days and hours of one authority. Immutable and thread-safe.
///
/// A moment has one place on the scale of each unit. The night before a working day is one place on
/// the scale of working days: what is reckoned forward gives its beginning, what is reckoned
/// backward its end.
class WorkingCalendar {
 public:
  /// Of a day of work, half-open, counted from midnight.
  struct Hours {
    std::chrono::minutes from;
    std::chrono::minutes to;
  };
  struct Content {
    std::chrono::minutes offset{0};   ///< Of the zone, ahead of UTC.
    std::vector<Hours> hours;         ///< In the order of the day, without overlap; not empty.
    std::set<int> years;              ///< Whose holidays are known.
    std::set<sys_days> holidays;      ///< Off, whatever the weekday.
    std::set<sys_days> makeUpDays{};  ///< Worked, though Saturday or Sunday.
  };
  /// REQUIRES: hours as described there.
  explicit WorkingCalendar(Content content) : content_(std::move(content)) {}

  enum class DayKind : std::uint8_t { off, working, unknown };
  /// `unknown`: of a year that is not known; the weekday alone is then taken for the likely answer.
  [[nodiscard]] DayKind isWorkingDay(sys_days date) const;
  /// By the clock on the wall of this calendar's zone.
  [[nodiscard]] sys_days dateOf(WallTime time) const;
  [[nodiscard]] WallTime midnightOf(sys_days date) const;

  /// `length` behind `start` on the scale of `unit`; the first such moment. `start` itself for 0.
  [[nodiscard]] Reckoned after(WallTime start, Unit unit, milliseconds length) const;
  /// `length` before `end`; the last such moment. `end` itself for 0.
  [[nodiscard]] Reckoned before(WallTime end, Unit unit, milliseconds length) const;

  struct Elapsed {
    milliseconds length{0};
    bool provisional = false;
  };
  /// What counts of [from, to); nothing where `to` is not behind `from`.
  [[nodiscard]] Elapsed elapsed(WallTime from, WallTime to, Unit unit) const;

  /// As after() and before(), with a clock that stands. `stood` in the order of time, without
  /// overlap. nullopt: it stands before all has run.
  [[nodiscard]] std::optional<Reckoned> after(WallTime start, Unit unit, milliseconds length,
                                              std::span<const Stand> stood) const;
  [[nodiscard]] Reckoned before(WallTime end, Unit unit, milliseconds length,
                                std::span<const Stand> stood) const;

  /// Where the counting begins: `start`, or the midnight behind it.
  [[nodiscard]] WallTime countingFrom(WallTime start, bool dayAfter) const;
  /// Close of business of the last day that belongs to what ends at `end`.
  [[nodiscard]] WallTime closeOf(WallTime end) const;
  /// When a limit is over whose clock began at `start`. `more` lengthens it on its own scale.
  [[nodiscard]] std::optional<Reckoned> due(WallTime start, const Term& term,
                                            std::span<const Stand> stood = {},
                                            milliseconds more = milliseconds(0)) const;

  /// From 1 November on: the next year, where it is not known. Any time: this year likewise.
  [[nodiscard]] std::optional<int> missingYear(WallTime now) const;

 private:
  struct Window {
    milliseconds from;
    milliseconds to;
  };
  struct Windows {
    std::vector<Window> all;
    bool provisional = false;
  };
  /// What counts of that day, from its midnight.
  [[nodiscard]] Windows windowsOf(sys_days date, Unit unit) const;

  Content content_;
};

}  // namespace lianqiao::lifecycle
