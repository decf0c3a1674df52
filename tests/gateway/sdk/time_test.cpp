#include "lianqiao/time.h"

#include <gtest/gtest.h>

namespace lianqiao {
namespace {

using namespace std::chrono_literals;

TEST(Time, ACalendarAndAClockTellTheMomentAndBack) {
  const WallTime leapDay =
      std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + 23h + 59min + 58s + 7ms;
  const CivilTime utc = civilOf(leapDay);
  EXPECT_EQ(utc.month, 2);
  EXPECT_EQ(utc.day, 29);
  EXPECT_EQ(utc.hour, 23);
  EXPECT_EQ(utc.millisecond, 7);
  EXPECT_EQ(wallOf(utc), leapDay);
  const CivilTime china = civilOf(leapDay, kChinaOffset);
  EXPECT_EQ(china.month, 3);
  EXPECT_EQ(china.day, 1);
  EXPECT_EQ(china.hour, 7);
  EXPECT_EQ(wallOf(china, kChinaOffset), leapDay);
  EXPECT_EQ(civilOf(WallTime(-1ms)).year, 1969);
  EXPECT_EQ(civilOf(WallTime(-1ms)).millisecond, 999);
}

TEST(Time, WhatNoCalendarAndNoClockShowsIsNoMoment) {
  for (const CivilTime& civil :
       {CivilTime{2023, 2, 29}, CivilTime{2023, 13, 1}, CivilTime{2023, 0, 1}, CivilTime{-1, 1, 1},
        CivilTime{10000, 1, 1}, CivilTime{2023, 1, 1, 24}, CivilTime{2023, 1, 1, 0, 60},
        CivilTime{2023, 1, 1, 0, 0, 60}, CivilTime{2023, 1, 1, -1},
        CivilTime{2023, 1, 1, 0, 0, 0, 1000}}) {
    EXPECT_FALSE(wallOf(civil)) << civil.year << '-' << civil.month << ' ' << civil.hour;
  }
}

TEST(Time, AnOffsetIsZOrSignedHoursAndMinutes) {
  EXPECT_EQ(parseOffset("Z"), 0min);
  EXPECT_EQ(parseOffset("+08:00"), 480min);
  EXPECT_EQ(parseOffset("-05:30"), -330min);
  for (const char* text : {"", "z", "08:00", "+8:00", "+0800", "+24:00", "+08:60", "+08:00 "})
    EXPECT_FALSE(parseOffset(text)) << text;
}

TEST(Time, ADateOfAHeaderIsTakenOnlyAsItWouldBeWritten) {
  const std::chrono::sys_seconds time(1700000000s);
  EXPECT_EQ(formatHttpDate(time), "Tue, 14 Nov 2023 22:13:20 GMT");
  EXPECT_EQ(parseHttpDate("Tue, 14 Nov 2023 22:13:20 GMT"), time);
  for (const char* text : {"Wed, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Foo 2023 22:13:20 GMT",
                           "Tue, 14 ovD 2023 22:13:20 GMT", "Tue, 14 Nov 2023 24:13:20 GMT",
                           "Tue, 14 Nov 2023 22:13:20 UTC", "Tuesday, 14-Nov-23 22:13:20 GMT", ""})
    EXPECT_FALSE(parseHttpDate(text)) << text;
}

}  // namespace
}  // namespace lianqiao
