#include "kit/time/china_time.h"

#include <gtest/gtest.h>

namespace lianqiao::kit {
namespace {

TEST(ChinaTime, ReadsWhatPlatformsWrite) {
  const WallTime time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) +
                        std::chrono::hours(0) + std::chrono::minutes(5);
  for (const char* text :
       {"2026-01-31 08:05:00", "2026/01/31 08:05:00", "2026-01-31T08:05:00.000+08:00",
        "2026-01-31T00:05:00Z", "20260131080500", "1769817900", "1769817900000"}) {
    EXPECT_EQ(readMoment(text), time) << text;
  }
  for (const char* text :
       {"", "2026-02-30 08:05:00", "2026-01-31", "yesterday", "2026-01-31 24:00:00",
        "2026-01-31 08:05:00 PM", "99999999999999999999"}) {
    EXPECT_EQ(readMoment(text), std::nullopt) << text;
  }
  EXPECT_EQ(writeMoment(endOfChinaDay(time), TimeForm::text), "2026-01-31 23:59:59");
  EXPECT_EQ(writeMoment(endOfChinaDay(time + std::chrono::hours(17)), TimeForm::compact),
            "20260201235959");
  EXPECT_EQ(chinaTime(time), "2026-01-31 08:05:00");
  EXPECT_EQ(readMoment(chinaTime(time)), time);
}

}  // namespace
}  // namespace lianqiao::kit
