#include "intake/work_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;

TEST(WorkPool, RunsEverythingThatWasPostedBeforeItStops) {
  std::atomic<int> done{0};
  {
    WorkPool pool(2);
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(pool.post("a", 2, [&] { ++done; }));
    pool.stop();
  }
  EXPECT_EQ(done, 1000);
}

TEST(WorkPool, OnePeerHoldsNoMoreThanItsShare) {
  WorkPool pool(4);
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::atomic<int> running{0}, most{0};
  for (int i = 0; i < 8; ++i) {
    pool.post("greedy", 2, [&] {
      most = std::max(most.load(), ++running);
      released.wait();
      --running;
    });
  }
  std::promise<void> other;
  pool.post("polite", 2, [&] { other.set_value(); });
  EXPECT_EQ(other.get_future().wait_for(5s), std::future_status::ready);
  release.set_value();
  pool.stop();
  EXPECT_LE(most, 2);
}

TEST(WorkPool, AHangingAdapterDoesNotStopTheOthers) {
  WorkPool pool(1);
  std::promise<void> release;
  const auto released = release.get_future().share();
  pool.post("hanging", 1, [released] { released.wait(); });
  std::promise<void> other;
  pool.post("healthy", 1, [&] { other.set_value(); });
  EXPECT_EQ(other.get_future().wait_for(10s), std::future_status::ready)
      << "a thread must have been started in its place";
  EXPECT_EQ(pool.stuck(), 1u);
  release.set_value();
  pool.stop();
}

TEST(WorkPool, WhatWaitedBehindAStuckTaskRunsOnceThatHasEnded) {
  WorkPool pool(1);
  std::promise<void> release;
  const auto released = release.get_future().share();
  pool.post("slow", 1, [released] { released.wait(); });
  std::promise<void> next;
  pool.post("slow", 1, [&] { next.set_value(); });
  std::promise<void> other;
  pool.post("healthy", 1, [&] { other.set_value(); });
  ASSERT_EQ(other.get_future().wait_for(10s), std::future_status::ready);
  release.set_value();
  EXPECT_EQ(next.get_future().wait_for(10s), std::future_status::ready)
      << "nobody was woken for it";
  pool.stop();
}

TEST(WorkPool, RefusesWhatIsBeyondItsBoundButNeverWhatEndsARequest) {
  WorkPool pool(1);
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::latch begun(1);
  pool.post("a", 1, [&begun, released] {
    begun.count_down();
    released.wait();
  });
  begun.wait();
  for (std::size_t i = 0; i < WorkPool::kMostWaiting; ++i) ASSERT_TRUE(pool.post("a", 1, [] {}));
  EXPECT_FALSE(pool.post("a", 1, [] {}));
  std::atomic<bool> finished{false};
  pool.finish("a", 1, [&] { finished = true; });
  release.set_value();
  pool.stop();
  EXPECT_TRUE(finished);
}

TEST(WorkPool, WhatEndsARequestRunsThoughThePeersOtherTasksHang) {
  WorkPool pool(2);
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::latch begun(1);
  pool.post("hanging", 1, [&begun, released] {
    begun.count_down();
    released.wait();
  });
  begun.wait();
  std::promise<void> answered;
  pool.finish("hanging", 1, [&] { answered.set_value(); });
  EXPECT_EQ(answered.get_future().wait_for(5s), std::future_status::ready);
  release.set_value();
}

}  // namespace
}  // namespace lianqiao::intake
