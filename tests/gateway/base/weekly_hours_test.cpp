#include "base/weekly_hours.h"

#include <gtest/gtest.h>

#include "base/rfc3339.h"

namespace lianqiao::base {
namespace {

using namespace std::chrono_literals;

WallTime at(const std::string& text) { return *parseTime(text); }

constexpr auto kChina = WeeklyHours::Minutes(8h);
constexpr std::uint8_t kWorkingDays = 0x1F;

TEST(WeeklyHours, ASpanIsOpenFromItsBeginUntilBeforeItsEnd) {
  const WeeklyHours night({{2h, 2h}}, WeeklyHours::kEveryDay, kChina);
  EXPECT_FALSE(night.at(at("2026-11-30T01:59:59.999+08:00")));
  const auto open = night.at(at("2026-11-30T02:00:00+08:00"));
  ASSERT_TRUE(open);
  EXPECT_EQ(open->begin, at("2026-11-30T02:00:00+08:00"));
  EXPECT_EQ(open->end, at("2026-11-30T04:00:00+08:00"));
  EXPECT_TRUE(night.at(at("2026-11-30T03:59:59.999+08:00")));
  EXPECT_FALSE(night.at(at("2026-11-30T04:00:00+08:00")));
}

TEST(WeeklyHours, ASpanOverMidnightBelongsToTheDayOnWhichItBegins) {
  const WeeklyHours late({{23h, 2h}}, kWorkingDays, kChina);
  EXPECT_TRUE(late.at(at("2026-11-28T00:30:00+08:00")));   // Friday's
  EXPECT_FALSE(late.at(at("2026-11-28T23:30:00+08:00")));  // Saturday
  EXPECT_FALSE(late.at(at("2026-11-30T00:30:00+08:00")));  // Sunday's
}

TEST(WeeklyHours, TheNextOneIsTheFirstThatBeginsLater) {
  const WeeklyHours twice({{14h, 1h}, {2h, 1h}}, kWorkingDays, kChina);
  EXPECT_EQ(twice.next(at("2026-11-27T02:00:00+08:00")).begin, at("2026-11-27T14:00:00+08:00"));
  EXPECT_EQ(twice.next(at("2026-11-27T14:00:00+08:00")).begin, at("2026-11-30T02:00:00+08:00"));
  EXPECT_EQ(twice.longestWait(), 60h);  // Friday 14:00 to Monday 02:00
}

TEST(WeeklyHours, OneDayOfTheWeekComesAgainAfterSeven) {
  const WeeklyHours weekly({{6h, 1h}}, 1, kChina);
  EXPECT_EQ(weekly.next(at("2026-11-30T06:00:00+08:00")).begin, at("2026-12-07T06:00:00+08:00"));
  EXPECT_EQ(weekly.longestWait(), 168h);
}

TEST(WeeklyHours, TheOffsetMovesTheDayToo) {
  const WeeklyHours monday({{1h, 1h}}, 1, kChina);  // Sunday 17:00 UTC
  EXPECT_TRUE(monday.at(at("2026-11-29T17:30:00Z")));
  EXPECT_FALSE(monday.at(at("2026-11-30T17:30:00Z")));
}

}  // namespace
}  // namespace lianqiao::base
