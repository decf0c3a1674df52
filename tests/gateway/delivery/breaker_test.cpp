#include "delivery/breaker.h"

#include <gtest/gtest.h>

#include "lianqiao/codes.h"

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;
using State = Breaker::State;

const Breaker::TimePoint kStart{};

TEST(Breaker, OpensAfterFailuresInARowOnly) {
  Breaker breaker(3, 30s);
  for (int i = 0; i < 2; ++i) breaker.record(Verdict::retry, codes::kConnect, kStart);
  breaker.record(Verdict::delivered, {}, kStart);
  for (int i = 0; i < 2; ++i) breaker.record(Verdict::retry, codes::kConnect, kStart);
  EXPECT_EQ(breaker.state(), State::closed);
  breaker.record(Verdict::retry, codes::kConnect, kStart);
  EXPECT_EQ(breaker.state(), State::open);
  EXPECT_EQ(breaker.cause(), codes::kConnect);
  EXPECT_FALSE(breaker.admit(kStart + 29s));
}

TEST(Breaker, OneRefusalPausesThePeerAtOnce) {
  Breaker breaker(5, 30s);
  breaker.record(Verdict::refused, codes::kRefused, kStart);
  EXPECT_EQ(breaker.state(), State::open);
}

TEST(Breaker, LateFailuresOfTriesBegunBeforeDoNotLengthenTheRest) {
  Breaker breaker(5, 30s);
  breaker.record(Verdict::refused, codes::kRefused, kStart);
  breaker.record(Verdict::refused, codes::kUnauthenticated, kStart + 20s);
  breaker.record(Verdict::retry, codes::kConnect, kStart + 21s);
  EXPECT_EQ(breaker.until(), kStart + 30s);
  EXPECT_EQ(breaker.cause(), codes::kRefused);
  EXPECT_TRUE(breaker.admit(kStart + 30s));
}

TEST(Breaker, ABadRecordDoesNotCountAgainstThePeer) {
  Breaker breaker(2, 30s);
  for (int i = 0; i < 10; ++i) breaker.record(Verdict::rejected, codes::kRejected, kStart);
  EXPECT_EQ(breaker.state(), State::closed);
}

TEST(Breaker, ABadRecordEndsTheCountOfFailuresInARow) {
  Breaker breaker(2, 30s);
  for (int i = 0; i < 10; ++i) {
    breaker.record(Verdict::retry, codes::kConnect, kStart);
    breaker.record(Verdict::rejected, codes::kRejected, kStart);
    EXPECT_EQ(breaker.state(), State::closed) << "the peer judged a record between two failures";
  }
}

TEST(Breaker, LetsOneTryThroughAfterTheRest) {
  Breaker breaker(1, 30s);
  breaker.record(Verdict::retry, codes::kConnect, kStart);
  EXPECT_TRUE(breaker.admit(kStart + 30s));
  EXPECT_FALSE(breaker.admit(kStart + 30s)) << "one at a time";
  breaker.record(Verdict::delivered, {}, kStart + 31s);
  EXPECT_EQ(breaker.state(), State::closed);
  EXPECT_TRUE(breaker.admit(kStart + 31s));
}

TEST(Breaker, RestsLongerEachTimeUpToFourfold) {
  Breaker breaker(1, 10s);
  auto now = kStart;
  std::chrono::nanoseconds longest{};
  for (int i = 0; i < 10; ++i) {
    breaker.record(Verdict::retry, codes::kConnect, now);
    longest = breaker.until() - now;
    now = breaker.until();
    ASSERT_TRUE(breaker.admit(now));
  }
  EXPECT_EQ(longest, 40s);
}

TEST(Breaker, APersonEndsTheRestAndTheNextOneIsAFirstOne) {
  Breaker breaker(1, 10s);
  auto now = kStart;
  for (int i = 0; i < 3; ++i) {
    breaker.record(Verdict::retry, codes::kConnect, now);
    now = breaker.until();
    ASSERT_TRUE(breaker.admit(now));
  }
  EXPECT_TRUE(breaker.endRest(now)) << "a try is under way";
  breaker.record(Verdict::retry, codes::kConnect, now);
  EXPECT_EQ(breaker.until(), now + 10s) << "the try that was under way counts no more";
  EXPECT_TRUE(breaker.endRest(now + 1s));
  EXPECT_FALSE(breaker.endRest(now + 1s)) << "it is over already";
  EXPECT_TRUE(breaker.admit(now + 1s));
  breaker.record(Verdict::retry, codes::kConnect, now + 1s);
  EXPECT_EQ(breaker.until(), now + 11s);
}

TEST(Breaker, AnAbandonedTryLeavesRoomForAnother) {
  Breaker breaker(1, 10s);
  breaker.record(Verdict::retry, codes::kConnect, kStart);
  ASSERT_TRUE(breaker.admit(kStart + 10s));
  breaker.abandon();
  EXPECT_TRUE(breaker.admit(kStart + 10s));
}

}  // namespace
}  // namespace lianqiao::delivery
