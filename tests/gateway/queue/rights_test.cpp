// The rule: a peer may name the whole key of an order that came from it or was owed to it, as long
// as the order's life is known; what else it names is quarantined, and taken when replayed after
// the order has come. Where nothing is known of the order it may wait for that.
#include <gmock/gmock.h>

#include "support/eventually.h"
#include "support/queue_fixture.h"
#include "support/shipped_lives.h"

namespace lianqiao::queue {
namespace {

using Status = ItemVerdict::Status;

class KeyRights : public QueueTest {
 protected:
  KeyRights() { lives_ = test::shippedLives(); }
  Entry order(const std::string& key) {
    Entry entry = record(key, key, "", "order", {"grid", "province"});
    entry.record->keyHolders = {"grid"};
    return entry;
  }
  Entry answer(const std::string& peer, const std::string& key) {
    Entry entry = record(key, key + std::to_string(++number_), "", "signed", {"hotline"});
    entry.record->peer = peer;
    entry.record->type = "work_order_step";
    entry.record->lifeOf = "work_order";
    entry.record->step = "signed";
    entry.record->namesKey = true;
    return entry;
  }
  int number_ = 0;
};

TEST_F(KeyRights, APeerNamesTheKeysThatItWasOwed) {
  submit(order("hotline:1"));
  EXPECT_EQ(submit(answer("grid", "hotline:1")).status, Status::accepted);
  EXPECT_EQ(submit(answer("grid", "grid:9")).status, Status::accepted) << "its own";
}

TEST_F(KeyRights, AnyOtherKeyIsQuarantinedWithACodeOfItsOwn) {
  submit(order("hotline:1"));
  for (const auto& [peer, key] : {std::pair{"grid", "hotline:2"}, std::pair{"town", "hotline:1"},
                                  std::pair{"grid", "gridx:1"}}) {
    const ItemVerdict verdict = submit(answer(peer, key));
    ASSERT_EQ(verdict.status, Status::quarantined) << peer << " " << key;
    EXPECT_EQ(verdict.problems.at(0).code, "validate.unknown_key");
    EXPECT_EQ(verdict.problems.at(0).path, "/subject");
    const auto kept = queue_->records().exception(verdict.id);
    ASSERT_TRUE(kept.ok() && kept->has_value());
    EXPECT_EQ((*kept)->body, R"({"raw":"signed"})");
  }
  EXPECT_EQ(stateOf("hotline:2"), "");
}

TEST_F(KeyRights, WhatWasQuarantinedIsTakenOnceTheOrderHasCome) {
  submit(order("hotline:1"));
  const Entry early = answer("grid", "hotline:2");
  EXPECT_EQ(submit(Entry(early)).status, Status::quarantined);
  submit(order("hotline:2"));
  EXPECT_EQ(submit(Entry(early)).status, Status::accepted) << "its replay";
}

TEST_F(KeyRights, APersonMayForceIt) {
  submit(order("hotline:1"));
  Entry early = answer("grid", "hotline:2");
  early.forced = true;
  EXPECT_EQ(submit(std::move(early)).status, Status::accepted);
}

TEST_F(KeyRights, AnOrderAndItsAnswerInOneGroup) {
  std::vector<Entry> entries;
  entries.push_back(order("hotline:1"));
  entries.push_back(answer("grid", "hotline:1"));
  for (const ItemVerdict& verdict : submit(std::move(entries)))
    EXPECT_EQ(verdict.status, Status::accepted);
}

TEST_F(KeyRights, TheRightLivesAsLongAsWhereTheOrderStands) {
  submit(order("hotline:1"));
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"PEXPIRE", "{lq}:known:hotline:1", "1000"}).ok());
  submit(answer("grid", "hotline:1"));
  const long long right = (*redis->call({"PTTL", "{lq}:known:hotline:1"}))->integer;
  EXPECT_GT(right, retention_.duplicates.count() / 2);
  EXPECT_LE(right, retention_.duplicates.count());
}

// An order of before the upgrade left no right behind: its receiver is believed while it may still
// be alive, and no longer; a peer that was owed nothing before is not.
TEST_F(KeyRights, AnUpgradedNodeBelievesThoseWhomItOwedBeforeForAsLongAsAnOrderLives) {
  submit(record("hotline:old", "old", "", "order", {"grid"}));
  EXPECT_EQ(submit(answer("grid", "hotline:old")).status, Status::accepted);
  EXPECT_EQ(submit(answer("town", "hotline:old")).status, Status::quarantined);
  clock_.pass(retention_.duplicates - 1s);
  EXPECT_EQ(submit(answer("grid", "hotline:older")).status, Status::accepted);
  clock_.pass(1s);
  EXPECT_EQ(submit(answer("grid", "hotline:oldest")).status, Status::quarantined);
}

// What was refused has not happened: sent again it finds the order where it stood.
TEST_F(KeyRights, AStepWhoseRightCannotBeWrittenMovesNoOrder) {
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"RPUSH", "{lq}:count:grid", "foreign"}).ok());
  Entry step = record("hotline:1", "1", "", "signed", {"grid"});
  step.record->type = "work_order_step";
  step.record->lifeOf = "work_order";
  step.record->step = "signed";
  step.record->keyHolders = {"grid"};
  const auto refused = trySubmit({{Entry(step)}, {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("{lq}:count:grid is a list"));
  EXPECT_EQ(standingOf("hotline:1"), "");
  ASSERT_TRUE(redis->call({"DEL", "{lq}:count:grid"}).ok());
  EXPECT_EQ(submit(std::move(step)).status, Status::accepted);
  EXPECT_EQ(stateOf("hotline:1"), "signed");
}

TEST_F(KeyRights, OrdersThatNobodyAnswersCostNothing) {
  submit(record("hotline:1", "1"));
  EXPECT_EQ((*raw()->call({"EXISTS", "{lq}:known:hotline:1", "{lq}:rights"}))->integer, 0);
}

/// Where they may wait: two of a peer, an hour.
class EarlySteps : public KeyRights {
 protected:
  EarlySteps() {
    steps_.early = 1h;
    steps_.waiting = 2;
  }
  std::vector<std::string> arrived() {
    const auto come = queue_->references().arrived(10);
    EXPECT_TRUE(come.ok());
    EXPECT_EQ(come->what, come->ids.empty() ? "" : "key:hotline:2");
    return come->ids;
  }
};

TEST_F(EarlySteps, WaitForTheirOrderInOrderOfArrivalAndSayUntilWhen) {
  const Entry first = answer("grid", "hotline:2");
  const Entry second = answer("grid", "hotline:2");
  for (const Entry& early : {first, second}) {
    const ItemVerdict verdict = submit(Entry(early));
    ASSERT_EQ(verdict.status, Status::quarantined);
    EXPECT_EQ(verdict.problems.at(0).code, "validate.unknown_key");
    EXPECT_THAT(verdict.problems.at(0).message, testing::HasSubstr("it waits for that until "));
  }
  EXPECT_EQ(counts("grid").waiting, 2u);
  EXPECT_EQ(counts("grid").quarantined, 0u);
  EXPECT_TRUE(arrived().empty());
  submit(order("hotline:1"));
  EXPECT_TRUE(arrived().empty()) << "another order";
  submit(order("hotline:2"));
  EXPECT_EQ(arrived(), (std::vector<std::string>{first.record->id, second.record->id}));
  const ItemVerdict behind = submit(answer("grid", "hotline:2"));
  EXPECT_EQ(behind.status, Status::quarantined) << "those before it come first";
  EXPECT_EQ(submit(Entry(first)).status, Status::accepted) << "its replay";
}

TEST_F(EarlySteps, WaitWhereTheirOrderComesInTheSameGroup) {
  std::vector<Entry> entries;
  entries.push_back(answer("grid", "hotline:2"));
  entries.push_back(order("hotline:2"));
  const std::string early = entries.front().record->id;
  const std::vector<ItemVerdict> verdicts = submit(std::move(entries));
  EXPECT_EQ(verdicts.at(0).status, Status::quarantined);
  EXPECT_EQ(verdicts.at(1).status, Status::accepted);
  EXPECT_EQ(arrived(), std::vector<std::string>{early});
}

/// Rule: the order of arrival is kept within one group, too, whatever came first in that.
TEST_F(EarlySteps, HoldUpThoseBehindTheirOrderInTheSameGroup) {
  submit(order("hotline:1"));
  std::vector<Entry> entries;
  entries.push_back(answer("grid", "hotline:1"));
  entries.push_back(answer("grid", "hotline:2"));
  entries.push_back(order("hotline:2"));
  entries.push_back(answer("grid", "hotline:2"));
  const std::string first = entries.at(1).record->id, last = entries.back().record->id;
  const std::vector<ItemVerdict> verdicts = submit(std::move(entries));
  EXPECT_EQ(verdicts.at(0).status, Status::accepted);
  EXPECT_EQ(verdicts.at(2).status, Status::accepted);
  EXPECT_EQ(verdicts.at(3).status, Status::quarantined) << "it comes behind the first";
  EXPECT_EQ(arrived(), (std::vector<std::string>{first, last}));
}

TEST_F(EarlySteps, DoNotWaitForAnOrderThatIsThereAndNotTheirs) {
  submit(order("hotline:1"));
  const ItemVerdict verdict = submit(answer("town", "hotline:1"));
  EXPECT_EQ(verdict.status, Status::quarantined);
  EXPECT_THAT(verdict.problems.at(0).message, testing::Not(testing::HasSubstr("waits")));
  EXPECT_EQ(counts("town").waiting, 0u);
  EXPECT_EQ(counts("town").quarantined, 1u);
}

TEST_F(EarlySteps, BeyondTheirNumberAndPastTheirTimeAreExceptionsAsAnyOther) {
  for (int i = 0; i < 3; ++i) submit(answer("grid", "hotline:2"));
  EXPECT_EQ(counts("grid").waiting, 2u);
  EXPECT_EQ(counts("grid").quarantined, 1u);
  clock_.pass(61min);
  EXPECT_TRUE(test::eventually([this] { return counts("grid").quarantined == 3; }));
  EXPECT_EQ(counts("grid").waiting, 0u);
  submit(order("hotline:2"));
  EXPECT_TRUE(arrived().empty()) << "a person replays them";
}

}  // namespace
}  // namespace lianqiao::queue
