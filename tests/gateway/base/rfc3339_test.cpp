#include "base/rfc3339.h"

#include <gtest/gtest.h>

namespace lianqiao::base {
namespace {

using std::chrono::milliseconds;

TEST(Rfc3339, WritesUtcWithMilliseconds) {
  EXPECT_EQ(formatTime(WallTime(milliseconds(1716775731007))), "2024-05-27T02:08:51.007Z");
  EXPECT_EQ(formatTime(WallTime(milliseconds(0))), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(formatTime(WallTime(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsZonesAndFractions) {
  const WallTime expected(milliseconds(1578283778123));
  EXPECT_EQ(parseTime("2020-01-06T12:09:38.123+08:00"), expected);
  EXPECT_EQ(parseTime("2020-01-06t04:09:38.1239999z"), expected);
  EXPECT_EQ(parseTime("2020-01-05T20:09:38.123-08:00"), expected);
  EXPECT_EQ(parseTime("2020-01-06T12:09:38+08:00"), WallTime(milliseconds(1578283778000)));
}

TEST(Rfc3339, ReadsBackWhatItWrote) {
  for (std::int64_t ms : {1L, 951782400000L, 1709164800000L, 4102444799999L}) {
    EXPECT_EQ(parseTime(formatTime(WallTime(milliseconds(ms)))), WallTime(milliseconds(ms)));
  }
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2020-01-06", "2020-01-06T12:09:38", "2020-01-06 12:09:38Z", "2021-02-29T00:00:00Z",
        "2020-13-01T00:00:00Z", "2020-01-06T24:00:00Z", "2020-01-06T12:60:00Z",
        "2020-01-06T12:09:38.Z", "2020-01-06T12:09:38+0800", "2020-01-06T12:09:38+24:00",
        "2020-01-06T12:09:38Zx", "2020-1-6T12:09:38Z", "2020-01-06T12:09:60Z",
        "\xef\xbc\x92\x30\x32\x30-01-06T12:09:38Z"}) {
    EXPECT_FALSE(parseTime(text)) << text;
  }
}

TEST(Rfc3339, TakesALeapSecondOnlyAtTheEndOfAUtcDay) {
  EXPECT_EQ(parseTime("2016-12-31T23:59:60Z"), parseTime("2017-01-01T00:00:00Z"));
  EXPECT_TRUE(parseTime("2017-01-01T07:59:60+08:00"));
  EXPECT_FALSE(parseTime("2016-12-31T22:59:60Z"));
}

TEST(Rfc3339, KnowsTheCalendar) {
  EXPECT_TRUE(isDate("2020-02-29"));
  EXPECT_FALSE(isDate("1900-02-29"));
  EXPECT_FALSE(isDate("2020-2-9"));
  EXPECT_FALSE(isDate("2020-02-29T"));
  EXPECT_FALSE(isDate(""));
}

}  // namespace
}  // namespace lianqiao::base
