#include "delivery/hold_policy.h"

#include <gtest/gtest.h>

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;

const HoldPolicy::TimePoint kAskTime{1h};

TEST(HoldPolicyTest, HoldsHalfASecondsWork) {
  HoldPolicy policy({4, 1, 0});
  EXPECT_EQ(policy.most({}), 4u) << "nothing is known yet: a call may take half a second";
  for (int i = 0; i < 100; ++i) policy.called(125ms);
  EXPECT_EQ(policy.most({}), 16u);
  for (int i = 0; i < 100; ++i) policy.called(10s);
  EXPECT_EQ(policy.most({}), 1u);
}

TEST(HoldPolicyTest, HoldsAtLeastABatchAndAtMostFourOfEachThread) {
  HoldPolicy policy({2, 10, 0});
  for (int i = 0; i < 100; ++i) policy.called(10s);
  EXPECT_EQ(policy.most({}), 10u);
  for (int i = 0; i < 100; ++i) policy.called(1ms);
  EXPECT_EQ(policy.most({}), 80u);
  HoldPolicy large({16, 100, 0});
  for (int i = 0; i < 100; ++i) large.called(1ms);
  EXPECT_EQ(large.most({}), HoldPolicy::kMost);
}

TEST(HoldPolicyTest, HoldsWhatOneCallTakesHoweverMuchThatIs) {
  EXPECT_EQ(HoldPolicy({1, 5000, 0}).most({}), 5000u);
  EXPECT_EQ(HoldPolicy({4, 5000, 0}).most({}), 5000u) << "the others wait for it";
  EXPECT_EQ(HoldPolicy({1, 50'000, 0}).most({}), HoldPolicy::kMostOfACall);
}

TEST(HoldPolicyTest, ASlowRateHoldsLess) {
  HoldPolicy policy({4, 10, 4});
  for (int i = 0; i < 100; ++i) policy.called(1ms);
  EXPECT_EQ(policy.most(0.0), 2u) << "half a second of four a second";
  EXPECT_EQ(policy.most(7.0), 7u) << "or what may go at once";
  EXPECT_EQ(policy.most(40.0), 10u) << "of one batch";
}

TEST(HoldPolicyTest, AnEmptyHandAsksAsSoonAsThereMayBeSomething) {
  HoldPolicy policy({1, 1, 0});
  EXPECT_TRUE(policy.asks(kAskTime, 0, 1, false)) << "at the start nobody knows";
  policy.began(kAskTime);
  EXPECT_FALSE(policy.asks(kAskTime, 0, 1, true)) << "one asks already";
  EXPECT_EQ(policy.nextAsk(), HoldPolicy::TimePoint::max());
  policy.ended(0, 1, kAskTime);
  EXPECT_FALSE(policy.asks(kAskTime, 0, 1, true));
  EXPECT_TRUE(policy.announce());
  EXPECT_FALSE(policy.announce()) << "that was known";
  EXPECT_TRUE(policy.asks(kAskTime, 0, 1, true));
}

TEST(HoldPolicyTest, WhatIsAnnouncedWhileOneAsksIsNotForgotten) {
  HoldPolicy policy({1, 1, 0});
  policy.began(kAskTime);
  policy.announce();
  policy.ended(0, 1, kAskTime);
  EXPECT_TRUE(policy.mayHaveMore());
}

TEST(HoldPolicyTest, AFullAnswerMeansThatThereIsMore) {
  HoldPolicy policy({1, 1, 0});
  policy.began(kAskTime);
  policy.ended(8, 8, kAskTime);
  EXPECT_TRUE(policy.mayHaveMore());
  policy.began(kAskTime);
  policy.ended(7, 8, kAskTime);
  EXPECT_FALSE(policy.mayHaveMore());
}

TEST(HoldPolicyTest, AfterAFailureItWaits) {
  HoldPolicy policy({1, 1, 0});
  policy.began(kAskTime);
  policy.ended({}, 1, kAskTime);
  EXPECT_FALSE(policy.asks(kAskTime + 499ms, 0, 1, true));
  EXPECT_EQ(policy.nextAsk(), kAskTime + 500ms);
  EXPECT_TRUE(policy.asks(kAskTime + 500ms, 0, 1, true));
}

TEST(HoldPolicyTest, AHandThatIsNotEmptyAsksEarlyWhereThereIsABacklog) {
  HoldPolicy policy({1, 16, 0});
  policy.began(kAskTime);
  policy.ended(16, 16, kAskTime);
  EXPECT_TRUE(policy.asks(kAskTime, 8, 16, true)) << "a backlog: at half";
  EXPECT_FALSE(policy.asks(kAskTime, 9, 16, true));
  EXPECT_FALSE(policy.asks(kAskTime, 8, 16, false)) << "never for a peer that is not well";
  policy.began(kAskTime);
  policy.ended(3, 16, kAskTime);
  policy.announce();
  EXPECT_FALSE(policy.asks(kAskTime, 3, 16, true));
  EXPECT_TRUE(policy.asks(kAskTime, 2, 16, true)) << "no backlog: at an eighth";
}

TEST(HoldPolicyTest, LooksAtWhatIsUrgentEachSecond) {
  HoldPolicy policy({1, 16, 0});
  policy.began(kAskTime);
  policy.ended(16, 16, kAskTime);
  EXPECT_FALSE(policy.asks(kAskTime + 999ms, 16, 16, true));
  EXPECT_TRUE(policy.asks(kAskTime + 1000ms, 16, 16, true));
}

}  // namespace
}  // namespace lianqiao::delivery
