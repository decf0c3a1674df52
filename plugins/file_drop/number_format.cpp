#include "file_drop/number_format.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace lianqiao::file_drop {

namespace {

constexpr double kLastSerial = 2958466;  // 10000-01-01
constexpr int kMostDigitsWritten = 21;

std::optional<double> parse(std::string_view text) {
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
      bare += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
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
    if (c >= '0' && c <= '9') digits += c;
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

std::optional<std::string> numberText(std::string_view text) {
  const auto value = parse(text);
  if (!value) return std::nullopt;
  if (*value == 0) return "0";
  std::array<char, 64> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), *value,
                                     std::chars_format::general, 15);
  return withoutExponent({digits.data(), static_cast<std::size_t>(written.ptr - digits.data())});
}

std::optional<std::string> dateText(std::string_view text, NumberFormat format, bool date1904) {
  const auto serial = parse(text);
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
