#include "signing_time.h"

#include <array>
#include <cstdio>

#include "decimal_text.h"
#include "http_date.h"

namespace lianqiao {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::chrono::hours kChinaOffset{8};

/// "2023-11-15T06:13:20.000+08:00".
std::string formatZoned(WallTime time) {
  const auto local = time + kChinaOffset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(local - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03d+08:00",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::optional<WallTime> parseZoned(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kShape.size() + 1) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool fits = kShape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == kShape[i];
    if (!fits) return std::nullopt;
  }
  const auto part = [text](std::size_t at, std::size_t size) {
    return static_cast<int>(decimalText(text.substr(at, size)).value_or(0));
  };
  const std::chrono::year_month_day date(std::chrono::year(part(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(part(8, 2))));
  if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 59) return std::nullopt;
  WallTime time = std::chrono::sys_days(date) + std::chrono::hours(part(11, 2)) +
                  std::chrono::minutes(part(14, 2)) + seconds(part(17, 2));
  std::string_view rest = text.substr(kShape.size());
  if (rest.starts_with('.')) {
    if (rest.size() < 4 || !decimalText(rest.substr(1, 3))) return std::nullopt;
    time += milliseconds(*decimalText(rest.substr(1, 3)));
    rest.remove_prefix(4);
  }
  if (rest == "Z") return time;
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') {
    return std::nullopt;
  }
  const auto hours = decimalText(rest.substr(1, 2));
  const auto minutes = decimalText(rest.substr(4, 2));
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return rest[0] == '+' ? time - offset : time + offset;
}

}  // namespace

std::string formatTime(TimeForm form, WallTime now) {
  switch (form) {
    case TimeForm::epoch_ms:
      return std::to_string(now.time_since_epoch().count());
    case TimeForm::epoch_s:
      return std::to_string(std::chrono::floor<seconds>(now).time_since_epoch().count());
    case TimeForm::http_date:
      return formatHttpDate(std::chrono::floor<seconds>(now));
    case TimeForm::zoned:
      return formatZoned(now);
  }
  return {};
}

std::optional<WallTime> parseTime(TimeForm form, std::string_view text) {
  // Fifteen digits are the year 33658 in milliseconds: nothing overflows below.
  if (text.size() > 15 && form != TimeForm::http_date && form != TimeForm::zoned) {
    return std::nullopt;
  }
  switch (form) {
    case TimeForm::epoch_ms:
      if (const auto count = decimalText(text)) return WallTime(milliseconds(*count));
      return std::nullopt;
    case TimeForm::epoch_s:
      if (const auto count = decimalText(text)) return WallTime(seconds(*count));
      return std::nullopt;
    case TimeForm::http_date:
      if (const auto date = parseHttpDate(text)) return WallTime(*date);
      return std::nullopt;
    case TimeForm::zoned:
      return parseZoned(text);
  }
  return std::nullopt;
}

}  // namespace lianqiao
