#include "storage/awaited_queue.h"

#include <gtest/gtest.h>

#include "support/log_lines.h"

/// By itself, with an opening that is told how to end. With a Redis that comes late: AwayTest.
namespace lianqiao::storage {
namespace {

using namespace std::chrono_literals;

class AwaitedQueueTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<WorkQueue>> open(std::chrono::milliseconds takes,
                                          std::chrono::milliseconds patience) {
    return AwaitedQueue::open(
        [this, takes](const std::stop_token&) -> Result<std::unique_ptr<WorkQueue>> {
          if (calls++ == 0) std::this_thread::sleep_for(takes);
          return Error{"queue.unavailable", "away"};
        },
        log.sink(), clock, patience);
  }

  std::atomic<int> calls{0};
  test::LogLines log;
  base::SystemClock clock;
};

TEST_F(AwaitedQueueTest, WhatFailsWithinThePatienceIsTheAnswer) {
  const auto opened = open(0ms, 10s);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "queue.unavailable");
  EXPECT_EQ(calls, 1);
}

TEST_F(AwaitedQueueTest, WhatFailsLaterIsTriedAgainWithinTwoSecondsAndSaysWhy) {
  const auto opened = open(100ms, 10ms);
  ASSERT_TRUE(opened.ok());
  const queue::QueueHealth& health = (*opened)->health();
  ASSERT_TRUE(health.obstacle());
  EXPECT_EQ(health.obstacle()->code, "queue.loading");
  EXPECT_FALSE(health.available());
  const auto until = base::realNow() + 2s;
  while (calls < 2 && base::realNow() < until) std::this_thread::sleep_for(5ms);
  EXPECT_GE(calls, 2);
  EXPECT_EQ(health.obstacle()->code, "queue.unavailable");
}

}  // namespace
}  // namespace lianqiao::storage
