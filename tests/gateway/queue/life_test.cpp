#include "queue/group_words.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using ::testing::HasSubstr;
using Status = ItemVerdict::Status;

class OrderLife : public QueueTest {
 protected:
  /// A step of the order `key`; each is a thing of its own for the ledger.
  ItemVerdict step(const std::string& key, const std::string& name,
                   const std::string& sourceId = {}) {
    return submit(stepEntry(key, name, sourceId));
  }
  Entry stepEntry(const std::string& key, const std::string& name,
                  const std::string& sourceId = {}) {
    Entry entry =
        record(key, sourceId.empty() ? key + "/" + std::to_string(++number_) : sourceId, "1", name);
    entry.record->type = "work_order_step";
    entry.record->step = name;
    return entry;
  }
  /// A step of `peer` that happened so long ago, told to `unit`.
  Entry told(const std::string& peer, const std::string& name, std::chrono::milliseconds ago,
             std::chrono::milliseconds unit = 1s, const std::string& key = "k") {
    Entry entry = stepEntry(key, name);
    entry.record->peer = peer;
    entry.record->happened = record::Happened{clock_.wall() - ago, unit};
    return entry;
  }
  std::vector<std::string> delivered() {
    std::vector<std::string> events;
    for (;;) {
      const auto leases = lease();
      if (leases.empty()) return events;
      for (const Lease& one : leases) {
        events.push_back(one.event);
        settle(one);
      }
    }
  }
  std::string stateOf(const std::string& key) {
    const auto redis = raw();
    const auto reply = redis->call({"GET", "{lq}:life:" + key});
    return reply.ok() ? std::string((*reply)->text) : "away";
  }
  int number_ = 0;
};

TEST_F(OrderLife, AnIllegalStepIsAnExceptionThatNamesBothSteps) {
  EXPECT_EQ(step("k", "registered").status, Status::accepted);
  EXPECT_EQ(step("k", "closed").status, Status::accepted);
  const ItemVerdict refused = step("k", "signed");
  ASSERT_EQ(refused.status, Status::quarantined);
  ASSERT_EQ(refused.problems.size(), 1u);
  EXPECT_EQ(refused.problems[0].code, "validate.life_cycle");
  EXPECT_EQ(refused.problems[0].path, "/data/step");
  EXPECT_EQ(refused.problems[0].message,
            "step signed cannot follow on closed, where this order stands");

  const auto kept = queue_->records().exception(refused.id);
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->code, "validate.life_cycle");
  EXPECT_THAT((*kept)->detail, HasSubstr(refused.problems[0].message));
  EXPECT_EQ((*kept)->body, R"({"raw":"signed"})");
  EXPECT_EQ(counts("hotline").quarantined, 1u);
  EXPECT_EQ(counts("province").owed, 2u);
  EXPECT_EQ(stateOf("k"), "closed");
}

TEST_F(OrderLife, WhatIsAppliedForIsRemembered) {
  EXPECT_EQ(step("k", "delay_agreed").status, Status::accepted)
      << "the gateway joins in the middle";
  EXPECT_EQ(step("k", "signed").status, Status::accepted);
  EXPECT_EQ(step("k", "delay_agreed").status, Status::quarantined) << "nobody applied";
  EXPECT_EQ(step("k", "delay_applied").status, Status::accepted);
  EXPECT_EQ(stateOf("k"), "signed,delay");
  EXPECT_EQ(step("k", "delay_agreed").status, Status::accepted);
  EXPECT_EQ(stateOf("k"), "signed");
}

TEST_F(OrderLife, EachOrderHasItsOwn) {
  step("a", "revoked");
  EXPECT_EQ(step("a", "signed").status, Status::quarantined);
  EXPECT_EQ(step("b", "signed").status, Status::accepted);
}

TEST_F(OrderLife, StepsOfOneGroupFollowOneAnother) {
  std::vector<Entry> entries;
  for (const char* name : {"dispatched", "revoked", "signed", "dispatched"})
    entries.push_back(stepEntry("k", name));
  entries.push_back(record("k", "other", "1"));
  const auto verdicts = submit(std::move(entries));
  ASSERT_EQ(verdicts.size(), 5u);
  EXPECT_EQ(verdicts[1].status, Status::accepted);
  EXPECT_EQ(verdicts[2].status, Status::quarantined);
  EXPECT_EQ(verdicts[3].status, Status::quarantined);
  EXPECT_EQ(verdicts[4].status, Status::accepted) << "other types have no life cycle";
}

TEST_F(OrderLife, ADuplicateIsADuplicateWhateverCameSince) {
  const ItemVerdict first = step("k", "signed", "S-1");
  step("k", "closed");
  const ItemVerdict again = step("k", "signed", "S-1");
  EXPECT_EQ(again.status, Status::duplicate);
  EXPECT_EQ(again.id, first.id);
}

TEST_F(OrderLife, AStepThatWasRefusedCanBeReplayedLater) {
  step("k", "signed");
  EXPECT_EQ(step("k", "delay_agreed", "S-1").status, Status::quarantined);
  step("k", "delay_applied");
  EXPECT_EQ(step("k", "delay_agreed", "S-1").status, Status::accepted)
      << "it is no duplicate of the refused one";
}

TEST_F(OrderLife, IsForgottenWithTheLedger) {
  step("k", "closed");
  const auto redis = raw();
  const auto left = redis->call({"PTTL", "{lq}:life:k"});
  ASSERT_TRUE(left.ok());
  EXPECT_GT((*left)->integer, 0);
  EXPECT_LE((*left)->integer, retention_.duplicates.count());
}

TEST_F(OrderLife, CostsOtherTypesNothing) {
  step("k", "closed");
  Entry entry = record("k", "other", "1");
  EXPECT_EQ(wordsOf(entry), 12u);
  EXPECT_EQ(submit(std::move(entry)).status, Status::accepted);
  const auto redis = raw();
  EXPECT_TRUE((*redis->call({"GET", "{lq}:life:k"}))->text == "closed");
}

// A step that happened before the last one moves nothing back: it is handed on and marked.
TEST_F(OrderLife, ALateStepIsHandedOnMarkedAndMovesNothingBack) {
  submit(told("hotline", "dispatched", 60min));
  submit(told("hotline", "replied", 10min));
  submit(told("hotline", "redispatched", 5min));
  EXPECT_EQ(submit(told("hotline", "replied", 30min)).status, Status::accepted);
  EXPECT_EQ(stateOf("k"), "dispatched");
  const auto events = delivered();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_THAT(events[3], HasSubstr(R"("late":true)"));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_THAT(events[i], ::testing::Not(HasSubstr("late")));
}

TEST_F(OrderLife, ALateStepThatCouldNotFollowIsNoErrorOfItsSender) {
  submit(told("hotline", "closed", 5min));
  EXPECT_EQ(submit(told("hotline", "signed", 60min)).status, Status::accepted);
  EXPECT_EQ(submit(told("hotline", "signed", 1min)).problems.at(0).code, "validate.life_cycle");
  EXPECT_EQ(stateOf("k"), "closed");
}

TEST_F(OrderLife, ALateClosingStepWaitsForAPersonWhateverTheSetting) {
  submit(told("hotline", "redispatched", 5min));
  for (const char* name : {"closed", "revoked"}) {
    const ItemVerdict late = submit(told("hotline", name, 60min));
    ASSERT_EQ(late.status, Status::quarantined);
    EXPECT_EQ(late.problems.at(0).code, "validate.late_step");
    EXPECT_EQ(late.problems.at(0).path, "/data/time");
    EXPECT_THAT(late.problems.at(0).message, HasSubstr("hotline"));
    const auto kept = queue_->records().exception(late.id);
    ASSERT_TRUE(kept.ok() && kept->has_value());
    EXPECT_EQ((*kept)->code, "validate.late_step");
  }
  EXPECT_EQ(stateOf("k"), "dispatched");
  EXPECT_EQ(submit(told("hotline", "closed", 1min)).status, Status::accepted);
}

TEST_F(OrderLife, LateStepsAreQuarantinedWhereThatIsSet) {
  steps_.late = config::LateSteps::quarantine;
  reopen();
  submit(told("hotline", "replied", 10min));
  EXPECT_EQ(submit(told("hotline", "signed", 30min)).problems.at(0).code, "validate.late_step");
  EXPECT_EQ(delivered().size(), 1u);
}

// A person's word: what was quarantined as late is handed on, and the order still stands where it
// does.
TEST_F(OrderLife, AForcedReplayOfALateStepNeverMovesTheOrder) {
  submit(told("hotline", "redispatched", 5min));
  Entry late = told("hotline", "closed", 60min);
  EXPECT_EQ(submit(Entry(late)).status, Status::quarantined);
  EXPECT_EQ(submit(Entry(late)).status, Status::quarantined) << "replayed, it is as late";
  late.forced = true;
  EXPECT_EQ(submit(std::move(late)).status, Status::accepted);
  EXPECT_EQ(stateOf("k"), "dispatched");
  EXPECT_THAT(delivered().back(), HasSubstr(R"("late":true)"));
}

// One peer's times are compared as exactly as the coarser of the two is told.
TEST_F(OrderLife, StepsOfOneDayAreInTheOrderInWhichTheyCome) {
  const auto day = 24h;
  submit(told("hotline", "replied", 3h, day));
  EXPECT_EQ(submit(told("hotline", "return_applied", 3h, day)).status, Status::accepted);
  EXPECT_EQ(stateOf("k"), "replied,return");
  submit(told("hotline", "return_agreed", 2h, 1s));
  EXPECT_EQ(stateOf("k"), "audited");
  submit(told("hotline", "dispatched", 3h, day));
  EXPECT_EQ(stateOf("k"), "dispatched") << "that day holds the time of the last step";
  submit(told("hotline", "signed", 3h + day, day));
  EXPECT_EQ(stateOf("k"), "dispatched") << "the day before is over";
}

// Two clocks: what came first counts, unless the times are further apart than clocks are.
TEST_F(OrderLife, BetweenPeersTheAcceptedOrderCountsWithinTheSkew) {
  submit(told("hotline", "dispatched", 5min));
  submit(told("grid", "signed", 14min));
  EXPECT_EQ(stateOf("k"), "signed") << "9 minutes before";
  submit(told("grid", "replied", 13min));
  submit(told("hotline", "redispatched", 4min));
  submit(told("grid", "replied", 20min));
  EXPECT_EQ(stateOf("k"), "dispatched") << "late by grid's own clock";
  submit(told("street", "replied", 15min));
  EXPECT_EQ(stateOf("k"), "dispatched") << "11 minutes before";
  submit(told("town", "replied", 23h, 24h));
  EXPECT_EQ(stateOf("k"), "replied") << "a day may be today";
}

TEST_F(OrderLife, TheSkewIsASetting) {
  steps_.skew = 0ms;
  reopen();
  submit(told("hotline", "dispatched", 5min));
  submit(told("grid", "signed", 6min));
  EXPECT_EQ(stateOf("k"), "dispatched");
}

TEST_F(OrderLife, AClockThatIsAheadMakesNobodyLateForLong) {
  submit(told("hotline", "dispatched", -24h * 365));
  EXPECT_EQ(stateOf("k"), "dispatched");
  clock_.pass(1min);
  submit(told("grid", "signed", 0ms));
  EXPECT_EQ(stateOf("k"), "signed");
}

TEST_F(OrderLife, WithoutATimeTheAcceptedOrderCounts) {
  submit(told("hotline", "replied", 0ms));
  EXPECT_EQ(step("k", "redispatched").status, Status::accepted);
  EXPECT_EQ(stateOf("k"), "dispatched");
}

TEST_F(OrderLife, WhatAnOlderVersionKnowsOfAnOrderStillCounts) {
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"SET", "{lq}:life:k", "replied,delay"}).ok());
  EXPECT_EQ(submit(told("hotline", "delay_agreed", 60min)).status, Status::accepted);
  EXPECT_EQ(stateOf("k"), "replied");
}

TEST_F(OrderLife, TheLatestStepsAreKnownForReplays) {
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(step("k", "urged").id);
  settle(lease().at(0));
  const auto steps = queue_->records().steps("k", "province");
  ASSERT_TRUE(steps.ok());
  ASSERT_EQ(steps->size(), 8u);
  EXPECT_EQ(steps->front().recordId, ids[4]);
  EXPECT_EQ(steps->back().recordId, ids[11]);
  EXPECT_EQ(steps->back().state, "waiting");
}

}  // namespace
}  // namespace lianqiao::queue
