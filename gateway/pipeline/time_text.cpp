#include "pipeline/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::pipeline {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2199;

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

struct Fields {
  int year = 0;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int milli = 0;
  std::optional<ZoneOffset> zone;
};

std::optional<WallTime> moment(const Fields& f, ZoneOffset zone) {
  const year_month_day date{std::chrono::year(f.year),
                            std::chrono::month(static_cast<unsigned>(f.month)),
                            std::chrono::day(static_cast<unsigned>(f.day))};
  if (f.year < kFirstYear || f.year > kLastYear || !date.ok()) return std::nullopt;
  if (f.hour > 23 || f.minute > 59 || f.second > 59) return std::nullopt;
  return WallTime(sys_days(date)) + hours(f.hour) + minutes(f.minute) + seconds(f.second) +
         milliseconds(f.milli) - f.zone.value_or(zone);
}

class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool digits(int least, int most, int& out) {
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
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool blanks() {
    const std::size_t before = rest_.size();
    while (take(' ')) {
    }
    return rest_.size() != before;
  }
  /// .123 of any length, cut to milliseconds.
  bool fraction(int& milli) {
    int weight = 100;
    bool any = false;
    milli = 0;
    while (!rest_.empty() && isDigit(rest_[0])) {
      milli += (rest_[0] - '0') * weight;
      weight /= 10;
      any = true;
      rest_.remove_prefix(1);
    }
    return any;
  }
  bool zone(std::optional<ZoneOffset>& out) {
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
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
  [[nodiscard]] bool done() const { return rest_.empty(); }
  static bool isDigit(char c) { return c >= '0' && c <= '9'; }

 private:
  std::string_view rest_;
};

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
  const WallTime local = time + zone;
  const auto day = std::chrono::floor<days>(local);
  const year_month_day date(day);
  const auto clock = std::chrono::hh_mm_ss<milliseconds>(local - day);
  Fields f;
  f.year = static_cast<int>(date.year());
  f.month = static_cast<int>(static_cast<unsigned>(date.month()));
  f.day = static_cast<int>(static_cast<unsigned>(date.day()));
  f.hour = static_cast<int>(clock.hours().count());
  f.minute = static_cast<int>(clock.minutes().count());
  f.second = static_cast<int>(clock.seconds().count());
  f.milli = static_cast<int>(clock.subseconds().count());
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

Result<TimeFormat> TimeFormat::compile(std::string_view text) {
  TimeFormat format;
  if (text == "auto") return format;
  if (text == "epoch_s" || text == "epoch_ms" || text == "excel") {
    format.kind_ = text == "epoch_s"    ? Kind::epoch_s
                   : text == "epoch_ms" ? Kind::epoch_ms
                                        : Kind::excel;
    return format;
  }
  format.kind_ = Kind::pattern;
  struct Spelling {
    std::string_view text;
    Part part;
    int width;
  };
  static constexpr Spelling kSpellings[] = {
      {"yyyy", Part::year, 4}, {"MM", Part::month, 2},  {"M", Part::month, 1},
      {"dd", Part::day, 2},    {"d", Part::day, 1},     {"HH", Part::hour, 2},
      {"H", Part::hour, 1},    {"mm", Part::minute, 2}, {"m", Part::minute, 1},
      {"ss", Part::second, 2}, {"s", Part::second, 1},  {"SSS", Part::milli, 3},
      {"Z", Part::zone, 1}};
  bool hasYear = false;
  while (!text.empty()) {
    const char c = text[0];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter) {
      const std::size_t run = std::min(text.find_first_not_of(c), text.size());
      bool known = false;
      for (const Spelling& spelling : kSpellings) {
        if (spelling.text != text.substr(0, run)) continue;
        format.tokens_.push_back({spelling.part, spelling.width, 0});
        hasYear = hasYear || spelling.part == Part::year;
        known = true;
      }
      if (!known) {
        return Error{
            std::string(codes::kConfig),
            "time pattern: '" + std::string(text.substr(0, run)) +
                "' is no part of one; write auto, epoch_s, epoch_ms, excel, or a pattern of "
                "yyyy MM dd HH mm ss SSS Z"};
      }
      text.remove_prefix(run);
    } else if (c == '\'') {
      const std::size_t end = text.find('\'', 1);
      if (end == std::string_view::npos) {
        return Error{std::string(codes::kConfig), "time pattern: a ' is not closed"};
      }
      for (char literal : text.substr(1, end - 1))
        format.tokens_.push_back({Part::literal, 0, literal});
      text.remove_prefix(end + 1);
    } else {
      format.tokens_.push_back({Part::literal, 0, c});
      text.remove_prefix(1);
    }
  }
  if (!hasYear) return Error{std::string(codes::kConfig), "time pattern: it has no yyyy"};
  // keeps write() within kTimeTextSize
  if (format.tokens_.size() > 40)
    return Error{std::string(codes::kConfig), "time pattern: it is too long"};
  return format;
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

std::optional<WallTime> TimeFormat::readPattern(std::string_view text, ZoneOffset zone) const {
  text = trim(text);
  std::string half;
  if (text.find('\xEF') != std::string_view::npos) {  // full-width characters begin so
    half = halfWidth(text);
    text = half;
  }
  Cursor cursor(text);
  Fields f;
  for (const Token& token : tokens_) {
    const int most = token.width == 1 ? 2 : token.width;
    bool read = false;
    switch (token.part) {
      case Part::literal:
        read = cursor.take(token.literal);
        break;
      case Part::year:
        read = cursor.digits(4, 4, f.year);
        break;
      case Part::month:
        read = cursor.digits(token.width, most, f.month);
        break;
      case Part::day:
        read = cursor.digits(token.width, most, f.day);
        break;
      case Part::hour:
        read = cursor.digits(token.width, most, f.hour);
        break;
      case Part::minute:
        read = cursor.digits(token.width, most, f.minute);
        break;
      case Part::second:
        read = cursor.digits(token.width, most, f.second);
        break;
      case Part::milli:
        read = cursor.digits(3, 3, f.milli);
        break;
      case Part::zone:
        read = cursor.zone(f.zone);
        break;
    }
    if (!read) return std::nullopt;
  }
  return cursor.done() ? moment(f, zone) : std::nullopt;
}

std::size_t TimeFormat::write(WallTime time, ZoneOffset zone, char* out) const {
  if (kind_ == Kind::epoch_s || kind_ == Kind::epoch_ms) {
    const std::int64_t n = time.time_since_epoch().count();
    const std::int64_t value =
        kind_ == Kind::epoch_ms ? n : std::chrono::floor<seconds>(time).time_since_epoch().count();
    return static_cast<std::size_t>(std::to_chars(out, out + kTimeTextSize, value).ptr - out);
  }
  if (kind_ != Kind::pattern) return writeRfc3339(time, zone, out);
  const Fields f = fieldsOf(time, zone);
  const auto number = [](char* to, int value, int width) {
    return putDigits(to, value, width == 1 && value > 9 ? 2 : width);
  };
  char* to = out;
  for (const Token& token : tokens_) {
    switch (token.part) {
      case Part::literal:
        *to++ = token.literal;
        break;
      case Part::year:
        to = putDigits(to, f.year, 4);
        break;
      case Part::month:
        to = number(to, f.month, token.width);
        break;
      case Part::day:
        to = number(to, f.day, token.width);
        break;
      case Part::hour:
        to = number(to, f.hour, token.width);
        break;
      case Part::minute:
        to = number(to, f.minute, token.width);
        break;
      case Part::second:
        to = number(to, f.second, token.width);
        break;
      case Part::milli:
        to = putDigits(to, f.milli, 3);
        break;
      case Part::zone:
        to = putZone(to, zone);
        break;
    }
  }
  return static_cast<std::size_t>(to - out);
}

bool TimeFormat::numeric() const { return kind_ == Kind::epoch_s || kind_ == Kind::epoch_ms; }

std::size_t writeRfc3339(WallTime time, ZoneOffset zone, char* out) {
  const Fields f = fieldsOf(time, zone);
  char* to = putDate(out, f);
  *to++ = 'T';
  to = putDigits(to, f.hour, 2);
  *to++ = ':';
  to = putDigits(to, f.minute, 2);
  *to++ = ':';
  to = putDigits(to, f.second, 2);
  if (f.milli != 0) {
    *to++ = '.';
    to = putDigits(to, f.milli, 3);
  }
  return static_cast<std::size_t>(putZone(to, zone) - out);
}

std::size_t writeDate(WallTime time, ZoneOffset zone, char* out) {
  return static_cast<std::size_t>(putDate(out, fieldsOf(time, zone)) - out);
}

}  // namespace lianqiao::pipeline
