#include "base/time_of_day.h"

#include <gtest/gtest.h>

namespace lianqiao::base {
namespace {

TEST(MinutesOfDay, AreOfTheFormHHMM) {
  EXPECT_EQ(minutesOfDay("00:00"), std::chrono::minutes(0));
  EXPECT_EQ(minutesOfDay("23:59"), std::chrono::minutes(1439));
  for (const char* text : {"24:00", "3:30", "03:60", "0330", "03:3a", "", "-1:30"})
    EXPECT_EQ(minutesOfDay(text), std::nullopt) << text;
}

}  // namespace
}  // namespace lianqiao::base
