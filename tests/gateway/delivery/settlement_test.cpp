#include "delivery/settlement.h"

#include <gmock/gmock.h>

#include "lianqiao/codes.h"

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Kind = queue::Settlement::Kind;

queue::Lease lease(int attempt = 1) {
  queue::Lease one;
  one.peer = "province";
  one.recordId = "R1";
  one.entry = "7";
  one.event = "{}";
  one.attempt = attempt;
  return one;
}
const config::RetryPolicy kRetry{};

queue::Settlement after(const Outcome& outcome, std::chrono::milliseconds age = 0ms,
                        int attempt = 1) {
  return settlementOf(lease(attempt), outcome, {kRetry, age, 45s, 0.5});
}

TEST(Settlement, EachVerdictHasItsOwn) {
  EXPECT_EQ(after(Outcome::delivered("W-1")).kind, Kind::delivered);
  EXPECT_EQ(after(Outcome::delivered("W-1")).receipt, "W-1");
  EXPECT_EQ(after(Outcome::failed(Verdict::rejected, codes::kRejected, "bad")).kind, Kind::buried);
  EXPECT_EQ(after(Outcome::failed(Verdict::retry, codes::kConnect, "down")).kind, Kind::retry);
  EXPECT_EQ(after(Outcome::failed(Verdict::throttled, codes::kThrottled, "slow")).kind,
            Kind::retry);
}

TEST(Settlement, ADetailIsMaskedBeforeItIsCut) {
  const std::string long499(489, 'x');
  EXPECT_THAT(buried(lease(), {"normalize.bad", long499 + " 13800008000 ..."}).detail,
              ::testing::EndsWith("x 138****800"));
}

TEST(Settlement, ARefusalRestsAndNeverBuriesHoweverOldTheRecordIs) {
  const auto settled =
      after(Outcome::failed(Verdict::refused, codes::kRefused, "token"), kRetry.maxAge * 10);
  EXPECT_EQ(settled.kind, Kind::retry);
  EXPECT_EQ(settled.after, 45s);
}

TEST(Settlement, WhatIsTooOldIsBuriedWithTheLastCause) {
  const auto settled =
      after(Outcome::failed(Verdict::retry, codes::kConnect, "down"), kRetry.maxAge, 4);
  EXPECT_EQ(settled.kind, Kind::buried);
  EXPECT_EQ(settled.code, codes::kTooOld);
  EXPECT_THAT(settled.detail, HasSubstr("4 times"));
  EXPECT_THAT(settled.detail, HasSubstr(std::string(codes::kConnect) + " down"));
}

TEST(Settlement, TheLeaseComesAlongWithoutItsEvent) {
  for (const auto& settled : {unattempted(lease()), buried(lease(), {"normalize.code", "no such"}),
                              after(Outcome::delivered())}) {
    EXPECT_EQ(settled.lease.entry, "7");
    EXPECT_EQ(settled.lease.event, "");
  }
  EXPECT_EQ(unattempted(lease()).kind, Kind::returned);
  EXPECT_EQ(buried(lease(), {"normalize.code", "no such"}).code, "normalize.code");
}

TEST(Settlement, ALongDetailIsCutBetweenCharacters) {
  std::string chinese;
  for (int i = 0; i < 300; ++i) chinese += "水";
  const auto settled = after(Outcome::failed(Verdict::rejected, codes::kRejected, chinese));
  EXPECT_EQ(settled.detail.size(), 498u);
}

}  // namespace
}  // namespace lianqiao::delivery
