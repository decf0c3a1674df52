#include "signing_time.h"

#include <array>
#include <cstdio>

#include "lianqiao/ascii.h"
#include "lianqiao/time.h"

namespace lianqiao {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// "2023-11-15T06:13:20.000+08:00".
std::string formatZoned(WallTime time) {
  const CivilTime civil = civilOf(time, kChinaOffset);
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03d+08:00", civil.year,
                civil.month, civil.day, civil.hour, civil.minute, civil.second, civil.millisecond);
  return text.data();
}

std::optional<WallTime> parseZoned(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kShape.size() + 1) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool fits = kShape[i] == 'd' ? isDigit(text[i]) : text[i] == kShape[i];
    if (!fits) return std::nullopt;
  }
  const auto part = [text](std::size_t at, std::size_t size) {
    return static_cast<int>(decimalText(text.substr(at, size)).value_or(0));
  };
  CivilTime civil{part(0, 4), part(5, 2), part(8, 2), part(11, 2), part(14, 2), part(17, 2)};
  std::string_view rest = text.substr(kShape.size());
  if (rest.starts_with('.')) {
    if (rest.size() < 4 || !decimalText(rest.substr(1, 3))) return std::nullopt;
    civil.millisecond = part(kShape.size() + 1, 3);
    rest.remove_prefix(4);
  }
  const auto offset = parseOffset(rest);
  return offset ? wallOf(civil, *offset) : std::nullopt;
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
