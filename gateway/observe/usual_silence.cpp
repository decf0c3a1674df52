#include "observe/usual_silence.h"

#include <algorithm>

namespace lianqiao::observe {
namespace {

constexpr HourNumber kWeek = 168;
constexpr int kFewestWeeks = 2;
constexpr double kUnlikely = 1e-3;

struct Weeks {
  int known = 0;
  int silent = 0;
};

/// Of the same hour in the weeks before.
Weeks weeksOf(const std::set<HourNumber>& heard, HourNumber hour) {
  Weeks weeks;
  for (int week = 1; week <= kWeeksCompared; ++week) {
    const HourNumber then = hour - week * kWeek;
    if (then < *heard.begin()) break;
    ++weeks.known;
    if (!heard.contains(then)) ++weeks.silent;
  }
  return weeks;
}

}  // namespace

HourNumber hourOf(WallTime time) {
  return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count();
}

std::optional<int> unusualSilence(const std::set<HourNumber>& heard, WallTime since, WallTime now) {
  if (heard.empty()) return std::nullopt;
  const HourNumber end = hourOf(now);
  // Longer than a week it is compared with its own silence.
  HourNumber hour = std::max(hourOf(since) + 1, end - kWeek);
  double likelihood = 1;
  int least = kWeeksCompared;
  for (; hour < end; ++hour) {
    const Weeks weeks = weeksOf(heard, hour);
    if (weeks.known < kFewestWeeks) continue;
    likelihood *= (weeks.silent + 0.5) / (weeks.known + 0.5);
    if (2 * weeks.silent < weeks.known) least = std::min(least, weeks.known);
  }
  return likelihood < kUnlikely ? std::optional(least) : std::nullopt;
}

}  // namespace lianqiao::observe
