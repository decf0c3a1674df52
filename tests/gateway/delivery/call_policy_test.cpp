#include "delivery/call_policy.h"

#include <gtest/gtest.h>

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;

const CallPolicy::TimePoint kCallTime{1h};

config::Outbound settings(double rate = 0, double burst = 1) {
  config::Outbound made;
  made.breakerFailures = 2;
  made.breakerRest = 10s;
  made.ratePerSecond = rate;
  made.burst = burst;
  return made;
}

TEST(CallPolicyTest, APeerThatIsWellIsCalledAtOnceWithAWholeBatch) {
  CallPolicy policy(settings(), 7, kCallTime);
  EXPECT_EQ(policy.nextStart(kCallTime, 100), kCallTime);
  EXPECT_EQ(policy.admit(kCallTime), 7u);
  EXPECT_FALSE(policy.allowance());
}

TEST(CallPolicyTest, FailuresInARowMakeItRestAndOneTryAtATimeBringsItBack) {
  CallPolicy policy(settings(), 7, kCallTime);
  EXPECT_FALSE(policy.ended(Verdict::retry, "deliver.network", kCallTime));
  EXPECT_TRUE(policy.ended(Verdict::retry, "deliver.network", kCallTime));
  EXPECT_FALSE(policy.isWell());
  EXPECT_EQ(policy.cause(), "deliver.network");
  EXPECT_EQ(policy.nextStart(kCallTime, 0), kCallTime + 10s);
  EXPECT_EQ(policy.admit(kCallTime + 9s), 0u);
  EXPECT_EQ(policy.admit(kCallTime + 10s), 1u) << "a try is one record";
  policy.begun(1);
  EXPECT_EQ(policy.nextStart(kCallTime + 10s, 1), CallPolicy::TimePoint::max());
  EXPECT_TRUE(policy.ended(Verdict::delivered, "", kCallTime + 11s));
  EXPECT_TRUE(policy.isWell());
  EXPECT_EQ(policy.admit(kCallTime + 11s), 7u);
}

TEST(CallPolicyTest, ATryThatFindsNothingToSendIsGivenBack) {
  CallPolicy policy(settings(), 1, kCallTime);
  policy.ended(Verdict::retry, "x", kCallTime);
  policy.ended(Verdict::retry, "x", kCallTime);
  ASSERT_EQ(policy.admit(kCallTime + 10s), 1u);
  policy.begun(0);
  EXPECT_EQ(policy.admit(kCallTime + 10s), 1u);
}

// Broken by hand this went unnoticed: a record that the peer judged bad shows that it is well.
TEST(CallPolicyTest, ARejectionEndsTheCountOfFailures) {
  CallPolicy policy(settings(), 1, kCallTime);
  policy.ended(Verdict::retry, "x", kCallTime);
  policy.ended(Verdict::rejected, "y", kCallTime);
  EXPECT_FALSE(policy.ended(Verdict::retry, "x", kCallTime));
  EXPECT_TRUE(policy.isWell());
}

TEST(CallPolicyTest, NobodyStartsBeforeTheTimeThatThePeerAskedFor) {
  CallPolicy policy(settings(), 1, kCallTime);
  policy.pauseUntil(kCallTime + 5s);
  policy.pauseUntil(kCallTime + 2s);
  EXPECT_EQ(policy.nextStart(kCallTime, 0), kCallTime + 5s);
  EXPECT_EQ(policy.admit(kCallTime + 4s), 0u);
  EXPECT_EQ(policy.admit(kCallTime + 5s), 1u);
}

TEST(CallPolicyTest, APersonEndsRestAndPause) {
  CallPolicy policy(settings(), 1, kCallTime);
  EXPECT_FALSE(policy.resume(kCallTime)) << "nothing held it back";
  policy.pauseUntil(kCallTime + 1h);
  EXPECT_TRUE(policy.resume(kCallTime));
  EXPECT_EQ(policy.nextStart(kCallTime, 0), kCallTime);
  policy.ended(Verdict::refused, "deliver.refused", kCallTime);
  EXPECT_FALSE(policy.isWell());
  EXPECT_TRUE(policy.resume(kCallTime));
  EXPECT_EQ(policy.admit(kCallTime), 1u);
}

TEST(CallPolicyTest, TheRateBoundsRecordsAndNotCalls) {
  CallPolicy policy(settings(2, 4), 3, kCallTime);
  EXPECT_EQ(policy.admit(kCallTime), 3u);
  policy.begun(3);
  EXPECT_EQ(policy.admit(kCallTime), 1u);
  policy.begun(1);
  EXPECT_EQ(policy.admit(kCallTime), 0u);
  EXPECT_EQ(policy.nextStart(kCallTime, 0), kCallTime + 500ms);
  EXPECT_EQ(policy.admit(kCallTime + 500ms), 1u);
}

}  // namespace
}  // namespace lianqiao::delivery
