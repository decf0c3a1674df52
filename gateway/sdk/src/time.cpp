#include "lianqiao/time.h"

#include <array>
#include <cstdio>

#include "lianqiao/ascii.h"

namespace lianqiao {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

}  // namespace

CivilTime civilOf(WallTime time, minutes offset) {
  const auto local = time + offset;
  const auto day = std::chrono::floor<days>(local);
  const std::chrono::year_month_day date(day);
  const auto rest = static_cast<int>((local - day).count());
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          rest / 3'600'000,
          rest / 60'000 % 60,
          rest / 1'000 % 60,
          rest % 1'000};
}

std::optional<WallTime> wallOf(const CivilTime& civil, minutes offset) {
  const auto within = [](int value, int most) { return value >= 0 && value <= most; };
  if (!within(civil.year, 9999) || !within(civil.month, 12) || !within(civil.day, 31))
    return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(civil.year),
                                         std::chrono::month(static_cast<unsigned>(civil.month)),
                                         std::chrono::day(static_cast<unsigned>(civil.day)));
  if (!date.ok() || !within(civil.hour, 23) || !within(civil.minute, 59) ||
      !within(civil.second, 59) || !within(civil.millisecond, 999))
    return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + hours(civil.hour) + minutes(civil.minute) +
         seconds(civil.second) + milliseconds(civil.millisecond) - offset;
}

std::optional<minutes> parseOffset(std::string_view text) {
  if (text == "Z") return minutes(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hour = decimalText(text.substr(1, 2));
  const auto minute = decimalText(text.substr(4, 2));
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  const minutes offset(*hour * 60 + *minute);
  return text[0] == '+' ? offset : -offset;
}

std::string formatHttpDate(std::chrono::sys_seconds time) {
  const CivilTime civil = civilOf(time);
  const std::chrono::weekday weekday(std::chrono::floor<days>(time));
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                kDays.data() + weekday.c_encoding() * 3, civil.day,
                kMonths.data() + (civil.month - 1) * 3, civil.year, civil.hour, civil.minute,
                civil.second);
  return text.data();
}

std::optional<std::chrono::sys_seconds> parseHttpDate(std::string_view text) {
  if (text.size() != 29) return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == kMonths.npos || month % 3 != 0) return std::nullopt;
  const auto part = [text](std::size_t at, std::size_t size) {
    return static_cast<int>(decimalText(text.substr(at, size)).value_or(-1));
  };
  const auto time = wallOf({part(12, 4), static_cast<int>(month / 3) + 1, part(5, 2), part(17, 2),
                            part(20, 2), part(23, 2)});
  if (!time) return std::nullopt;
  const auto second = std::chrono::floor<seconds>(*time);
  if (formatHttpDate(second) != text) return std::nullopt;
  return second;
}

}  // namespace lianqiao
