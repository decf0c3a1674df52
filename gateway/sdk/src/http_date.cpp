#include "http_date.h"

#include <array>
#include <cstdio>

#include "decimal_text.h"

namespace lianqiao {
namespace {

constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

}  // namespace

std::string formatHttpDate(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const std::size_t weekday = std::chrono::weekday(day).c_encoding();
  const std::size_t month = static_cast<unsigned>(date.month()) - 1;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3s, %02u %.3s %04d %02d:%02d:%02d GMT",
                kDays.data() + weekday * 3, static_cast<unsigned>(date.day()),
                kMonths.data() + month * 3, static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::optional<std::chrono::sys_seconds> parseHttpDate(std::string_view text) {
  if (text.size() != 29) return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(8, 3));
  const auto day = decimalText(text.substr(5, 2));
  const auto year = decimalText(text.substr(12, 4));
  const auto hour = decimalText(text.substr(17, 2));
  const auto minute = decimalText(text.substr(20, 2));
  const auto second = decimalText(text.substr(23, 2));
  if (month == kMonths.npos || month % 3 != 0 || !day || !year || !hour || !minute || !second) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const std::chrono::sys_seconds time = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                                        std::chrono::minutes(*minute) +
                                        std::chrono::seconds(*second);
  if (formatHttpDate(time) != text) return std::nullopt;
  return time;
}

}  // namespace lianqiao
