#include "base/rfc3339.h"

#include <chrono>
#include <cstddef>

#include "lianqiao/ascii.h"
#include "lianqiao/time.h"

namespace lianqiao::base {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// The value of `count` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!isDigit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::optional<std::chrono::sys_days> dayOf(std::string_view text) {
  const int year = digits(text, 0, 4);
  const int month = digits(text, 5, 2);
  const int day = digits(text, 8, 2);
  if (year < 0 || month < 0 || day < 0 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

void appendDigits(std::string& out, int value, int count) {
  char buffer[8];
  for (int i = count; i-- > 0; value /= 10) buffer[i] = static_cast<char>('0' + value % 10);
  out.append(buffer, static_cast<std::size_t>(count));
}

}  // namespace

void appendTime(WallTime time, std::string& out) {
  const CivilTime utc = civilOf(time);
  appendDigits(out, utc.year, 4);
  out += '-';
  appendDigits(out, utc.month, 2);
  out += '-';
  appendDigits(out, utc.day, 2);
  out += 'T';
  appendDigits(out, utc.hour, 2);
  out += ':';
  appendDigits(out, utc.minute, 2);
  out += ':';
  appendDigits(out, utc.second, 2);
  out += '.';
  appendDigits(out, utc.millisecond, 3);
  out += 'Z';
}

std::string formatTime(WallTime time) {
  std::string text;
  text.reserve(24);
  appendTime(time, text);
  return text;
}

std::optional<WallTime> parseTime(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
  const auto day = dayOf(text);
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  if (!day || text[13] != ':' || text[16] != ':' || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60) {
    return std::nullopt;
  }
  std::size_t at = 19;
  int fraction = 0;
  if (text[at] == '.') {
    const std::size_t start = ++at;
    while (at < text.size() && isDigit(text[at])) ++at;
    if (at == start) return std::nullopt;
    for (std::size_t i = 0; i < 3; ++i) {
      fraction = fraction * 10 + (start + i < at ? text[start + i] - '0' : 0);
    }
  }
  const std::string_view zone = text.substr(at);
  const auto offset = parseOffset(zone == "z" ? "Z" : zone);
  if (!offset) return std::nullopt;
  const auto atMinute = *day + minutes(hour * 60 + minute) - *offset;
  if (second == 60 && atMinute - std::chrono::floor<days>(atMinute) != minutes(23 * 60 + 59)) {
    return std::nullopt;
  }
  return WallTime(atMinute + seconds(second) + milliseconds(fraction));
}

bool isDate(std::string_view text) { return text.size() == 10 && dayOf(text).has_value(); }

}  // namespace lianqiao::base
