#include "pipeline/time_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "lianqiao/text.h"
#include "pipeline/time_parts.h"

namespace lianqiao::pipeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

/// The text in half-width, with 年月日时分秒 as the letters Y N D h m s, so that one byte is one
/// character.
struct Plain {
  std::array<char, 64> bytes{};
  std::size_t size = 0;
  [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
};

struct Word {
  std::string_view from;
  char to;
};
constexpr Word kWords[] = {{"年", 'Y'}, {"月", 'N'}, {"日", 'D'}, {"号", 'D'},     {"时", 'h'},
                           {"点", 'h'}, {"分", 'm'}, {"秒", 's'}, {"\u3000", ' '}, {"\u00A0", ' '}};

bool plainCharacter(std::string_view& rest, char& out) {
  const auto first = static_cast<unsigned char>(rest[0]);
  if (first < 0x80) {
    if (first < 0x20 && first != '\t') return false;
    out = first == '\t' ? ' ' : rest[0];
    // the letters that stand for Chinese words must not come in as themselves
    if (out == 'Y' || out == 'N' || out == 'D' || out == 'h' || out == 'm' || out == 's')
      return false;
    rest.remove_prefix(1);
    return true;
  }
  if (rest.size() >= 3 && first == 0xEF) {  // U+FF01..U+FF5E
    const unsigned code = (static_cast<unsigned>(first & 0x0F) << 12) |
                          (static_cast<unsigned>(rest[1] & 0x3F) << 6) |
                          static_cast<unsigned>(rest[2] & 0x3F);
    if (code < 0xFF01 || code > 0xFF5E) return false;
    out = static_cast<char>(code - 0xFF01 + 0x21);
    if (std::strchr("YNDhms", out) != nullptr) return false;
    rest.remove_prefix(3);
    return true;
  }
  for (const Word& word : kWords) {
    if (rest.starts_with(word.from)) {
      out = word.to;
      rest.remove_prefix(word.from.size());
      return true;
    }
  }
  return false;
}

bool makePlain(std::string_view text, Plain& plain) {
  text = trim(text);
  while (!text.empty()) {
    char c = 0;
    if (plain.size == plain.bytes.size() || !plainCharacter(text, c)) return false;
    plain.bytes[plain.size++] = c;
  }
  return plain.size > 0;
}

std::optional<WallTime> readEpoch(std::string_view digits, bool millis) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  constexpr std::int64_t kLastSecond = 7'258'118'399;  // 2199-12-31
  if (error != std::errc() || end != digits.data() + digits.size() || n < 0) return std::nullopt;
  if (n / (millis ? 1000 : 1) > kLastSecond) return std::nullopt;
  return WallTime(milliseconds(millis ? n : n * 1000));
}

std::optional<WallTime> readDigits(std::string_view text, ZoneOffset zone) {
  if (text.size() == 10 && text[0] != '0') return readEpoch(text, false);
  if (text.size() == 13 && text[0] != '0') return readEpoch(text, true);
  if (text.size() != 8 && text.size() != 14 && text.size() != 17) return std::nullopt;
  Cursor cursor(text);
  Fields f;
  cursor.digits(4, 4, f.year);
  cursor.digits(2, 2, f.month);
  cursor.digits(2, 2, f.day);
  cursor.digits(2, 2, f.hour);
  cursor.digits(2, 2, f.minute);
  cursor.digits(2, 2, f.second);
  cursor.digits(3, 3, f.milli);
  return moment(f, zone);
}

bool readClock(Cursor& cursor, Fields& f) {
  if (!cursor.digits(1, 2, f.hour)) return false;
  if (cursor.take('h')) {
    if (!Cursor::isDigit(cursor.peek())) return true;
    if (!cursor.digits(1, 2, f.minute) || !cursor.take('m')) return false;
    if (!Cursor::isDigit(cursor.peek())) return true;
    return cursor.digits(1, 2, f.second) && cursor.take('s');
  }
  if (!cursor.take(':') || !cursor.digits(1, 2, f.minute)) return false;
  if (!cursor.take(':')) return true;
  if (!cursor.digits(1, 2, f.second)) return false;
  return (!cursor.take('.') && !cursor.take(',')) || cursor.fraction(f.milli);
}

bool readDay(Cursor& cursor, Fields& f, bool& chinese) {
  if (!cursor.digits(4, 4, f.year)) return false;
  const char separator = cursor.peek();
  chinese = separator == 'Y';
  if (separator != '-' && separator != '/' && separator != '.' && !chinese) return false;
  cursor.take(separator);
  return cursor.digits(1, 2, f.month) && cursor.take(chinese ? 'N' : separator) &&
         cursor.digits(1, 2, f.day) && (!chinese || cursor.take('D'));
}

std::optional<WallTime> readAuto(std::string_view text, ZoneOffset zone) {
  if (text.find_first_not_of("0123456789") == std::string_view::npos) return readDigits(text, zone);
  Cursor cursor(text);
  Fields f;
  bool chinese = false;
  if (!readDay(cursor, f, chinese)) return std::nullopt;
  if (cursor.done()) return moment(f, zone);
  if (!cursor.take('T') && !cursor.take('t') && !cursor.blanks() && !chinese) return std::nullopt;
  if (!readClock(cursor, f)) return std::nullopt;
  cursor.blanks();
  if (!cursor.done() && !cursor.zone(f.zone)) return std::nullopt;
  return cursor.done() ? moment(f, zone) : std::nullopt;
}

/// Excel's 1900 system, which believes in 29 February 1900; rounded to the second, as Excel shows
/// it.
std::optional<WallTime> readExcel(std::string_view text, ZoneOffset zone) {
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
  return WallTime(origin) + seconds(std::llround(serial * 86'400)) - zone;
}

}  // namespace

std::optional<ZoneOffset> readZone(std::string_view text) {
  if (text == "Z" || text == "UTC" || text == "GMT") return ZoneOffset(0);
  for (std::string_view name : {"Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "Asia/Hong_Kong",
                                "Asia/Macau", "Asia/Taipei", "PRC", "CST-8"}) {
    if (text == name) return ZoneOffset(480);
  }
  if (text.size() == 2 && (text[0] == '+' || text[0] == '-') && Cursor::isDigit(text[1])) {
    return ZoneOffset((text[0] == '-' ? -60 : 60) * (text[1] - '0'));
  }
  Cursor cursor(text);
  std::optional<ZoneOffset> zone;
  if (!cursor.zone(zone) || !cursor.done()) return std::nullopt;
  return zone;
}

std::optional<WallTime> TimeFormat::read(std::string_view text, ZoneOffset zone) const {
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

}  // namespace lianqiao::pipeline
