#include "kit/time/china_time.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace lianqiao::kit {
namespace {

using namespace std::chrono_literals;

constexpr auto kChina = 8h;

/// Up to 15 digits and nothing else.
std::optional<std::int64_t> digits(std::string_view text) {
  if (text.empty() || text.size() > 15) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<WallTime> moment(std::int64_t year, std::int64_t month, std::int64_t day,
                               std::int64_t hour, std::int64_t minute, std::int64_t second) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

/// Seconds east of Greenwich of "", "Z", "+08:00"; a fraction before it is passed over.
std::optional<std::chrono::minutes> zoneAfterFraction(std::string_view rest) {
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of("0123456789"), rest.size()));
  }
  if (rest.empty()) return kChina;
  if (rest == "Z") return 0min;
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return std::nullopt;
  const auto hours = digits(rest.substr(1, 2));
  const auto minutes = digits(rest.substr(4, 2));
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset{*hours * 60 + *minutes};
  return rest[0] == '+' ? offset : -offset;
}

}  // namespace

std::string writeMoment(WallTime time, TimeForm form) {
  if (form == TimeForm::epoch_ms) return std::to_string(time.time_since_epoch().count());
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (form == TimeForm::epoch_s) return std::to_string(second.time_since_epoch().count());
  const auto local = second + kChina;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(local - day);
  std::array<char, 96> text{};
  std::snprintf(
      text.data(), text.size(),
      form == TimeForm::compact ? "%04d%02u%02u%02d%02d%02d" : "%04d-%02u-%02u %02d:%02d:%02d",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::optional<WallTime> readMoment(std::string_view text) {
  text = trim(text);
  if (const auto number = digits(text)) {
    if (text.size() == 13) return WallTime(std::chrono::milliseconds(*number));
    if (text.size() == 10) return WallTime(std::chrono::seconds(*number));
    if (text.size() != 14) return std::nullopt;
    const auto local =
        moment(*number / 10'000'000'000, *number / 100'000'000 % 100, *number / 1'000'000 % 100,
               *number / 10'000 % 100, *number / 100 % 100, *number % 100);
    return local ? std::optional(*local - kChina) : std::nullopt;
  }
  constexpr std::string_view kShape = "dddd-dd-dd dd:dd:dd";
  if (text.size() < kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char c = text[i];
    const bool fits = kShape[i] == 'd'   ? c >= '0' && c <= '9'
                      : kShape[i] == '-' ? c == '-' || c == '/'
                      : kShape[i] == ' ' ? c == ' ' || c == 'T'
                                         : c == kShape[i];
    if (!fits) return std::nullopt;
  }
  const auto part = [text](std::size_t at, std::size_t size) {
    return digits(text.substr(at, size)).value_or(0);
  };
  const auto local =
      moment(part(0, 4), part(5, 2), part(8, 2), part(11, 2), part(14, 2), part(17, 2));
  const auto zone = zoneAfterFraction(text.substr(kShape.size()));
  return local && zone ? std::optional(*local - *zone) : std::nullopt;
}

WallTime endOfChinaDay(WallTime time) {
  return std::chrono::floor<std::chrono::days>(time + kChina) + 24h - 1s - kChina;
}

std::optional<WallTime> readHttpDate(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  text = trim(text);
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto part = [text](std::size_t at, std::size_t size) {
    return digits(text.substr(at, size)).value_or(99);
  };
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end()) return std::nullopt;
  return moment(part(12, 4), month - kMonths.begin() + 1, part(5, 2), part(17, 2), part(20, 2),
                part(23, 2));
}

}  // namespace lianqiao::kit
