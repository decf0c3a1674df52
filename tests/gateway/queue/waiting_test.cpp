// What names a thing by an id that nobody has told yet waits for that: whole, counted apart, in
// order of arrival, for a time; then it is an exception.
#include <gmock/gmock.h>

#include "queue/references.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Status = ItemVerdict::Status;
using For = References::For;

constexpr const char* kUnknown = "normalize.unknown_reference";

class WaitingRoom : public QueueTest {
 protected:
  /// Of "hotline", about what "province" calls `id`.
  Entry early(const std::string& id, const std::string& content = "one", std::size_t most = 100) {
    Entry entry = quarantined(kUnknown);
    entry.quarantined->problems = {{kUnknown, "/subject", "nothing has that id"}};
    entry.quarantined->awaits = "ref:province:" + id;
    entry.quarantined->until = clock_.wall() + 1h;
    entry.quarantined->most = most;
    entry.body = R"({"early":")" + content + "\"}";
    return entry;
  }
  void tell(const std::string& key, const std::string& id) {
    Entry entry = record(key, id, "", id);
    entry.record->peer = "province";
    entry.record->reference = id;
    entry.record->destinations = {"town"};
    EXPECT_EQ(submit(std::move(entry)).status, Status::accepted);
  }
  std::vector<std::string> arrived() {
    const auto found = queue_->references().arrived(100);
    EXPECT_TRUE(found.ok());
    return found.ok() ? found->ids : std::vector<std::string>{"?"};
  }
  std::string keyOf(const std::string& id, For who) {
    const std::vector<record::Reference> asked{{"province", id}};
    const auto keys = queue_->references().keysOf(asked, who);
    return keys.ok() ? keys->at(0) : "?";
  }
  std::uint64_t counted() {
    const auto found = queue_->records().exceptionCounts();
    return found.ok() && found->contains("hotline " + std::string(kUnknown))
               ? found->at("hotline " + std::string(kUnknown))
               : 0;
  }
  review::ExceptionInfo exception(const std::string& id) {
    const auto found = queue_->records().exception(id);
    EXPECT_TRUE(found.ok() && found->has_value());
    return found.ok() && found->has_value() ? **found : review::ExceptionInfo();
  }
  bool isClean() {
    for (const char* pattern : {"{lq}:awaits:*", "{lq}:waits", "{lq}:arrived"})
      if (!(*raw()->call({"KEYS", pattern}))->items.empty()) return false;
    return true;
  }
};

TEST_F(WaitingRoom, AnItemWaitsWholeAndIsNoExceptionYet) {
  const ItemVerdict verdict = submit(early("P-1"));
  EXPECT_EQ(verdict.status, Status::quarantined);
  EXPECT_THAT(verdict.problems.at(0).message, HasSubstr("it waits for that until 2024-05-29T"));
  const review::ExceptionInfo kept = exception(verdict.id);
  EXPECT_EQ(kept.body, R"({"early":"one"})");
  EXPECT_EQ(kept.until, clock_.wall() + 1h);
  EXPECT_EQ(counts("hotline").waiting, 1u);
  EXPECT_EQ(counts("hotline").quarantined, 0u);
  EXPECT_EQ(counted(), 0u);
  const ItemVerdict again = submit(early("P-1"));
  EXPECT_EQ(again.id, verdict.id) << "the same once more";
  EXPECT_THAT(again.problems.at(0).message, HasSubstr("it waits"));
  EXPECT_EQ(counts("hotline").waiting, 1u);
  EXPECT_THAT(arrived(), IsEmpty());
}

TEST_F(WaitingRoom, WhatARecordTellsWakesThemInOrderOfArrival) {
  const std::string first = submit(early("P-1")).id;
  const std::string other = submit(early("P-2", "other")).id;
  const std::string second = submit(early("P-1", "two")).id;
  tell("province:1", "P-1");
  EXPECT_THAT(arrived(), ElementsAre(first, second));
  ASSERT_TRUE(queue_->records().dropException(first).ok());
  EXPECT_THAT(arrived(), ElementsAre(second));
  ASSERT_TRUE(queue_->records().dropException(second).ok());
  EXPECT_THAT(arrived(), IsEmpty());
  EXPECT_EQ(counts("hotline").waiting, 1u) << other;
  ASSERT_TRUE(queue_->records().dropException(other).ok());
  EXPECT_EQ(counts("hotline").waiting, 0u);
  EXPECT_TRUE(isClean());
}

TEST_F(WaitingRoom, AReceiptWakesThem) {
  submit(record("hotline:1", "H-1"));
  const std::string waits = submit(early("P-1")).id;
  Settlement settlement;
  settlement.lease = leaseSoon(1).front();
  settlement.receipt = settlement.reference = "P-1";
  ASSERT_TRUE(queue_->deliveries().settleNow({settlement}).ok());
  EXPECT_THAT(arrived(), ElementsAre(waits));
}

TEST_F(WaitingRoom, WhatBecameKnownOnTheWayIsNotMissed) {
  tell("province:1", "P-1");
  const std::string waits = submit(early("P-1")).id;
  EXPECT_THAT(arrived(), ElementsAre(waits));
}

/// Rule: whoever comes behind those that wait stays behind them.
TEST_F(WaitingRoom, WhatComesBehindThemIsNotToldTheIdBeforeThem) {
  const std::string waits = submit(early("P-1")).id;
  tell("province:1", "P-1");
  EXPECT_EQ(keyOf("P-1", For::arriving), "");
  EXPECT_EQ(keyOf("P-1", For::waited), "province:1");
  const std::string behind = submit(early("P-1", "behind")).id;
  EXPECT_THAT(arrived(), ElementsAre(waits, behind));
  ASSERT_TRUE(queue_->records().dropException(waits).ok());
  ASSERT_TRUE(queue_->records().dropException(behind).ok());
  EXPECT_EQ(keyOf("P-1", For::arriving), "province:1");
}

TEST_F(WaitingRoom, PastItsTimeItIsAnExceptionAsAnyOther) {
  const std::string id = submit(early("P-1")).id;
  clock_.pass(59min);
  reopen();
  EXPECT_EQ(counted(), 0u);
  clock_.pass(2min);
  ASSERT_TRUE(test::eventually([&] { return counted() == 1; }));
  const review::ExceptionInfo over = exception(id);
  EXPECT_EQ(over.code, kUnknown);
  EXPECT_FALSE(over.until.has_value());
  EXPECT_EQ(counts("hotline").waiting, 0u);
  EXPECT_EQ(counts("hotline").quarantined, 1u);
  EXPECT_TRUE(isClean());
  tell("province:1", "P-1");
  EXPECT_THAT(arrived(), IsEmpty()) << "a person replays it";
  ASSERT_TRUE(queue_->records().dropException(id).ok());
  EXPECT_EQ(counted(), 0u);
}

TEST_F(WaitingRoom, MoreThanMayWaitAreExceptionsAtOnce) {
  const std::string first = submit(early("P-1", "one", 2)).id;
  submit(early("P-1", "two", 2));
  const ItemVerdict third = submit(early("P-1", "three", 2));
  EXPECT_THAT(third.problems.at(0).message, ::testing::Not(HasSubstr("it waits")));
  EXPECT_FALSE(exception(third.id).until.has_value());
  EXPECT_EQ(counts("hotline").waiting, 2u);
  EXPECT_EQ(counted(), 1u);
  ASSERT_TRUE(queue_->records().dropException(first).ok());
  submit(early("P-1", "four", 2));
  EXPECT_EQ(counts("hotline").waiting, 2u) << "there is room again";
}

TEST_F(WaitingRoom, OneMayGoOnWaitingForSomethingElseOrForNothing) {
  const std::string id = submit(early("P-1")).id;
  tell("province:1", "P-1");
  EXPECT_THAT(arrived(), ElementsAre(id));
  References& references = queue_->references();
  EXPECT_TRUE(references.waitOn(id, "ref:province:P-2", "", "").value());
  EXPECT_THAT(arrived(), IsEmpty());
  tell("province:2", "P-2");
  EXPECT_THAT(arrived(), ElementsAre(id));
  EXPECT_TRUE(references.waitOn(id, "", "validate.schema", "no title").value());
  const review::ExceptionInfo now = exception(id);
  EXPECT_EQ(now.code, "validate.schema");
  EXPECT_EQ(now.detail, "no title");
  EXPECT_FALSE(now.until.has_value());
  EXPECT_FALSE(references.waitOn(id, "", "", "").value()) << "it does not wait";
  review::ExceptionFilter filter;
  filter.code = "validate.schema";
  EXPECT_EQ(queue_->records().exceptions(filter)->size(), 1u);
  filter.code = kUnknown;
  EXPECT_TRUE(queue_->records().exceptions(filter)->empty());
  EXPECT_THAT(arrived(), IsEmpty());
  EXPECT_TRUE(isClean());
}

TEST_F(WaitingRoom, ADeliveryLacksAnIdForATimeThatBeginsOnce) {
  submit(record("hotline:1", "H-1"));
  References& references = queue_->references();
  const std::string id = lease(1).front().recordId;
  const auto lack = references.lack("province", "hotline:1", id, 1h);
  ASSERT_TRUE(lack.ok());
  EXPECT_EQ(lack->id, "");
  EXPECT_EQ(lack->until, lack->now + 1h);
  clock_.pass(30min);
  EXPECT_EQ(references.lack("province", "hotline:1", id, 1h)->until, lack->until);
  EXPECT_GT(references.lack("province", "hotline:1", "another", 1h)->until, lack->until);
}

TEST_F(WaitingRoom, WhoTellsTheIdMakesTheDeliveryDue) {
  submit(record("town:1", "T-1"));
  Lease lease = this->lease(1).front();
  References& references = queue_->references();
  ASSERT_EQ(references.lack("province", "town:1", lease.recordId, 1h)->id, "");
  const auto retry = [&](Lease one) {
    Settlement later;
    later.kind = Settlement::Kind::retry;
    later.lease = std::move(one);
    later.after = 1min;
    later.code = kUnknown;
    ASSERT_TRUE(queue_->deliveries().settleNow({later}).ok());
  };
  retry(lease);
  EXPECT_TRUE(this->lease(1).empty());
  tell("town:1", "P-1");
  const auto due = this->lease(1);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(references.lack("province", "town:1", due.front().recordId, 1h)->id, "P-1");
  // Told between the look and the settlement: no minute is lost either.
  retry(due.front());
  EXPECT_EQ(this->lease(1).size(), 1u);
}

TEST_F(WaitingRoom, StandsThroughAStart) {
  const std::string id = submit(early("P-1")).id;
  reopen();
  tell("province:1", "P-1");
  reopen();
  EXPECT_THAT(arrived(), ElementsAre(id));
}

}  // namespace
}  // namespace lianqiao::queue
