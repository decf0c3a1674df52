#include "base/weekly_hours.h"

#include <algorithm>
#include <utility>

namespace lianqiao::base {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

constexpr int kDaysOfAWeek = 7;

/// Whose midnight, as local time.
using LocalDay = std::chrono::time_point<std::chrono::system_clock, days>;

bool falls(LocalDay day, std::uint8_t on) {
  const unsigned number = std::chrono::weekday(std::chrono::sys_days(day)).iso_encoding() - 1;
  return ((static_cast<unsigned>(on) >> number) & 1U) != 0;
}

}  // namespace

WeeklyHours::WeeklyHours(std::vector<Span> spans, std::uint8_t days, Minutes offset)
    : spans_(std::move(spans)), days_(days), offset_(offset) {}

std::optional<WeeklyHours::Opening> WeeklyHours::at(WallTime time) const {
  const auto today = std::chrono::floor<days>(time + offset_);
  std::optional<Opening> found;
  for (const LocalDay day : {today - days(1), today}) {
    if (!falls(day, days_)) continue;
    for (const Span& span : spans_) {
      const WallTime begin = WallTime(day.time_since_epoch()) + span.begin - offset_;
      const WallTime end = begin + span.length;
      if (begin <= time && time < end && (!found || end > found->end)) found = {begin, end};
    }
  }
  return found;
}

WeeklyHours::Opening WeeklyHours::next(WallTime time) const {
  const auto today = std::chrono::floor<days>(time + offset_);
  std::optional<Opening> first;
  for (int ahead = 0; ahead <= kDaysOfAWeek; ++ahead) {
    const LocalDay day = today + days(ahead);
    if (!falls(day, days_)) continue;
    for (const Span& span : spans_) {
      const WallTime begin = WallTime(day.time_since_epoch()) + span.begin - offset_;
      if (begin > time && (!first || begin < first->begin)) first = {begin, begin + span.length};
    }
    if (first) break;
  }
  return first.value_or(Opening{WallTime::max(), WallTime::max()});
}

milliseconds WeeklyHours::longestWait() const {
  milliseconds longest{0};
  WallTime begin = next(WallTime()).begin;
  for (const WallTime end = begin + days(kDaysOfAWeek); begin < end;) {
    const WallTime following = next(begin).begin;
    longest = std::max(longest, std::chrono::duration_cast<milliseconds>(following - begin));
    begin = following;
  }
  return longest;
}

}  // namespace lianqiao::base
