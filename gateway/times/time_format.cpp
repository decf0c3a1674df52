#include <algorithm>
#include <charconv>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "times/time_parts.h"

namespace lianqiao::times {
namespace {

constexpr std::string_view kHalves[] = {"上午", "下午"};
constexpr std::string_view kDaysOfWeek[] = {"星期日", "星期一", "星期二", "星期三",
                                            "星期四", "星期五", "星期六"};

constexpr int kFirstOfTwoDigits = 2000;
constexpr int kLastOfTwoDigits = 2099;

TimePrecision precisionOf(TimePart part) {
  switch (part) {
    case TimePart::hour:
      return TimePrecision::hour;
    case TimePart::minute:
      return TimePrecision::minute;
    case TimePart::second:
      return TimePrecision::second;
    case TimePart::milli:
      return TimePrecision::millisecond;
    default:
      return TimePrecision::day;
  }
}

bool readYear(Cursor& cursor, int width, Fields& f) {
  if (!cursor.digits(width, width, f.year)) return false;
  if (width == 2) f.year += kFirstOfTwoDigits;
  return true;
}

bool readHalf(Cursor& cursor, Fields& f) {
  char sign = 0;
  const auto part = cursor.word(sign) ? dayPartOf(sign) : std::nullopt;
  f.dayPart = part.value_or(f.dayPart);
  return part.has_value();
}

bool readWeekday(Cursor& cursor, Fields& f) {
  char sign = 0;
  f.weekday = cursor.word(sign) ? weekdayOf(sign) : std::nullopt;
  return f.weekday.has_value();
}

bool readPart(const PatternToken& token, Cursor& cursor, Fields& f) {
  const int most = token.width == 1 ? 2 : token.width;
  switch (token.part) {
    case TimePart::literal:
      return cursor.take(token.literal);
    case TimePart::year:
      return readYear(cursor, token.width, f);
    case TimePart::month:
      return cursor.digits(token.width, most, f.month);
    case TimePart::day:
      return cursor.digits(token.width, most, f.day);
    case TimePart::hour:
      return cursor.digits(token.width, most, f.hour);
    case TimePart::minute:
      return cursor.digits(token.width, most, f.minute);
    case TimePart::second:
      return cursor.digits(token.width, most, f.second);
    case TimePart::milli:
      return cursor.digits(token.width, most, f.milli);
    case TimePart::half:
      return readHalf(cursor, f);
    case TimePart::weekday:
      return readWeekday(cursor, f);
    case TimePart::zone:
      return cursor.zone(f.zone);
  }
  return false;
}

char* putNumber(char* out, int value, int width) {
  return putDigits(out, value, width == 1 && value > 9 ? 2 : width);
}

char* putText(char* out, std::string_view text) { return std::copy(text.begin(), text.end(), out); }

char* putPart(char* out, const PatternToken& token, const Fields& f) {
  switch (token.part) {
    case TimePart::literal:
      *out++ = token.literal;
      return out;
    case TimePart::year:
      return putDigits(out, token.width == 2 ? f.year - kFirstOfTwoDigits : f.year, token.width);
    case TimePart::month:
      return putNumber(out, f.month, token.width);
    case TimePart::day:
      return putNumber(out, f.day, token.width);
    case TimePart::hour:
      return putNumber(out, token.twelve ? (f.hour + 11) % 12 + 1 : f.hour, token.width);
    case TimePart::minute:
      return putNumber(out, f.minute, token.width);
    case TimePart::second:
      return putNumber(out, f.second, token.width);
    case TimePart::milli:
      return putDigits(out, f.milli, token.width);
    case TimePart::half:
      return putText(out, kHalves[f.hour < 12 ? 0 : 1]);
    case TimePart::weekday:
      return putText(out, kDaysOfWeek[f.weekday.value_or(0)]);
    case TimePart::zone:
      return putZone(out, f.zone.value_or(ZoneOffset(0)));
  }
  return out;
}

}  // namespace

Result<TimeFormat> TimeFormat::compile(std::string_view text, TimeUse use) {
  TimeFormat format;
  if (text == "auto") return format;
  if (text == "epoch_s" || text == "epoch_ms" || text == "excel") {
    format.kind_ = text == "epoch_s"    ? Kind::epoch_s
                   : text == "epoch_ms" ? Kind::epoch_ms
                                        : Kind::excel;
    if (format.kind_ != Kind::excel || use == TimeUse::read) return format;
    return Error{codes::kConfig,
                 "excel is read and not written; write a pattern, as in yyyy-MM-dd HH:mm:ss"};
  }
  format.kind_ = Kind::pattern;
  auto tokens = compilePattern(text, use);
  if (!tokens) return tokens.error();
  format.tokens_ = std::move(*tokens);
  return format;
}

std::optional<TimeReading> TimeFormat::readPattern(std::string_view text, ZoneOffset zone) const {
  text = trim(text);
  std::string half;
  if (text.find('\xEF') != std::string_view::npos) {  // full-width characters begin so
    half = halfWidth(text);
    text = half;
  }
  Cursor cursor(text);
  Fields f;
  bool twelve = false;
  for (const PatternToken& token : tokens_) {
    if (!readPart(token, cursor, f)) return std::nullopt;
    f.precision = std::max(f.precision, precisionOf(token.part));
    twelve = twelve || token.twelve;
  }
  return cursor.done() ? moment(f, zone, twelve) : std::nullopt;
}

std::size_t TimeFormat::write(WallTime time, ZoneOffset zone, char* out) const {
  if (numeric()) {
    const std::int64_t n = time.time_since_epoch().count();
    const std::int64_t value =
        kind_ == Kind::epoch_ms
            ? n
            : std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    return static_cast<std::size_t>(std::to_chars(out, out + kTimeTextSize, value).ptr - out);
  }
  if (kind_ != Kind::pattern) return writeRfc3339(time, zone, out);
  const Fields f = fieldsOf(time, zone);
  char* to = out;
  for (const PatternToken& token : tokens_) {
    const bool twoDigits = token.part == TimePart::year && token.width == 2;
    if (twoDigits && (f.year < kFirstOfTwoDigits || f.year > kLastOfTwoDigits)) return 0;
    to = putPart(to, token, f);
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

}  // namespace lianqiao::times
