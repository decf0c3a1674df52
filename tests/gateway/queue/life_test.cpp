#include <algorithm>
#include <sstream>

#include "queue/group_words.h"
#include "support/queue_fixture.h"
#include "support/shipped_lives.h"

namespace lianqiao::queue {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Status = ItemVerdict::Status;

class OrderLife : public QueueTest {
 protected:
  OrderLife() { lives_ = test::shippedLives(); }
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
    entry.record->lifeOf = "work_order";
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
            "step signed cannot follow on closed, where this work_order stands; what can: closed, "
            "redispatched, visited");

  const auto kept = queue_->records().exception(refused.id);
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->code, "validate.life_cycle");
  EXPECT_THAT((*kept)->detail, HasSubstr(refused.problems[0].message));
  EXPECT_EQ((*kept)->body, R"({"raw":"signed"})");
  EXPECT_EQ(counts("hotline").quarantined, 1u);
  EXPECT_EQ(counts("province").owed, 2u);
  EXPECT_EQ(stateOf("k"), "closed");
}

// Its sender wrote it, and it stands in JSON.
TEST_F(OrderLife, AStepThatTheLifeCycleDoesNotHaveIsToldWithoutItsSigns) {
  step("k", "signed");
  const ItemVerdict refused = step("k", "si\"gn\\ed\n");
  ASSERT_EQ(refused.status, Status::quarantined);
  const auto kept = queue_->records().exception(refused.id);
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_THAT((*kept)->detail, HasSubstr("step si?gn?ed? cannot follow on signed, where"));
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

/// Rule: what may wait for the step before it does so in its bound, and is an exception as any
/// other once its time is over.
TEST_F(OrderLife, AnEarlyStepWaitsInItsBoundAndForItsTime) {
  steps_.early = 10min;
  steps_.waiting = 1;
  reopen();
  EXPECT_EQ(step("k", "signed").status, Status::accepted);
  const ItemVerdict early = step("k", "delay_agreed");
  EXPECT_EQ(early.problems.at(0).code, "validate.early_step");
  EXPECT_THAT(early.problems.at(0).message, HasSubstr("it waits for that until"));
  EXPECT_EQ(counts("hotline").waiting, 1u);
  EXPECT_EQ(counts("hotline").quarantined, 0u);
  EXPECT_THAT(step("k", "resumed").problems.at(0).message, Not(HasSubstr("it waits")));
  EXPECT_EQ(counts("hotline").waiting, 1u);
  EXPECT_EQ(counts("hotline").quarantined, 1u);
  clock_.pass(11min);
  EXPECT_TRUE(test::eventually([&] { return counts("hotline").waiting == 0; }));
  const auto kept = queue_->records().exception(early.id);
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->code, "validate.early_step");
  EXPECT_FALSE((*kept)->until.has_value());
  EXPECT_EQ(counts("hotline").quarantined, 2u);
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
  const auto left = redis->call({"PTTL", "{lq}:known:k"});
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
  EXPECT_TRUE(stateOf("k") == "closed");
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
  const auto steps = queue_->records().steps("k", ids[4], "province");
  ASSERT_TRUE(steps.ok());
  ASSERT_EQ(steps->size(), 8u);
  EXPECT_EQ(steps->front().recordId, ids[4]);
  EXPECT_EQ(steps->back().recordId, ids[11]);
  EXPECT_EQ(steps->back().state, "waiting");
}

/// Round, returns, receipt, acceptance, dispatch, extensions, stands, steps made.
TEST_F(OrderLife, ItsClocksReturnsAndRoundsAreKept) {
  const std::string start = std::to_string(clock_.wall().time_since_epoch().count());
  step("k", "registered");
  step("k", "dispatched");
  step("k", "delay_applied");
  step("k", "delay_agreed");
  EXPECT_EQ(standingOf("k"), "dispatched work_order:1 1 0 " + start + ' ' + start + ' ' + start +
                                 " 1 - ;registered;dispatched;delay_applied;delay_agreed;");
  step("k", "return_applied");
  clock_.pass(1min);
  step("k", "return_agreed");
  EXPECT_EQ(standingOf("k"),
            "audited work_order:1 2 1 " + start + ' ' + start + " - 0 - ;return_agreed;")
      << "the same thing in its second round";
}

TEST_F(OrderLife, AStepThatIsMadeAgainIsTheLastOne) {
  for (const char* name : {"dispatched", "signed", "urged", "signed"}) step("k", name);
  EXPECT_THAT(standingOf("k"), ::testing::EndsWith(" ;dispatched;urged;signed;"));
}

TEST_F(OrderLife, AfterThreeReturnsItIsDesignated) {
  for (int i = 0; i < 3; ++i)
    for (const char* name : {"dispatched", "return_applied", "return_agreed"})
      EXPECT_EQ(step("k", name).status, Status::accepted) << i << name;
  EXPECT_EQ(stateOf("k"), "designated");
  step("k", "signed");
  EXPECT_EQ(step("k", "return_applied").status, Status::quarantined);
  EXPECT_EQ(step("k", "replied").status, Status::accepted);
}

TEST_F(OrderLife, ItsClocksStandWhileItIsSuspended) {
  const auto text = [this] { return std::to_string(clock_.wall().time_since_epoch().count()); };
  step("k", "dispatched");
  std::string stood = text() + '-';
  step("k", "suspended");
  EXPECT_THAT(standingOf("k"), HasSubstr(' ' + stood + ' '));
  clock_.pass(1h);
  stood += text();
  step("k", "resumed");
  EXPECT_EQ(stateOf("k"), "in_progress");
  clock_.pass(1h);
  stood += ',' + text() + '-';
  step("k", "suspended");
  EXPECT_THAT(standingOf("k"), HasSubstr(' ' + stood + ' '));
}

// A list without bound would grow with an order that is never done.
TEST_F(OrderLife, OfManyStandsTheOldestBecomeOneOfTheirLength) {
  step("k", "dispatched");
  for (int i = 0; i < 20; ++i) {
    step("k", "suspended");
    clock_.pass(1min);
    step("k", "resumed");
    clock_.pass(1min);
  }
  const std::string standing = standingOf("k");
  EXPECT_EQ(std::count(standing.begin(), standing.end(), '-'), 17) << "16 stands, no acceptance";
  long long stood = 0;
  const std::size_t from = standing.rfind(' ', standing.rfind(' ') - 1) + 1;
  std::istringstream spans(standing.substr(from, standing.rfind(' ') - from));
  for (std::string span; std::getline(spans, span, ',');)
    stood += std::stoll(span.substr(span.find('-') + 1)) - std::stoll(span);
  EXPECT_EQ(stood, 20 * 60'000);
}

// As after a fail-over to a server that lacks it, or a FLUSHDB of somebody's.
TEST_F(OrderLife, ATableThatIsMissingIsStoredAgain) {
  step("k", "dispatched");
  ASSERT_EQ((*raw()->call({"DEL", "{lq}:cycle:work_order:1"}))->integer, 1);
  EXPECT_EQ(step("k", "signed").status, Status::accepted);
  ASSERT_EQ((*raw()->call({"DEL", "{lq}:cycle:work_order:1"}))->integer, 1);
  ASSERT_TRUE(raw()->call({"SCRIPT", "FLUSH"}).ok());
  EXPECT_EQ(step("k", "replied").status, Status::accepted);
  EXPECT_EQ(stateOf("k"), "replied");
  EXPECT_EQ(counts("hotline").accepted, 3u);
  EXPECT_EQ(delivered().size(), 3u);
}

TEST_F(OrderLife, ATableOfAnotherKindRefusesTheStepAndIsNamed) {
  step("k", "dispatched");
  ASSERT_EQ((*raw()->call({"DEL", "{lq}:cycle:work_order:1"}))->integer, 1);
  ASSERT_TRUE(raw()->call({"SET", "{lq}:cycle:work_order:1", "x"}).ok());
  const auto refused = trySubmit({{stepEntry("k", "signed")}, {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, HasSubstr("{lq}:cycle:work_order:1"));
}

/// The shipped life cycle, but that `signed` follows on nothing, and another version.
std::shared_ptr<const record::LifeTables> withoutSigning() {
  auto tables = std::make_shared<record::LifeTables>(test::shippedTables());
  record::LifeTable& table = tables->at("work_order");
  table.name = "work_order:2";
  for (auto& [field, value] : table.fields)
    if (field == "m:signed") value = ";";
  return tables;
}

TEST_F(OrderLife, AnotherVersionCountsForWhatBeginsAfterItOrHasEnded) {
  step("old", "dispatched");
  step("closed", "closed");
  lives_->set(withoutSigning());
  EXPECT_EQ(step("new", "dispatched").status, Status::accepted);
  EXPECT_EQ(step("new", "signed").status, Status::quarantined);
  EXPECT_EQ(step("old", "signed").status, Status::accepted) << "by the version that it began with";
  EXPECT_THAT(standingOf("old"), HasSubstr(" work_order:1 "));
  EXPECT_EQ(step("closed", "redispatched").status, Status::accepted);
  EXPECT_THAT(standingOf("closed"), HasSubstr(" work_order:2 "));
  EXPECT_EQ(step("closed", "signed").status, Status::quarantined);
}

// Its table is not stored again, for the configuration has it no more.
TEST_F(OrderLife, WhereTheTableOfAFormerVersionIsLostThePresentOneCounts) {
  step("k", "dispatched");
  lives_->set(withoutSigning());
  ASSERT_EQ((*raw()->call({"DEL", "{lq}:cycle:work_order:1"}))->integer, 1);
  EXPECT_EQ(step("k", "signed").status, Status::quarantined);
  EXPECT_EQ(step("k", "replied").status, Status::accepted);
  EXPECT_THAT(standingOf("k"), HasSubstr("replied work_order:2 "));
}

TEST_F(OrderLife, ATypeWithoutLifeCycleHasNone) {
  lives_->set(std::make_shared<const record::LifeTables>());
  EXPECT_EQ(step("k", "closed").status, Status::accepted);
  EXPECT_EQ(step("k", "signed").status, Status::accepted);
  EXPECT_EQ(standingOf("k"), "");
}

/// Things that tell their own state, revision by revision.
class OwnLife : public OrderLife {
 protected:
  Entry told(const std::string& status, const std::string& type = "dispute") {
    Entry entry = record("hotline:D-1", "D-1", "", status + std::to_string(++number_));
    entry.record->type = type;
    entry.record->lifeOf = type;
    entry.record->step = status;
    entry.record->happened = record::Happened{clock_.wall(), 1s};
    clock_.pass(1min);
    return entry;
  }
  std::string state(const std::string& type = "dispute") { return stateOf(type + " hotline:D-1"); }
};

TEST_F(OwnLife, ARevisionMovesItsThingByTheStateThatItTells) {
  for (const char* status : {"registered", "accepted", "dispatched", "handled", "closed"}) {
    EXPECT_EQ(submit(told(status)).status, Status::accepted) << status;
    EXPECT_EQ(state(), status);
  }
  const ItemVerdict illegal = submit(told("handled"));
  ASSERT_EQ(illegal.status, Status::quarantined);
  EXPECT_EQ(illegal.problems.at(0).code, "validate.life_cycle");
  EXPECT_EQ(illegal.problems.at(0).path, "/data/status/code");
  EXPECT_EQ(illegal.problems.at(0).message,
            "step handled cannot follow on closed, where this dispute stands; what can: accepted, "
            "closed, evaluated");
  EXPECT_EQ(state(), "closed");
}

TEST_F(OwnLife, TheSameStateAndAWordOfTheCountysMoveNothing) {
  submit(told("dispatched"));
  const std::string before = standingOf("dispute hotline:D-1");
  EXPECT_EQ(submit(told("dispatched")).status, Status::accepted);
  EXPECT_EQ(submit(told("01")).status, Status::accepted);
  EXPECT_EQ(standingOf("dispute hotline:D-1"), before);
}

TEST_F(OwnLife, WhatIsGivenBackIsANewRoundThreeTimesAtMost) {
  for (int i = 0; i < 3; ++i)
    for (const char* status : {"dispatched", "accepted"}) submit(told(status));
  EXPECT_THAT(standingOf("dispute hotline:D-1"), HasSubstr("designated dispute:1 4 3 "));
  EXPECT_EQ(submit(told("accepted")).status, Status::accepted) << "its sender says so once more";
  EXPECT_EQ(submit(told("dispatched")).status, Status::accepted);
  EXPECT_EQ(submit(told("accepted")).status, Status::quarantined);
}

TEST_F(OwnLife, ALateRevisionMovesNothing) {
  Entry late = told("accepted");
  submit(told("closed"));
  EXPECT_EQ(submit(std::move(late)).status, Status::accepted);
  EXPECT_EQ(state(), "closed");
  EXPECT_THAT(delivered().back(), HasSubstr(R"("late":true)"));
}

TEST_F(OwnLife, TypesThatShareAKeyHaveLivesOfTheirOwn) {
  submit(told("closed"));
  EXPECT_EQ(step("hotline:D-1", "dispatched").status, Status::accepted);
  Entry alert = told("raised", "alert");
  alert.record->sourceId = "A-1";
  EXPECT_EQ(submit(std::move(alert)).status, Status::accepted);
  EXPECT_EQ(state(), "closed");
  EXPECT_EQ(state("alert"), "raised");
  EXPECT_EQ(stateOf("hotline:D-1"), "dispatched");
}

}  // namespace
}  // namespace lianqiao::queue
