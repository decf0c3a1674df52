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
  EXPECT_EQ(wordsOf(entry), 13u);
  EXPECT_EQ(submit(std::move(entry)).status, Status::accepted);
  const auto redis = raw();
  EXPECT_TRUE((*redis->call({"GET", "{lq}:life:k"}))->text == "closed");
}

}  // namespace
}  // namespace lianqiao::queue
