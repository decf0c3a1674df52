#include "times/time_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "lianqiao/ascii.h"
#include "lianqiao/text.h"
#include "times/time_parts.h"

namespace lianqiao::times {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

/// The text in half-width, with each word as its sign, so that one byte is one character.
struct Plain {
  std::array<char, 64> bytes{};
  std::size_t size = 0;
  [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
};

constexpr std::string_view kNoBreakSpace = "\u00A0";

bool plainCharacter(std::string_view& rest, char& out) {
  if (const std::optional<char> word = takeTimeWord(rest)) {
    out = *word;
    return true;
  }
  if (rest.starts_with(kNoBreakSpace)) {
    rest.remove_prefix(kNoBreakSpace.size());
    out = ' ';
    return true;
  }
  const auto first = static_cast<unsigned char>(rest[0]);
  // the signs must not come in as themselves
  if (first >= 0x7F || (first < 0x20 && first != '\t')) return false;
  out = first == '\t' ? ' ' : rest[0];
  rest.remove_prefix(1);
  return true;
}

bool makePlain(std::string_view text, Plain& plain) {
  text = trim(text);
  std::string half;
  if (text.find_first_of("\xEF\xE3") != std::string_view::npos) {  // U+FFxx, U+3000
    half = halfWidth(text);
    text = half;
  }
  while (!text.empty()) {
    char c = 0;
    if (plain.size == plain.bytes.size() || !plainCharacter(text, c)) return false;
    plain.bytes[plain.size++] = c;
  }
  return plain.size > 0;
}

std::optional<TimeReading> readEpoch(std::string_view digits, bool millis) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  constexpr std::int64_t kLastSecond = 7'258'118'399;  // 2199-12-31
  if (error != std::errc() || end != digits.data() + digits.size() || n < 0) return std::nullopt;
  if (n / (millis ? 1000 : 1) > kLastSecond) return std::nullopt;
  return TimeReading{WallTime(milliseconds(millis ? n : n * 1000)),
                     millis ? TimePrecision::millisecond : TimePrecision::second};
}

/// yyyyMMdd and what follows it, as far as the digits go.
std::optional<TimeReading> readRun(std::string_view text, ZoneOffset zone) {
  Cursor cursor(text);
  Fields f;
  cursor.digits(4, 4, f.year);
  cursor.digits(2, 2, f.month);
  cursor.digits(2, 2, f.day);
  // Who calls has counted the digits: behind a day stands a whole time of day.
  cursor.digits(2, 2, f.hour);
  cursor.digits(2, 2, f.minute);
  if (cursor.digits(2, 2, f.second)) f.precision = TimePrecision::second;
  if (cursor.digits(3, 3, f.milli)) f.precision = TimePrecision::millisecond;
  return moment(f, zone);
}

std::optional<TimeReading> readDigits(std::string_view text, ZoneOffset zone) {
  if (text.size() == 10 && text[0] != '0') {
    // 2026030208 is eight o'clock in March 2026, or a second in 2034
    return readRun(text, zone) ? std::nullopt : readEpoch(text, false);
  }
  if (text.size() == 13 && text[0] != '0') return readEpoch(text, true);
  if (text.size() != 8 && text.size() != 14 && text.size() != 17) return std::nullopt;
  return readRun(text, zone);
}

bool readMinute(Cursor& cursor, Fields& f) {
  f.precision = TimePrecision::minute;
  return cursor.digits(1, 2, f.minute);
}

bool readSecond(Cursor& cursor, Fields& f) {
  f.precision = TimePrecision::second;
  return cursor.digits(1, 2, f.second);
}

bool readClock(Cursor& cursor, Fields& f) {
  f.precision = TimePrecision::hour;
  if (!cursor.digits(1, 2, f.hour)) return false;
  if (cursor.take(sign::kHour)) {
    if (!isDigit(cursor.peek())) return true;
    if (!readMinute(cursor, f) || !cursor.take(sign::kMinute)) return false;
    if (!isDigit(cursor.peek())) return true;
    return readSecond(cursor, f) && cursor.take(sign::kSecond);
  }
  if (!cursor.take(':') || !readMinute(cursor, f)) return false;
  if (!cursor.take(':')) return true;
  if (!readSecond(cursor, f)) return false;
  if (!cursor.take('.') && !cursor.take(',')) return true;
  f.precision = TimePrecision::millisecond;
  return cursor.fraction(f.milli, f.finer);
}

bool readDay(Cursor& cursor, Fields& f) {
  if (!cursor.digits(4, 4, f.year)) return false;
  const char separator = cursor.peek();
  const bool chinese = separator == sign::kYear;
  if (separator != '-' && separator != '/' && separator != '.' && !chinese) return false;
  cursor.take(separator);
  return cursor.digits(1, 2, f.month) && cursor.take(chinese ? sign::kMonth : separator) &&
         cursor.digits(1, 2, f.day) && (!chinese || cursor.take(sign::kDay));
}

/// 星期一, (Mon), or nothing; false for a second one and for a bracket around something else.
bool takeWeekday(Cursor& cursor, Fields& f) {
  const bool bracket = cursor.take('(');
  const std::optional<int> weekday = weekdayOf(cursor.peek());
  if (!weekday) return !bracket;
  if (f.weekday) return false;
  f.weekday = weekday;
  cursor.take(cursor.peek());
  if (bracket && !cursor.take(')')) return false;
  cursor.take(',');
  cursor.blanks();
  return true;
}

/// 下午, PM, or nothing; false for a second one.
bool readDayPart(Cursor& cursor, Fields& f) {
  const std::optional<DayPart> part = dayPartOf(cursor.peek());
  if (!part) return true;
  if (f.dayPart != DayPart::none) return false;
  f.dayPart = *part;
  cursor.take(cursor.peek());
  cursor.blanks();
  return true;
}

/// What parts the day from the clock: T, blanks, or a word. False where nothing does.
bool readGap(Cursor& cursor, Fields& f) {
  if (cursor.take('T') || cursor.take('t')) return true;
  const bool word = !isDigit(cursor.peek());
  const bool blank = cursor.blanks();
  return takeWeekday(cursor, f) && (blank || word);
}

std::optional<TimeReading> readAuto(std::string_view text, ZoneOffset zone) {
  if (text.find_first_not_of("0123456789") == std::string_view::npos) return readDigits(text, zone);
  Cursor cursor(text);
  Fields f;
  if (!takeWeekday(cursor, f) || !readDay(cursor, f)) return std::nullopt;
  const bool chinese = text.find(sign::kDay) != std::string_view::npos;
  if (cursor.done()) return moment(f, zone);
  const bool ends = cursor.peek() != 'T' && cursor.peek() != 't';
  if (!readGap(cursor, f) && !chinese) return std::nullopt;
  if (cursor.done()) return ends ? moment(f, zone) : std::nullopt;
  if (!readDayPart(cursor, f) || !readClock(cursor, f)) return std::nullopt;
  cursor.blanks();
  if (!readDayPart(cursor, f) || !takeWeekday(cursor, f)) return std::nullopt;
  if (!cursor.done() && !cursor.zone(f.zone)) return std::nullopt;
  return cursor.done() ? moment(f, zone) : std::nullopt;
}

/// Excel's 1900 system, which believes in 29 February 1900; rounded to the second, as Excel shows
/// it.
std::optional<TimeReading> readExcel(std::string_view text, ZoneOffset zone) {
  double serial = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), serial);
  constexpr double kEnd = 109'575;  // 2200-01-01
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(serial >= 1 && serial < kEnd) || std::floor(serial) == 60) return std::nullopt;
  const sys_days origin =
      serial < 60 ? sys_days(year_month_day(std::chrono::year(1899), std::chrono::month(12),
                                            std::chrono::day(31)))
                  : sys_days(year_month_day(std::chrono::year(1899), std::chrono::month(12),
                                            std::chrono::day(30)));
  const bool whole = std::floor(serial) == serial;
  const double told = serial * 86'400;
  constexpr double kNoise = 0.001;  // of a second: no binary number tells 8:20 exactly
  return TimeReading{WallTime(origin) + seconds(std::llround(told)) - zone,
                     whole ? TimePrecision::day : TimePrecision::second,
                     std::abs(told - std::round(told)) >= kNoise};
}

}  // namespace

std::optional<ZoneOffset> readZone(std::string_view text) {
  if (text == "Z" || text == "UTC" || text == "GMT") return ZoneOffset(0);
  for (std::string_view name : {"Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "Asia/Hong_Kong",
                                "Asia/Macau", "Asia/Taipei", "PRC", "CST-8"}) {
    if (text == name) return ZoneOffset(480);
  }
  if (text.size() == 2 && (text[0] == '+' || text[0] == '-') && isDigit(text[1])) {
    return ZoneOffset((text[0] == '-' ? -60 : 60) * (text[1] - '0'));
  }
  Cursor cursor(text);
  std::optional<ZoneOffset> zone;
  if (!cursor.zone(zone) || !cursor.done()) return std::nullopt;
  return zone;
}

std::optional<TimeReading> TimeFormat::read(std::string_view text, ZoneOffset zone) const {
  if (kind_ == Kind::pattern) return readPattern(text, zone);
  Plain plain;
  if (!makePlain(text, plain)) return std::nullopt;
  switch (kind_) {
    case Kind::epoch_s:
      return readEpoch(plain.view(), false);
    case Kind::epoch_ms:
      return readEpoch(plain.view(), true);
    case Kind::excel:
      return readExcel(plain.view(), zone);
    default:
      return readAuto(plain.view(), zone);
  }
}

}  // namespace lianqiao::times
