#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using Status = ItemVerdict::Status;
class Deduplicate : public QueueTest {};

TEST_F(Deduplicate, SameRevisionIsAnsweredWithTheFirstId) {
  const ItemVerdict first = submit(record("k", "S-1", "3"));
  const ItemVerdict second = submit(record("k", "S-1", "3"));
  EXPECT_EQ(first.status, Status::accepted);
  EXPECT_EQ(second.status, Status::duplicate);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.sourceId, "S-1");
  EXPECT_EQ(lease().size(), 1u);
  EXPECT_EQ(counts("hotline").duplicates, 1u);
  EXPECT_EQ(counts("hotline").accepted, 1u);
}

TEST_F(Deduplicate, NewRevisionOfTheSameContentIsNew) {
  submit(record("k", "S-1", "3"));
  EXPECT_EQ(submit(record("k", "S-1", "4")).status, Status::accepted);
}

TEST_F(Deduplicate, WithoutRevisionTheContentDecides) {
  const ItemVerdict first = submit(record("k", "S-1", "", "one"));
  EXPECT_EQ(submit(record("k", "S-1", "", "two")).status, Status::accepted);
  const ItemVerdict again = submit(record("k", "S-1", "", "one"));
  EXPECT_EQ(again.status, Status::duplicate);
  EXPECT_EQ(again.id, first.id);
}

TEST_F(Deduplicate, WithoutSourceIdTheContentAloneDecides) {
  const ItemVerdict first = submit(record("k", "", "", "one"));
  EXPECT_EQ(submit(record("k", "", "", "two")).status, Status::accepted);
  EXPECT_EQ(submit(record("k", "", "", "one")).id, first.id);
}

TEST_F(Deduplicate, AnotherPeersIdIsAnotherThing) {
  submit(record("k", "S-1", "1"));
  Entry other = record("k2", "S-1", "1");
  other.record->peer = "town";
  EXPECT_EQ(submit(std::move(other)).status, Status::accepted);
}

TEST_F(Deduplicate, SameRevisionWithOtherContentIsAVisibleConflict) {
  const ItemVerdict first = submit(record("k", "S-1", "3", "one"));
  Entry changed = record("k", "S-1", "3", "two");
  const std::string id = changed.record->id;
  const ItemVerdict second = submit(std::move(changed));
  EXPECT_EQ(second.status, Status::quarantined);
  EXPECT_EQ(second.id, id);
  ASSERT_EQ(second.problems.size(), 1u);
  EXPECT_EQ(second.problems[0].code, "deduplicate.conflict");
  EXPECT_THAT(second.problems[0].message, ::testing::HasSubstr(first.id));
  const auto kept = queue_->records().exception(id);
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->code, "deduplicate.conflict");
  EXPECT_EQ((*kept)->body, R"({"raw":"two"})");
  EXPECT_EQ((*kept)->sourceId, "S-1");
  EXPECT_EQ(lease().size(), 1u);
}

TEST_F(Deduplicate, DuplicatesWithinOneGroupAreFoundToo) {
  std::vector<Entry> entries;
  for (int i = 0; i < 3; ++i) entries.push_back(record("k", "S-1", "1"));
  const std::vector<ItemVerdict> verdicts = submit(std::move(entries));
  ASSERT_EQ(verdicts.size(), 3u);
  EXPECT_EQ(verdicts[0].status, Status::accepted);
  EXPECT_EQ(verdicts[1].status, Status::duplicate);
  EXPECT_EQ(verdicts[2].id, verdicts[0].id);
}

TEST_F(Deduplicate, VerdictsStandInTheOrderOfTheEntries) {
  submit(record("a", "S-2", "1"));
  std::vector<Entry> entries;
  entries.push_back(record("a", "S-1", "1"));
  entries.push_back(quarantined());
  entries.push_back(record("a", "S-2", "1"));
  entries.push_back(record("a", "S-3", "1"));
  const std::vector<ItemVerdict> verdicts = submit(std::move(entries));
  ASSERT_EQ(verdicts.size(), 4u);
  EXPECT_EQ(verdicts[0].status, Status::accepted);
  EXPECT_EQ(verdicts[1].status, Status::quarantined);
  EXPECT_EQ(verdicts[1].problems[0].path, "/data/title");
  EXPECT_EQ(verdicts[2].status, Status::duplicate);
  EXPECT_EQ(verdicts[3].status, Status::accepted);
  EXPECT_EQ(verdicts[3].sourceId, "S-3");
}

TEST_F(Deduplicate, ARepeatAfterALostAnswerIsAcceptedOnce) {
  const Entry entry = record("k", "S-1", "1");
  Entry first = entry;
  Entry repeat = entry;
  EXPECT_EQ(submit(std::move(first)).status, Status::accepted);
  const ItemVerdict again = submit(std::move(repeat));
  EXPECT_EQ(again.status, Status::accepted);
  EXPECT_EQ(again.id, entry.record->id);
  EXPECT_EQ(lease().size(), 1u);
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(counts("hotline").accepted, 1u);
  EXPECT_EQ(counts("hotline").duplicates, 0u);
  EXPECT_EQ(counts().owed, 1u);
}

TEST_F(Deduplicate, ARepeatAfterDeliveryDoesNotDeliverAgain) {
  const Entry entry = record("k", "S-1", "1");
  Entry first = entry;
  submit(std::move(first));
  settle(lease().at(0), Settlement::Kind::delivered, "R-1");
  Entry repeat = entry;
  submit(std::move(repeat));
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(trail(entry.record->id).deliveries.at(0).state, "delivered");
}

TEST_F(Deduplicate, ARepeatedQuarantinedItemIsOneException) {
  const Entry item = quarantined();
  Entry first = item;
  Entry second = item;
  submit(std::move(first));
  submit(std::move(second));
  EXPECT_EQ(counts("hotline").quarantined, 1u);
  EXPECT_EQ(queue_->records().exceptions({})->size(), 1u);
}

TEST_F(Deduplicate, TheLedgerIsForgottenAfterItsTime) {
  retention_.duplicates = 50ms;
  reopen();
  submit(record("k", "S-1", "1"));
  for (int i = 0; i < 1000; ++i) {
    waitATick();
    if (submit(record("k", "S-1", "1")).status == Status::accepted) return;
  }
  FAIL() << "still a duplicate";
}

}  // namespace
}  // namespace lianqiao::queue
