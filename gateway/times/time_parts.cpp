#include "times/time_parts.h"

#include <cstdlib>

#include "lianqiao/ascii.h"
#include "lianqiao/time.h"

namespace lianqiao::times {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2199;

}  // namespace

std::optional<TimeReading> moment(const Fields& f, ZoneOffset zone, bool twelve) {
  const auto day = wallOf({f.year, f.month, f.day});
  if (f.year < kFirstYear || f.year > kLastYear || !day) return std::nullopt;
  const auto weekday = std::chrono::weekday(std::chrono::floor<days>(*day)).c_encoding();
  if (f.weekday && static_cast<unsigned>(*f.weekday) != weekday) return std::nullopt;
  const std::optional<int> hour = hourOfDay(f.dayPart, f.hour, twelve);
  if (!hour || f.minute > 59 || f.second > 59) return std::nullopt;
  // An hour of 24 is the next day's first.
  const WallTime time = *day + std::chrono::hours(*hour) + std::chrono::minutes(f.minute) +
                        std::chrono::seconds(f.second) + milliseconds(f.milli) -
                        f.zone.value_or(zone);
  return TimeReading{time, f.precision, f.finer};
}

bool Cursor::digits(int least, int most, int& out) {
  int n = 0;
  int value = 0;
  while (n < most && static_cast<std::size_t>(n) < rest_.size() &&
         isDigit(rest_[static_cast<std::size_t>(n)])) {
    value = value * 10 + (rest_[static_cast<std::size_t>(n)] - '0');
    ++n;
  }
  if (n < least) return false;
  rest_.remove_prefix(static_cast<std::size_t>(n));
  out = value;
  return true;
}

bool Cursor::take(char c) {
  if (rest_.empty() || rest_[0] != c) return false;
  rest_.remove_prefix(1);
  return true;
}

bool Cursor::blanks() {
  const std::size_t before = rest_.size();
  while (take(' ')) {
  }
  return rest_.size() != before;
}

bool Cursor::fraction(int& milli, bool& finer) {
  int weight = 100;
  bool any = false;
  milli = 0;
  while (!rest_.empty() && isDigit(rest_[0])) {
    milli += (rest_[0] - '0') * weight;
    finer = finer || (weight == 0 && rest_[0] != '0');
    weight /= 10;
    any = true;
    rest_.remove_prefix(1);
  }
  return any;
}

bool Cursor::zone(std::optional<ZoneOffset>& out) {
  if (take('Z') || take('z')) {
    out = ZoneOffset(0);
    return true;
  }
  const int sign = take('+') ? 1 : take('-') ? -1 : 0;
  int h = 0;
  int m = 0;
  if (sign == 0 || !digits(2, 2, h)) return false;
  if (take(':')) {
    if (!digits(2, 2, m)) return false;
  } else {
    digits(2, 2, m);
  }
  if (h > 14 || m > 59) return false;
  out = ZoneOffset(sign * (h * 60 + m));
  return true;
}

bool Cursor::word(char& sign) {
  const std::optional<char> taken = takeTimeWord(rest_);
  sign = taken.value_or('\0');
  return taken.has_value();
}

char* putDigits(char* out, int value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + width;
}

char* putZone(char* out, ZoneOffset zone) {
  const auto total = static_cast<int>(zone.count());
  *out++ = total < 0 ? '-' : '+';
  out = putDigits(out, std::abs(total) / 60, 2);
  *out++ = ':';
  return putDigits(out, std::abs(total) % 60, 2);
}

Fields fieldsOf(WallTime time, ZoneOffset zone) {
  const CivilTime civil = civilOf(time, zone);
  Fields f;
  f.year = civil.year;
  f.month = civil.month;
  f.day = civil.day;
  f.hour = civil.hour;
  f.minute = civil.minute;
  f.second = civil.second;
  f.milli = civil.millisecond;
  f.weekday =
      static_cast<int>(std::chrono::weekday(std::chrono::floor<days>(time + zone)).c_encoding());
  f.zone = zone;
  return f;
}

char* putDate(char* out, const Fields& f) {
  out = putDigits(out, f.year, 4);
  *out++ = '-';
  out = putDigits(out, f.month, 2);
  *out++ = '-';
  return putDigits(out, f.day, 2);
}

}  // namespace lianqiao::times
