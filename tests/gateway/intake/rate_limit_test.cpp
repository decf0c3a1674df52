#include "intake/rate_limit.h"

#include <gtest/gtest.h>

#include "fixed_clock.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;

TEST(RateLimit, LetsABurstThroughThenTheRate) {
  FixedClock clock;
  RateLimit limit(10, 3, clock);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.take(), 0ms);
  EXPECT_EQ(limit.take(), 100ms);
  clock.pass(50ms);
  EXPECT_EQ(limit.take(), 50ms);
  clock.pass(50ms);
  EXPECT_EQ(limit.take(), 0ms);
  EXPECT_EQ(limit.take(), 100ms);
}

TEST(RateLimit, SavesUpNoMoreThanTheBurst) {
  FixedClock clock;
  RateLimit limit(10, 3, clock);
  clock.pass(1h);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.take(), 0ms);
  EXPECT_GT(limit.take(), 0ms);
}

TEST(RateLimit, WaitingAsToldIsEnough) {
  FixedClock clock;
  RateLimit limit(3, 1, clock);
  for (int i = 0; i < 1000; ++i) {
    const auto wait = limit.take();
    if (wait == 0ms) continue;
    clock.pass(wait);
    ASSERT_EQ(limit.take(), 0ms) << i;
  }
}

TEST(RateLimit, ABatchLargerThanTheBurstPassesAndIsPaidOff) {
  FixedClock clock;
  RateLimit limit(10, 5, clock);
  EXPECT_EQ(limit.take(25), 0ms);
  EXPECT_EQ(limit.take(), 2100ms);
  clock.pass(2100ms);
  EXPECT_EQ(limit.take(), 0ms);
}

TEST(RateLimit, ZeroIsNoLimit) {
  FixedClock clock;
  RateLimit limit(0, 0, clock);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limit.take(1000), 0ms);
}

TEST(RateLimit, WithoutABurstOneSecondsWorthIsAllowed) {
  FixedClock clock;
  RateLimit limit(5, 0, clock);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limit.take(), 0ms);
  EXPECT_EQ(limit.take(), 200ms);
}

}  // namespace
}  // namespace lianqiao::intake
