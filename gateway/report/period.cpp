#include "report/period.h"

#include <cstdio>

#include "lianqiao/ascii.h"

namespace lianqiao::report {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::weeks;
using std::chrono::year_month_day;

Period spanOf(PeriodKind kind, std::string name, sys_days first, sys_days after,
              std::chrono::minutes offset) {
  return {kind, std::move(name), WallTime(first.time_since_epoch()) - offset,
          WallTime(after.time_since_epoch()) - offset};
}

std::string formatted(const char* form, int year, unsigned second, unsigned third = 0) {
  char text[32];
  std::snprintf(text, sizeof text, form, year, second, third);
  return text;
}

sys_days mondayOf(sys_days day) { return day - days(std::chrono::weekday(day).iso_encoding() - 1); }

/// The Monday of the week with the year's first Thursday.
sys_days firstMonday(int year) {
  return mondayOf(sys_days(std::chrono::year(year) / std::chrono::January / 4));
}

Period dayAt(sys_days day, std::chrono::minutes offset) {
  const year_month_day date(day);
  return spanOf(PeriodKind::day,
                formatted("%04d-%02u-%02u", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())),
                day, day + days(1), offset);
}

Period weekAt(sys_days day, std::chrono::minutes offset) {
  const sys_days monday = mondayOf(day);
  const int year = static_cast<int>(year_month_day(monday + days(3)).year());
  const auto number = std::chrono::floor<weeks>(monday - firstMonday(year)).count() + 1;
  return spanOf(PeriodKind::week, formatted("%04d-W%02u", year, static_cast<unsigned>(number)),
                monday, monday + days(7), offset);
}

Period monthAt(sys_days day, std::chrono::minutes offset) {
  const year_month_day date(day);
  const std::chrono::year_month month = date.year() / date.month();
  return spanOf(
      PeriodKind::month,
      formatted("%04d-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month())),
      sys_days(month / 1), sys_days((month + std::chrono::months(1)) / 1), offset);
}

Period at(PeriodKind kind, sys_days day, std::chrono::minutes offset) {
  if (kind == PeriodKind::week) return weekAt(day, offset);
  return kind == PeriodKind::month ? monthAt(day, offset) : dayAt(day, offset);
}

int numberIn(std::string_view digits) {
  int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

/// A day of the period; nothing where there is no such one.
std::optional<std::pair<PeriodKind, sys_days>> dayIn(std::string_view name) {
  if (name.size() < 7 || name[4] != '-' || !isDigits(name.substr(0, 4))) return std::nullopt;
  const int year = numberIn(name.substr(0, 4));
  if (year < 1970 || year > 2199) return std::nullopt;
  if (name.size() == 8 && name[5] == 'W' && isDigits(name.substr(6))) {
    const int week = numberIn(name.substr(6));
    if (week < 1) return std::nullopt;
    return std::pair(PeriodKind::week, firstMonday(year) + weeks(week - 1));
  }
  if (!isDigits(name.substr(5, 2))) return std::nullopt;
  const std::chrono::month month(static_cast<unsigned>(numberIn(name.substr(5, 2))));
  const bool isDay = name.size() == 10 && name[7] == '-' && isDigits(name.substr(8));
  if (!isDay && name.size() != 7) return std::nullopt;
  const unsigned number = isDay ? static_cast<unsigned>(numberIn(name.substr(8))) : 1;
  const year_month_day date = std::chrono::year(year) / month / std::chrono::day(number);
  if (!date.ok()) return std::nullopt;
  return std::pair(isDay ? PeriodKind::day : PeriodKind::month, sys_days(date));
}

}  // namespace

std::optional<Period> periodNamed(std::string_view name, std::chrono::minutes offset) {
  const auto day = dayIn(name);
  if (!day) return std::nullopt;
  Period period = at(day->first, day->second, offset);
  // A year may have no week 53.
  return period.name == name ? std::optional(std::move(period)) : std::nullopt;
}

Period periodBefore(PeriodKind kind, WallTime now, std::chrono::minutes offset) {
  const Period running = at(kind, std::chrono::floor<days>(now + offset), offset);
  return at(kind, std::chrono::floor<days>(running.begin + offset) - days(1), offset);
}

}  // namespace lianqiao::report
