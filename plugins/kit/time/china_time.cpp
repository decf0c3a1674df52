#include "kit/time/china_time.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace lianqiao::kit {
namespace {

using namespace std::chrono_literals;

/// Minutes ahead of UTC of "", "Z", "+08:00"; a fraction before it is passed over.
std::optional<std::chrono::minutes> zoneAfterFraction(std::string_view rest) {
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of("0123456789"), rest.size()));
  }
  if (rest.empty()) return kChinaOffset;
  return parseOffset(rest);
}

}  // namespace

std::string writeMoment(WallTime time, TimeForm form) {
  if (form == TimeForm::epoch_ms) return std::to_string(time.time_since_epoch().count());
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (form == TimeForm::epoch_s) return std::to_string(second.time_since_epoch().count());
  const CivilTime civil = civilOf(second, kChinaOffset);
  std::array<char, 96> text{};
  std::snprintf(
      text.data(), text.size(),
      form == TimeForm::compact ? "%04d%02d%02d%02d%02d%02d" : "%04d-%02d-%02d %02d:%02d:%02d",
      civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second);
  return text.data();
}

std::optional<WallTime> readMoment(std::string_view text) {
  text = trim(text);
  const auto part = [text](std::size_t at, std::size_t size) {
    return static_cast<int>(decimalText(text.substr(at, size)).value_or(0));
  };
  if (const auto number = text.size() > 14 ? std::nullopt : decimalText(text)) {
    if (text.size() == 13) return WallTime(std::chrono::milliseconds(*number));
    if (text.size() == 10) return WallTime(std::chrono::seconds(*number));
    if (text.size() != 14) return std::nullopt;
    return wallOf({part(0, 4), part(4, 2), part(6, 2), part(8, 2), part(10, 2), part(12, 2)},
                  kChinaOffset);
  }
  constexpr std::string_view kShape = "dddd-dd-dd dd:dd:dd";
  if (text.size() < kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char c = text[i];
    const bool fits = kShape[i] == 'd'   ? isDigit(c)
                      : kShape[i] == '-' ? c == '-' || c == '/'
                      : kShape[i] == ' ' ? c == ' ' || c == 'T'
                                         : c == kShape[i];
    if (!fits) return std::nullopt;
  }
  const auto zone = zoneAfterFraction(text.substr(kShape.size()));
  if (!zone) return std::nullopt;
  return wallOf({part(0, 4), part(5, 2), part(8, 2), part(11, 2), part(14, 2), part(17, 2)}, *zone);
}

WallTime endOfChinaDay(WallTime time) {
  return std::chrono::floor<std::chrono::days>(time + kChinaOffset) + 24h - 1s - kChinaOffset;
}

}  // namespace lianqiao::kit
