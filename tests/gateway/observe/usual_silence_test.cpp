// A peer that falls silent is noticed by what it usually does, and never at night for nothing.
#include "observe/usual_silence.h"

#include <gtest/gtest.h>

#include <random>

namespace lianqiao::observe {
namespace {

using namespace std::chrono_literals;

constexpr HourNumber kMonday = 168 * 2900 + 96;  // a midnight
WallTime hour(HourNumber number) { return WallTime(std::chrono::hours(number)); }

/// Something in each hour from 8 to 18 of the days before kMonday.
std::set<HourNumber> officeHours(int weeks) {
  std::set<HourNumber> heard;
  for (int day = 1; day <= weeks * 7; ++day)
    for (int clock = 8; clock < 18; ++clock) heard.insert(kMonday - day * 24 + clock);
  return heard;
}

TEST(UsualSilence, TheNightIsNeverUnusual) {
  const auto heard = officeHours(8);
  const WallTime last = hour(kMonday - 24 + 17);
  for (int clock = 0; clock <= 9; ++clock)
    EXPECT_FALSE(unusualSilence(heard, last, hour(kMonday + clock))) << clock;
}

TEST(UsualSilence, TheMorningWithoutARecordIs) {
  const auto heard = officeHours(8);
  const WallTime last = hour(kMonday - 24 + 17);
  EXPECT_FALSE(unusualSilence(heard, last, hour(kMonday + 10)));  // two hours may happen
  EXPECT_EQ(unusualSilence(heard, last, hour(kMonday + 11)), 8);
}

TEST(UsualSilence, AShortAcquaintanceWaitsLongerAndAWeekSaysNothing) {
  const WallTime last = hour(kMonday - 24 + 17);
  EXPECT_FALSE(unusualSilence(officeHours(1), last, hour(kMonday + 20)));
  EXPECT_FALSE(unusualSilence(officeHours(2), last, hour(kMonday + 11)));
  EXPECT_EQ(unusualSilence(officeHours(2), last, hour(kMonday + 13)), 2);
  EXPECT_FALSE(unusualSilence({}, last, hour(kMonday + 20)));
}

TEST(UsualSilence, WhoComesNowAndThenIsSeldomCalledSilent) {
  std::mt19937 random(7);
  std::poisson_distribution<int> comes(1.0);
  std::set<HourNumber> heard;
  HourNumber last = kMonday;
  int looked = 0, alarms = 0;
  for (HourNumber now = kMonday; now < kMonday + 168 * 60; ++now) {
    if (now > kMonday + 168 * 8 && ++looked > 0 && unusualSilence(heard, hour(last), hour(now)))
      ++alarms;
    if (comes(random) > 0) heard.insert(last = now);
  }
  EXPECT_GT(looked, 8000);
  EXPECT_LT(alarms, looked / 100);
}

TEST(UsualSilence, AYearOfSilenceIsLookedAtForAWeekAlone) {
  EXPECT_FALSE(unusualSilence(officeHours(8), hour(kMonday), hour(kMonday + 9000)));
}

}  // namespace
}  // namespace lianqiao::observe
