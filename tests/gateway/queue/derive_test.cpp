// What is derived from a record is taken with it or not at all, in one step.
#include <gmock/gmock.h>

#include "halves.h"

namespace lianqiao::queue {
namespace {

using Status = ItemVerdict::Status;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class Derive : public QueueTest {
 protected:
  Derive() { lives_ = test::shippedLives(); }

  /// An alert from which an order is derived.
  Entry alert(const std::string& name, const std::string& content,
              const std::string& orderContent) {
    Entry entry = record("alert-" + name, name, "", content);
    entry.derived.push_back(derived(name, orderContent, 1));
    return entry;
  }
  Entry derived(const std::string& name, const std::string& content, int level) {
    const std::string rule = "rule-" + std::to_string(level);
    Entry entry = record("order-" + name, rule + "/" + name, "", content);
    entry.record->cause = "the-alert";
    entry.level = level;
    return entry;
  }
  std::vector<std::string> delivered() {
    std::vector<std::string> contents;
    for (std::vector<Lease> leases = lease(); !leases.empty(); leases = lease()) {
      for (const Lease& one : leases) {
        contents.push_back(one.event.substr(one.event.find("data") + 7));
        contents.back().resize(contents.back().size() - 2);
        settle(one);
      }
    }
    return contents;
  }
  std::vector<std::string> exceptionCodes() {
    const auto found = queue_->records().exceptions({});
    std::vector<std::string> codes;
    for (const auto& one : *found) codes.push_back(one.code);
    return codes;
  }
};

TEST_F(Derive, GoesOutWithItsCauseAndHasNoVerdictOfItsOwn) {
  const auto verdicts = submit(std::vector<Entry>{alert("1", "alert", "order"), record("k", "2")});
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].status, Status::accepted);
  EXPECT_EQ(verdicts[1].sourceId, "2");
  EXPECT_THAT(delivered(), UnorderedElementsAre("alert", "order", "one"));
  EXPECT_EQ(counts("hotline").accepted, 2u) << "the sender sent two";
}

TEST_F(Derive, ARepetitionDerivesNothing) {
  const std::string first = submit(alert("1", "alert", "order")).id;
  delivered();
  // its mapping has changed meanwhile
  const ItemVerdict again = submit(alert("1", "alert", "order-of-another-mapping"));
  EXPECT_EQ(again.status, Status::duplicate);
  EXPECT_EQ(again.id, first);
  EXPECT_THAT(delivered(), ElementsAre());
  EXPECT_EQ(counts("hotline").duplicates, 1u);
}

TEST_F(Derive, WhatCannotStandDerivesNothing) {
  Entry first = alert("1", "alert", "order");
  first.record->revision = "7";
  submit(std::move(first));
  delivered();
  Entry conflict = alert("1", "another-alert", "another-order");
  conflict.record->revision = "7";
  EXPECT_EQ(submit(std::move(conflict)).status, Status::quarantined);
  EXPECT_THAT(delivered(), ElementsAre());
  EXPECT_THAT(exceptionCodes(), ElementsAre("deduplicate.conflict"));
}

TEST_F(Derive, ARevisionRevisesWhatWasDerivedWhereThatChanges) {
  submit(alert("1", "alert", "order"));
  EXPECT_THAT(delivered(), UnorderedElementsAre("alert", "order"));
  submit(alert("1", "alert-changed", "order"));
  EXPECT_THAT(delivered(), ElementsAre("alert-changed"));
  submit(alert("1", "alert-changed-again", "order-changed"));
  EXPECT_THAT(delivered(), UnorderedElementsAre("alert-changed-again", "order-changed"));
}

TEST_F(Derive, WhatCannotBeMadeIsAnExceptionAndItsCauseStands) {
  const auto withBad = [this](const std::string& content) {
    Entry entry = record("k", "1", "", content);
    entry.derived.push_back(quarantined());
    entry.derived.back().level = 1;
    return entry;
  };
  const ItemVerdict verdict = submit(withBad("alert"));
  EXPECT_EQ(verdict.status, Status::accepted);
  EXPECT_THAT(delivered(), ElementsAre("alert"));
  EXPECT_THAT(exceptionCodes(), ElementsAre("validate.schema"));
  EXPECT_EQ(submit(withBad("alert")).status, Status::duplicate);
  EXPECT_THAT(exceptionCodes(), ElementsAre("validate.schema")) << "a repetition makes no other";
}

TEST_F(Derive, FollowsTheOneThatItWasDerivedFrom) {
  Entry entry = alert("1", "alert", "order");
  entry.derived.push_back(derived("1", "order-of-the-township", 2));
  submit(std::move(entry));
  EXPECT_THAT(delivered(), UnorderedElementsAre("alert", "order", "order-of-the-township"));
  // The order stays as it was, so nothing is derived from it.
  Entry revised = alert("1", "alert-changed", "order");
  revised.derived.push_back(derived("1", "order-of-the-township-changed", 2));
  submit(std::move(revised));
  EXPECT_THAT(delivered(), ElementsAre("alert-changed"));
}

TEST_F(Derive, MayBeSentAgainUnderItsIds) {
  std::vector<Entry> entries;
  entries.push_back(alert("1", "alert", "order"));
  ASSERT_TRUE(trySubmit({entries, {}, true}).ok());
  ASSERT_TRUE(trySubmit({entries, {}, true}).ok());
  EXPECT_THAT(delivered(), UnorderedElementsAre("alert", "order"));
  EXPECT_TRUE((*raw()->call({"KEYS", "{lq}:again:*"}))->items.empty());
  EXPECT_EQ((*raw()->call({"KEYS", "{lq}:rec:*"}))->items.size(), 2u);
}

TEST_F(Derive, AnIllegalStepIsAnExceptionThatNamesItsRule) {
  Entry entry = record("alert-1", "1", "", "alert");
  Entry step = derived("1", "step", 1);
  step.record->type = "work_order_step";
  step.record->step = "signed";
  step.record->lifeOf = "work_order";
  step.record->key = "order-1";
  Entry closed = step;
  closed.record->id = ids_.next();
  closed.record->step = "closed";
  closed.record->sourceId = "rule-0/0";
  closed.level = 0;
  submit(std::move(closed));
  delivered();
  entry.derived.push_back(std::move(step));
  EXPECT_EQ(submit(std::move(entry)).status, Status::accepted);
  EXPECT_THAT(delivered(), ElementsAre("alert"));
  const auto found = queue_->records().exceptions({});
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().code, "validate.life_cycle");
  EXPECT_EQ((*raw()->call({"HGET", "{lq}:exc:" + found->front().id, "origin"}))->text,
            "/derivations.yaml/rule-1");
}

}  // namespace
}  // namespace lianqiao::queue
