#include "report/period.h"

#include <gtest/gtest.h>

#include "base/rfc3339.h"

namespace lianqiao::report {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::minutes kChina{8 * 60};
WallTime moment(const std::string& text) { return *base::parseTime(text); }

TEST(Period, ADayAWeekAndAMonthBeginAtMidnightOfTheZone) {
  const auto day = periodNamed("2026-11-30", kChina);
  ASSERT_TRUE(day);
  EXPECT_EQ(day->begin, moment("2026-11-30T00:00:00+08:00"));
  EXPECT_EQ(day->end, moment("2026-12-01T00:00:00+08:00"));
  const auto week = periodNamed("2026-W48", kChina);
  ASSERT_TRUE(week);
  EXPECT_EQ(week->begin, moment("2026-11-23T00:00:00+08:00"));
  EXPECT_EQ(week->end, moment("2026-11-30T00:00:00+08:00"));
  const auto month = periodNamed("2026-02", kChina);
  ASSERT_TRUE(month);
  EXPECT_EQ(month->begin, moment("2026-02-01T00:00:00+08:00"));
  EXPECT_EQ(month->end, moment("2026-03-01T00:00:00+08:00"));
}

TEST(Period, AWeekBelongsToTheYearOfItsThursday) {
  EXPECT_EQ(periodNamed("2026-W01", kChina)->begin, moment("2025-12-29T00:00:00+08:00"));
  EXPECT_EQ(periodNamed("2026-W53", kChina)->begin, moment("2026-12-28T00:00:00+08:00"));
  EXPECT_FALSE(periodNamed("2027-W53", kChina)) << "2027 has 52";
}

TEST(Period, WhatIsNoneIsNone) {
  for (const char* text : {"", "2026", "2026-13", "2026-00", "2026-02-30", "2026-W00", "2026-W54",
                           "2026-w48", "2026-11-3", "2026-11-30 ", "26-W48", "2026/11"})
    EXPECT_FALSE(periodNamed(text, kChina)) << text;
}

TEST(Period, TheLastOneThatIsOver) {
  const WallTime now = moment("2026-12-01T00:30:00+08:00");  // still November in UTC
  EXPECT_EQ(periodBefore(PeriodKind::day, now, kChina).name, "2026-11-30");
  EXPECT_EQ(periodBefore(PeriodKind::week, now, kChina).name, "2026-W48");
  EXPECT_EQ(periodBefore(PeriodKind::month, now, kChina).name, "2026-11");
  EXPECT_EQ(periodBefore(PeriodKind::month, moment("2027-01-15T00:00:00+08:00"), kChina).name,
            "2026-12");
}

}  // namespace
}  // namespace lianqiao::report
