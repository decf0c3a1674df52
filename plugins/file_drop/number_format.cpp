#include "file_drop/number_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "lianqiao/ascii.h"

namespace lianqiao::file_drop {

namespace {

constexpr double kLastSerial = 2958466;  // 10000-01-01
constexpr int kMostDigitsWritten = 21;

/// The code without quoted text, escapes, fillers and [colour] or [condition]; first section only.
/// `elapsed` is set when [h], [mm] or [ss] was met.
std::string bareCode(std::string_view code, bool& elapsed) {
  std::string bare;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == ';') break;
    if (c == '"') {
      i = std::min(code.find('"', i + 1), code.size());
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      const std::size_t close = std::min(code.find(']', i + 1), code.size());
      const std::string_view inside = code.substr(i + 1, close - i - 1);
      if (!inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos)
        elapsed = true;
      i = close;
    } else {
      bare += lowerAscii(c);
    }
  }
  return bare;
}

std::string clockText(long long seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60,
                seconds % 60);
  return text.data();
}

std::string dayText(long long day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

/// Plain digits out of d.ddde±xx.
std::string withoutExponent(std::string_view text) {
  const std::size_t e = text.find('e');
  if (e == std::string_view::npos) return std::string(text);
  int exponent = 0;
  std::string_view power = text.substr(e + 1);
  if (power.front() == '+') power.remove_prefix(1);
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  if (exponent > kMostDigitsWritten || exponent < -kMostDigitsWritten) return std::string(text);
  std::string out;
  std::string digits;
  for (char c : text.substr(0, e)) {
    if (c == '-') out = "-";
    if (isDigit(c)) digits += c;
  }
  if (exponent < 0) {
    out += "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    return out;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0');
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

}  // namespace

std::optional<double> numberOf(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

NumberFormat builtinFormat(unsigned id) {
  if (id == 46) return NumberFormat::elapsed;
  if ((id >= 18 && id <= 21) || id == 45 || id == 47 || (id >= 32 && id <= 35) || id == 55 ||
      id == 56) {
    return NumberFormat::time;
  }
  if ((id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 ||
      (id >= 50 && id <= 58)) {
    return NumberFormat::date;
  }
  return NumberFormat::plain;
}

NumberFormat formatOfCode(std::string_view code) {
  bool elapsed = false;
  const std::string bare = bareCode(code, elapsed);
  if (elapsed) return NumberFormat::elapsed;
  const auto has = [&bare](std::string_view letters) {
    return bare.find_first_of(letters) != std::string::npos;
  };
  if (bare.starts_with("general") || has("#?@")) return NumberFormat::plain;
  // "ss.000" has zeros and is a time; "0.00e+00" has an e and is none.
  const bool digits = has("0") && bare.find("s.0") == std::string::npos;
  if (digits) return NumberFormat::plain;
  if (has("ydeb")) return NumberFormat::date;
  if (has("hs")) return NumberFormat::time;
  return has("m") ? NumberFormat::date : NumberFormat::plain;
}

std::string pictureOfCode(std::string_view code) {
  code = code.substr(0, code.find(';'));
  std::string picture;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '0') {
      picture += '\0';
      ++digits;
    } else if (c == '"') {
      const std::size_t close = std::min(code.find('"', i + 1), code.size());
      picture += code.substr(i + 1, close - i - 1);
      i = close;
    } else if (c == '\\' && i + 1 < code.size()) {
      picture += code[++i];
    } else if (c == '-' || c == '/' || c == ' ') {
      picture += c;
    } else {
      return {};
    }
  }
  return digits >= 2 ? picture : std::string();
}

std::string writePicture(std::string_view picture, std::string_view number) {
  const auto places = static_cast<std::size_t>(std::count(picture.begin(), picture.end(), '\0'));
  std::string padded(places > number.size() ? places - number.size() : 0, '0');
  padded += number;
  // What has more digits than places stands whole at the first of them.
  const std::size_t more = padded.size() - places;
  std::string out;
  std::size_t at = 0;
  for (const char c : picture) {
    if (c != '\0') {
      out += c;
      continue;
    }
    const std::size_t size = at == 0 ? more + 1 : 1;
    out += padded.substr(at, size);
    at += size;
  }
  return out;
}

std::optional<std::string> isoDateText(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  long long hour = 0;
  long long minute = 0;
  double second = 0;
  int end = 0;
  const std::string whole(text.substr(0, 64));
  // NOLINTNEXTLINE(cert-err34-c): its width bounds each number.
  int read = std::sscanf(whole.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &end);
  if (read < 3) return std::nullopt;
  if (static_cast<std::size_t>(end) < whole.size()) {
    int rest = 0;
    // NOLINTNEXTLINE(cert-err34-c)
    read = std::sscanf(whole.c_str() + end, "T%2lld:%2lld%n", &hour, &minute, &rest);
    if (read < 2) return std::nullopt;
    end += rest;
    if (whole[static_cast<std::size_t>(end)] == ':') {
      const char* const from = whole.c_str() + end + 1;
      const char* const last = whole.c_str() + whole.size();
      const auto [stop, failed] = std::from_chars(from, last, second, std::chars_format::fixed);
      if (failed != std::errc() || stop != last) return std::nullopt;
      end = static_cast<int>(whole.size());
    }
    if (static_cast<std::size_t>(end) != whole.size()) return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 ||
      second >= 61)
    return std::nullopt;
  const long long seconds = std::chrono::sys_days(date).time_since_epoch().count() * 86'400LL +
                            hour * 3'600 + minute * 60 + std::llround(second);
  const long long days = seconds >= 0 ? seconds / 86'400 : -((86'399 - seconds) / 86'400);
  return dayText(days) + "T" + clockText(seconds - days * 86'400);
}

std::optional<std::string> numberText(std::string_view text) {
  const auto value = numberOf(text);
  if (!value) return std::nullopt;
  if (*value == 0) return "0";
  std::array<char, 64> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), *value,
                                     std::chars_format::general, 15);
  return withoutExponent({digits.data(), static_cast<std::size_t>(written.ptr - digits.data())});
}

std::optional<std::string> dateText(std::string_view text, NumberFormat format, bool date1904) {
  const auto serial = numberOf(text);
  if (!serial || *serial < 0 || *serial >= kLastSerial) return std::nullopt;
  const auto seconds = std::llround(*serial * 86400);
  if (format == NumberFormat::elapsed || (format == NumberFormat::time && seconds < 86400)) {
    return clockText(seconds);
  }
  const long long day = seconds / 86400;
  const std::string clock = "T" + clockText(seconds % 86400);
  using std::chrono::days;
  constexpr long long k1900 = -25569;  // 1899-12-30, counted from 1970-01-01
  constexpr long long k1904 = -24107;  // 1904-01-01
  if (date1904) return dayText(k1904 + day) + clock;
  // Excel counts a 29 February 1900 that never was.
  if (day == 60) return "1900-02-29" + clock;
  return dayText(k1900 + day + (day < 60 ? 1 : 0)) + clock;
}

}  // namespace lianqiao::file_drop
