// Cross-references: what a peer calls a thing leads to our key, and our key to that. The first key
// that an id was given to keeps it.
#include "queue/references.h"

#include <gmock/gmock.h>

#include "half_script.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Status = ItemVerdict::Status;

class KeptReferences : public QueueTest {
 protected:
  /// Of "hotline", which calls the thing of `key` by `id`.
  Entry order(const std::string& key, const std::string& id, const std::string& content = "one") {
    Entry entry = record(key, id, "", content);
    entry.record->reference = id;
    return entry;
  }
  /// "province" confirms the next that it is owed, and calls it by `id`.
  void confirm(const std::string& id) {
    std::vector<Lease> leases = leaseSoon(1);
    ASSERT_EQ(leases.size(), 1u);
    Settlement settlement;
    settlement.lease = std::move(leases.front());
    settlement.receipt = id;
    settlement.reference = id;
    const auto settled = queue_->deliveries().settleNow({settlement});
    ASSERT_TRUE(settled.ok());
    EXPECT_TRUE(settled->empty()) << "not heard";
  }
  std::string keyOf(const std::string& peer, const std::string& id) {
    const std::vector<record::Reference> asked{{peer, id}};
    const auto keys = queue_->references().keysOf(asked, References::For::arriving);
    EXPECT_TRUE(keys.ok());
    return keys.ok() ? keys->at(0) : "?";
  }
  std::string idOf(const std::string& peer, const std::string& key) {
    const std::vector<std::string> asked{key};
    const auto ids = queue_->references().idsOf(peer, asked);
    EXPECT_TRUE(ids.ok());
    return ids.ok() ? ids->at(0) : "?";
  }
  long long lives(std::string_view key) { return (*raw()->call({"PTTL", key}))->integer; }
};

TEST_F(KeptReferences, ASenderAndAReceiverBothLeadToTheKeyAndBack) {
  submit(order("hotline:1", "H-1"));
  confirm("P-1");
  EXPECT_EQ(keyOf("hotline", "H-1"), "hotline:1");
  EXPECT_EQ(keyOf("province", "P-1"), "hotline:1");
  EXPECT_EQ(idOf("hotline", "hotline:1"), "H-1");
  EXPECT_EQ(idOf("province", "hotline:1"), "P-1");
  EXPECT_EQ(keyOf("province", "H-1"), "") << "another peer's";
  EXPECT_EQ(idOf("town", "hotline:1"), "");
}

TEST_F(KeptReferences, AreLookedUpTogetherInTheirOrder) {
  submit(order("hotline:1", "H-1"));
  submit(order("hotline:2", "H-2"));
  const std::vector<record::Reference> asked{
      {"hotline", "H-2"}, {"hotline", "no"}, {"hotline", "H-1"}};
  const auto keys = queue_->references().keysOf(asked, References::For::arriving);
  ASSERT_TRUE(keys.ok());
  EXPECT_THAT(*keys, ElementsAre("hotline:2", "", "hotline:1"));
  const std::vector<std::string> known{"hotline:2", "?", "hotline:1"};
  const auto ids = queue_->references().idsOf("hotline", known);
  ASSERT_TRUE(ids.ok());
  EXPECT_THAT(*ids, ElementsAre("H-2", "", "H-1"));
}

TEST_F(KeptReferences, LiveAsLongAsTheLedgerAndFromEachRevisionOn) {
  submit(order("hotline:1", "H-1"));
  confirm("P-1");
  for (const char* key : {"{lq}:ref:hotline:H-1", "{lq}:ref:province:P-1", "{lq}:refs:hotline:1"})
    EXPECT_GT(lives(key), 29LL * 24 * 3600 * 1000) << key;
  for (const char* key : {"{lq}:ref:hotline:H-1", "{lq}:ref:province:P-1", "{lq}:refs:hotline:1"})
    ASSERT_TRUE(raw()->call({"PEXPIRE", key, "60000"}).ok());
  submit(order("hotline:1", "H-1", "two"));
  confirm("P-1");
  for (const char* key : {"{lq}:ref:hotline:H-1", "{lq}:ref:province:P-1", "{lq}:refs:hotline:1"})
    EXPECT_GT(lives(key), 29LL * 24 * 3600 * 1000) << key;
}

TEST_F(KeptReferences, TheLatestIdOfAPeerGoesOutAndAllLeadToTheKey) {
  submit(order("hotline:1", "H-1"));
  confirm("P-1");
  submit(order("hotline:1", "H-1", "two"));
  confirm("P-2");
  EXPECT_EQ(keyOf("province", "P-1"), "hotline:1");
  EXPECT_EQ(keyOf("province", "P-2"), "hotline:1");
  EXPECT_EQ(idOf("province", "hotline:1"), "P-2");
}

TEST_F(KeptReferences, AnOrdinaryRecordWritesNone) {
  submit(record("hotline:1", "H-1"));
  settle(leaseSoon(1).front(), Settlement::Kind::delivered, "P-1");
  EXPECT_TRUE((*raw()->call({"KEYS", "{lq}:ref*"}))->items.empty());
}

TEST_F(KeptReferences, TwoKeysForOneIdOfASenderTheFirstStays) {
  submit(order("hotline:1", "H-1"));
  const ItemVerdict verdict = submit(order("hotline:2", "H-1", "two"));
  ASSERT_EQ(verdict.status, Status::quarantined);
  EXPECT_EQ(verdict.problems.at(0).code, "validate.reference_taken");
  EXPECT_THAT(verdict.problems.at(0).message, HasSubstr("H-1"));
  EXPECT_THAT(verdict.problems.at(0).message, HasSubstr("hotline:1"));
  EXPECT_THAT(verdict.problems.at(0).message, HasSubstr("hotline:2"));
  EXPECT_EQ(keyOf("hotline", "H-1"), "hotline:1");
  EXPECT_EQ(idOf("hotline", "hotline:2"), "");
  const auto kept = queue_->records().exception(verdict.id);
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->body, R"({"raw":"two"})");
}

TEST_F(KeptReferences, TwoKeysForOneIdInOneGroupTheFirstStays) {
  std::vector<Entry> entries;
  entries.push_back(order("hotline:1", "H-1"));
  entries.push_back(order("hotline:2", "H-1", "two"));
  const auto verdicts = submit(std::move(entries));
  EXPECT_EQ(verdicts.at(0).status, Status::accepted);
  EXPECT_EQ(verdicts.at(1).status, Status::quarantined);
  EXPECT_EQ(keyOf("hotline", "H-1"), "hotline:1");
}

/// Rule: a peer that confirms two things as one has one of them only.
TEST_F(KeptReferences, TwoKeysForOneReceiptTheFirstStaysAndTheSecondIsAnException) {
  submit(order("hotline:1", "H-1"));
  confirm("P-1");
  const ItemVerdict second = submit(order("hotline:2", "H-2"));
  submit(order("hotline:2", "H-2", "later"));
  confirm("P-1");
  EXPECT_EQ(keyOf("province", "P-1"), "hotline:1");
  EXPECT_EQ(idOf("province", "hotline:2"), "");
  const auto trail = this->trail(second.id);
  ASSERT_EQ(trail.deliveries.size(), 1u);
  ASSERT_EQ(trail.deliveries[0].state, "buried");
  const auto kept = queue_->records().exception(trail.deliveries[0].exception);
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->code, "deliver.receipt_taken");
  EXPECT_THAT((*kept)->detail, HasSubstr("P-1"));
  EXPECT_THAT((*kept)->detail, HasSubstr("hotline:1"));
  confirm("P-2");
  EXPECT_EQ(idOf("province", "hotline:2"), "P-2") << "its key went on";
}

TEST_F(KeptReferences, WhatAnUnheardSettlementTellsIsNotKept) {
  submit(order("hotline:1", "H-1"));
  Lease lease = leaseSoon(1).front();
  settle(lease);
  Settlement late;
  late.lease = lease;
  late.reference = late.receipt = "P-9";
  ASSERT_TRUE(queue_->deliveries().settleNow({late}).ok());
  EXPECT_EQ(keyOf("province", "P-9"), "");
}

TEST_F(KeptReferences, OfBeforeTheyWereKeptLedgersAndReceiptsTell) {
  submit(record("hotline:1", "H-1"));
  settle(leaseSoon(1).front(), Settlement::Kind::delivered, "P-1");
  EXPECT_EQ(keyOf("hotline", "H-1"), "hotline:1");
  EXPECT_EQ(keyOf("province", "P-1"), "hotline:1");
  submit(record("hotline:1", "H-1", "", "two"));  // the ledger becomes a hash
  EXPECT_EQ(keyOf("hotline", "H-1"), "hotline:1");
  clock_.pass(24h);
  EXPECT_EQ(keyOf("province", "P-1"), "hotline:1") << "a receipt of yesterday";
  EXPECT_EQ(idOf("province", "hotline:1"), "") << "not known";
}

/// Rule: a damaged key fails what needs it, and names itself.
TEST_F(KeptReferences, ADamagedOneFailsItsRecordAlone) {
  ASSERT_TRUE(raw()->call({"SADD", "{lq}:ref:hotline:H-1", "x"}).ok());
  ASSERT_TRUE(raw()->call({"SADD", "{lq}:refs:hotline:2", "x"}).ok());
  Submission group;
  group.entries.push_back(order("hotline:2", "H-2"));
  group.entries.push_back(order("hotline:1", "H-1"));
  const auto verdicts = trySubmit(std::move(group));
  ASSERT_FALSE(verdicts.ok());
  EXPECT_THAT(verdicts.error().detail, HasSubstr("ref:hotline:H-1 is a set"));
  EXPECT_EQ(keyOf("hotline", "H-2"), "hotline:2") << "the other is stored";
  EXPECT_EQ(keyOf("hotline", "H-1"), "");
  EXPECT_EQ(idOf("hotline", "hotline:2"), "");
}

/// Two peers that each call the other's thing by its own name: a circle of references leads to the
/// two keys, and nowhere else.
TEST_F(KeptReferences, ACircleLeadsToItsKeys) {
  Entry town = order("town:1", "H-1");
  town.record->peer = "town";
  Entry hotline = order("hotline:1", "T-1");
  submit(std::move(town));
  submit(std::move(hotline));
  EXPECT_EQ(keyOf("town", "H-1"), "town:1");
  EXPECT_EQ(keyOf("hotline", "T-1"), "hotline:1");
  EXPECT_EQ(idOf("town", "town:1"), "H-1");
}

}  // namespace
}  // namespace lianqiao::queue
