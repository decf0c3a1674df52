#include "delivery/schedule.h"

#include <gtest/gtest.h>

#include "base/rfc3339.h"

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;

WallTime at(const std::string& text) { return *base::parseTime(text); }

const Schedule kNightly{
    base::WeeklyHours({{2h, 2h}}, base::WeeklyHours::kEveryDay, base::WeeklyHours::Minutes(8h))};

TEST(Schedule, WithoutOneAPeerTakesAtAnyTime) {
  const Schedule always;
  EXPECT_TRUE(always.isOpen(at("2026-12-01T12:00:00+08:00")));
  EXPECT_FALSE(always.opens(at("2026-12-01T12:00:00+08:00")));
  EXPECT_EQ(always.wait(at("2026-12-01T12:00:00+08:00")), 0ms);
  EXPECT_EQ(always.sendable(at("2026-12-01T12:00:00+08:00")), at("2026-12-01T12:00:00+08:00"));
}

TEST(Schedule, NothingGoesBeforeAndNothingAfterItsSetTime) {
  EXPECT_FALSE(kNightly.isOpen(at("2026-12-01T01:59:59.999+08:00")));
  EXPECT_TRUE(kNightly.isOpen(at("2026-12-01T02:00:00+08:00")));
  EXPECT_TRUE(kNightly.isOpen(at("2026-12-01T03:59:59.999+08:00")));
  EXPECT_FALSE(kNightly.isOpen(at("2026-12-01T04:00:00+08:00")));
  EXPECT_EQ(kNightly.opens(at("2026-12-01T04:00:00+08:00")), at("2026-12-02T02:00:00+08:00"));
}

TEST(Schedule, ANodeThatWasDownAtTheTimeSendsAtItsStartInsideIt) {
  EXPECT_TRUE(kNightly.isOpen(at("2026-12-01T03:30:00+08:00")));
  EXPECT_EQ(kNightly.running(at("2026-12-01T03:30:00+08:00"))->begin,
            at("2026-12-01T02:00:00+08:00"));
}

TEST(Schedule, TheWallClockIsAskedAgainSoonForItMayBeSet) {
  EXPECT_EQ(kNightly.wait(at("2026-12-01T12:00:00+08:00")), Schedule::kLookAgain);
  EXPECT_EQ(kNightly.wait(at("2026-12-01T01:59:59+08:00")), 1s);
  EXPECT_EQ(kNightly.wait(at("2026-12-01T02:00:00+08:00")), 0s);
}

TEST(Schedule, WhatWaitsForItsTimeDoesNotGrowOld) {
  EXPECT_EQ(kNightly.sendable(at("2026-12-01T09:00:00+08:00")), at("2026-12-02T02:00:00+08:00"));
  EXPECT_EQ(kNightly.sendable(at("2026-12-02T02:10:00+08:00")), at("2026-12-02T02:10:00+08:00"));
}

}  // namespace
}  // namespace lianqiao::delivery
