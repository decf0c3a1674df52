#include "lifecycle/working_calendar.h"

#include <algorithm>

namespace lianqiao::lifecycle {
namespace {

using std::chrono::days;
using std::chrono::floor;

constexpr milliseconds kWholeDay = std::chrono::hours(24);

/// Without a calendar the scale is time itself.
bool countsAll(Unit unit) { return unit != Unit::work_hours && unit != Unit::working_days; }

int yearOf(sys_days date) { return static_cast<int>(std::chrono::year_month_day(date).year()); }

}  // namespace

milliseconds lengthOf(const Amount& amount) {
  switch (amount.unit) {
    case Unit::seconds:
      return std::chrono::seconds(amount.count);
    case Unit::minutes:
      return std::chrono::minutes(amount.count);
    case Unit::work_hours:
      return std::chrono::hours(amount.count);
    default:
      return kWholeDay * amount.count;
  }
}

WorkingCalendar::DayKind WorkingCalendar::isWorkingDay(sys_days date) const {
  if (content_.makeUpDays.contains(date)) return DayKind::working;
  if (content_.holidays.contains(date)) return DayKind::off;
  if (!content_.years.contains(yearOf(date))) return DayKind::unknown;
  const std::chrono::weekday day(date);
  const bool weekend = day == std::chrono::Saturday || day == std::chrono::Sunday;
  return weekend ? DayKind::off : DayKind::working;
}

sys_days WorkingCalendar::dateOf(WallTime time) const {
  return floor<days>(time + content_.offset);
}

WallTime WorkingCalendar::midnightOf(sys_days date) const {
  return WallTime(date) - content_.offset;
}

WorkingCalendar::Windows WorkingCalendar::windowsOf(sys_days date, Unit unit) const {
  if (countsAll(unit)) return {{{milliseconds(0), kWholeDay}}, false};
  Windows windows;
  const DayKind kind = isWorkingDay(date);
  windows.provisional = kind == DayKind::unknown;
  const std::chrono::weekday day(date);
  const bool weekend = day == std::chrono::Saturday || day == std::chrono::Sunday;
  if (kind == DayKind::off || (kind == DayKind::unknown && weekend)) return windows;
  if (unit == Unit::working_days) {
    windows.all.push_back({milliseconds(0), kWholeDay});
  } else {
    for (const Hours& one : content_.hours) windows.all.push_back({one.from, one.to});
  }
  return windows;
}

Reckoned WorkingCalendar::after(WallTime start, Unit unit, milliseconds length) const {
  if (length <= milliseconds(0)) return {start, false};
  if (countsAll(unit)) return {start + length, false};
  bool provisional = false;
  sys_days date = dateOf(start);
  milliseconds passed = start - midnightOf(date);
  for (;; date += days(1), passed = milliseconds(0)) {
    const Windows windows = windowsOf(date, unit);
    provisional = provisional || windows.provisional;
    for (const Window& window : windows.all) {
      const milliseconds begin = std::max(window.from, passed);
      if (begin >= window.to) continue;
      if (length <= window.to - begin) return {midnightOf(date) + begin + length, provisional};
      length -= window.to - begin;
    }
  }
}

Reckoned WorkingCalendar::before(WallTime end, Unit unit, milliseconds length) const {
  if (length <= milliseconds(0)) return {end, false};
  if (countsAll(unit)) return {end - length, false};
  bool provisional = false;
  sys_days date = dateOf(end);
  milliseconds left = end - midnightOf(date);
  for (;; date -= days(1), left = kWholeDay) {
    const Windows windows = windowsOf(date, unit);
    provisional = provisional || (windows.provisional && left > milliseconds(0));
    for (auto window = windows.all.rbegin(); window != windows.all.rend(); ++window) {
      const milliseconds to = std::min(window->to, left);
      if (to <= window->from) continue;
      if (length <= to - window->from) return {midnightOf(date) + to - length, provisional};
      length -= to - window->from;
    }
  }
}

WorkingCalendar::Elapsed WorkingCalendar::elapsed(WallTime from, WallTime to, Unit unit) const {
  if (to <= from) return {};
  if (countsAll(unit)) return {to - from, false};
  Elapsed sum;
  for (sys_days date = dateOf(from); midnightOf(date) < to; date += days(1)) {
    const WallTime midnight = midnightOf(date);
    const Windows windows = windowsOf(date, unit);
    sum.provisional = sum.provisional || windows.provisional;
    for (const Window& window : windows.all) {
      const WallTime begin = std::max(midnight + window.from, from);
      const WallTime end = std::min(midnight + window.to, to);
      if (begin < end) sum.length += end - begin;
    }
  }
  return sum;
}

std::optional<Reckoned> WorkingCalendar::after(WallTime start, Unit unit, milliseconds length,
                                               std::span<const Stand> stood) const {
  bool provisional = false;
  for (const Stand& stand : stood) {
    if (stand.to && *stand.to <= start) continue;
    const Elapsed ran = elapsed(start, stand.from, unit);
    if (ran.length >= length) break;
    provisional = provisional || ran.provisional;
    length -= ran.length;
    if (!stand.to) return std::nullopt;
    start = *stand.to;
  }
  Reckoned end = after(start, unit, length);
  end.provisional = end.provisional || provisional;
  return end;
}

Reckoned WorkingCalendar::before(WallTime end, Unit unit, milliseconds length,
                                 std::span<const Stand> stood) const {
  bool provisional = false;
  for (auto stand = stood.rbegin(); stand != stood.rend(); ++stand) {
    if (stand->from >= end) continue;
    const Elapsed ran = elapsed(stand->to.value_or(end), end, unit);
    if (ran.length >= length) break;
    provisional = provisional || ran.provisional;
    length -= ran.length;
    end = stand->from;
  }
  Reckoned begin = before(end, unit, length);
  begin.provisional = begin.provisional || provisional;
  return begin;
}

WallTime WorkingCalendar::countingFrom(WallTime start, bool dayAfter) const {
  return dayAfter ? midnightOf(dateOf(start) + days(1)) : start;
}

WallTime WorkingCalendar::closeOf(WallTime end) const {
  return midnightOf(dateOf(end - milliseconds(1))) + content_.hours.back().to;
}

std::optional<Reckoned> WorkingCalendar::due(WallTime start, const Term& term,
                                             std::span<const Stand> stood,
                                             milliseconds more) const {
  const WallTime from = countingFrom(start, term.dayAfter);
  std::optional<Reckoned> end = after(from, term.limit.unit, lengthOf(term.limit) + more, stood);
  if (end && term.toClose) end->at = closeOf(end->at);
  return end;
}

std::optional<int> WorkingCalendar::missingYear(WallTime now) const {
  const std::chrono::year_month_day today(dateOf(now));
  const int year = static_cast<int>(today.year());
  if (!content_.years.contains(year)) return year;
  const bool isLate = today.month() >= std::chrono::November;
  return isLate && !content_.years.contains(year + 1) ? std::optional(year + 1) : std::nullopt;
}

}  // namespace lianqiao::lifecycle
