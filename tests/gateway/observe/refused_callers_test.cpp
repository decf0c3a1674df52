#include "observe/refused_callers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::observe {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class HandClock final : public base::Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return now; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override { return {}; }
  WallTime now{1000h};
};

TEST(RefusedCallers, TellsWhoWhyHowOftenAndWhenLast) {
  HandClock clock;
  RefusedCallers callers(clock);
  callers.add("10.0.0.1", "app", {"intake.unauthenticated", "first"});
  clock.now += 5s;
  callers.add("10.0.0.2", "app", {"intake.clock_skew", "late"});
  clock.now += 5s;
  callers.add("10.0.0.1", "app", {"intake.unauthenticated", "token of 13800012345"});
  const auto all = callers.all();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].address, "10.0.0.1");
  EXPECT_EQ(all[0].times, 2u);
  EXPECT_EQ(all[0].last - all[0].first, 10s);
  EXPECT_THAT(all[0].detail, Not(HasSubstr("13800012345")));
  EXPECT_EQ(all[1].code, "intake.clock_skew");
}

TEST(RefusedCallers, IsBoundedAndSaysWhatWent) {
  HandClock clock;
  RefusedCallers callers(clock);
  for (std::size_t i = 0; i < RefusedCallers::kMost + 3; ++i) {
    callers.add(std::to_string(i), "app", {"intake.unauthenticated", std::string(5000, 'x')});
    clock.now += 1ms;
  }
  const auto all = callers.all();
  EXPECT_EQ(all.size(), RefusedCallers::kMost);
  EXPECT_EQ(all.back().address, "3");
  EXPECT_EQ(callers.gone(), 3u);
  EXPECT_LE(all.front().detail.size(), RefusedCallers::kMostDetail + 16);
}

}  // namespace
}  // namespace lianqiao::observe
