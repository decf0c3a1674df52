#include <algorithm>
#include <charconv>
#include <iterator>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "pipeline/time_parts.h"

namespace lianqiao::pipeline {
namespace {

struct Spelling {
  std::string_view text;
  int width;
};
constexpr Spelling kSpellings[] = {{"yyyy", 4}, {"MM", 2},  {"M", 1},  {"dd", 2}, {"d", 1},
                                   {"HH", 2},   {"H", 1},   {"mm", 2}, {"m", 1},  {"ss", 2},
                                   {"s", 1},    {"SSS", 3}, {"Z", 1}};

Error bad(std::string why) {
  return {std::string(codes::kConfig), "time pattern: " + std::move(why)};
}

}  // namespace

TimeFormat::Part TimeFormat::partOf(char letter) {
  switch (letter) {
    case 'y':
      return Part::year;
    case 'M':
      return Part::month;
    case 'd':
      return Part::day;
    case 'H':
      return Part::hour;
    case 'm':
      return Part::minute;
    case 's':
      return Part::second;
    case 'S':
      return Part::milli;
    default:
      return Part::zone;
  }
}

Result<void> TimeFormat::addToken(std::string_view& text) {
  const char c = text[0];
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  std::size_t size = 1;
  if (letter) {
    size = std::min(text.find_first_not_of(c), text.size());
    const auto known =
        std::find_if(std::begin(kSpellings), std::end(kSpellings),
                     [&](const Spelling& s) { return s.text == text.substr(0, size); });
    if (known == std::end(kSpellings)) {
      return bad("'" + std::string(text.substr(0, size)) +
                 "' is no part of one; write auto, epoch_s, epoch_ms, excel, or a pattern of "
                 "yyyy MM dd HH mm ss SSS Z");
    }
    tokens_.push_back({partOf(c), known->width, 0});
  } else if (c == '\'') {
    size = text.find('\'', 1);
    if (size == std::string_view::npos) return bad("a ' is not closed");
    for (char literal : text.substr(1, size - 1)) tokens_.push_back({Part::literal, 0, literal});
    ++size;
  } else {
    tokens_.push_back({Part::literal, 0, c});
  }
  text.remove_prefix(size);
  return {};
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
  while (!text.empty()) {
    if (auto added = format.addToken(text); !added) return added.error();
  }
  const auto isYear = [](const Token& token) { return token.part == Part::year; };
  if (std::none_of(format.tokens_.begin(), format.tokens_.end(), isYear))
    return bad("it has no yyyy");
  // keeps write() within kTimeTextSize
  if (format.tokens_.size() > 40) return bad("it is too long");
  return format;
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
        kind_ == Kind::epoch_ms
            ? n
            : std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
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
