// What became durable is told by the journal, in its order, once, and no record waits for that.
#include "half_script.h"
#include "queue/lapses.h"
#include "review/redis_journal.h"
#include "revisions.h"

namespace lianqiao::queue {
namespace {

using record::Attempt;
using record::JournalEntry;
using record::JournalPosition;
using review::RedisJournal;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JournalTest : public Revisions {
 protected:
  void SetUp() override {
    QueueTest::SetUp();
    redis::RedisAddress address;
    address.socket = (folder_.path() / "redis" / "redis.sock").string();
    place_ = std::make_unique<redis::RedisPlace>(address);
    pool_ = std::make_unique<redis::ConnectionPool>(*place_);
    journal_ = std::make_unique<RedisJournal>([this] { return pool_->borrow(); }, Keys("lq"));
  }
  /// The queue is opened again, with room for so many entries.
  void keep(std::uint64_t bound) {
    queue_.reset();
    storage::QueueOptions made = options();
    made.journal = std::make_shared<JournalMark>(bound);
    made.journal->setConfiguration("v7");
    auto opened = storage::RedisWorkQueue::open(settings_, retention_, made, clock_, ids_);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    queue_ = std::move(*opened);
  }
  /// All that has come since the last call.
  std::vector<JournalEntry> news() {
    auto entries = journal_->read(read_, 100'000);
    EXPECT_TRUE(entries.ok()) << (entries.ok() ? "" : entries.error().detail);
    if (!entries.ok()) return {};
    if (!entries->empty()) read_ = entries->back().position;
    return std::move(*entries);
  }
  JournalEntry one() {
    std::vector<JournalEntry> entries = news();
    EXPECT_EQ(entries.size(), 1U);
    return entries.empty() ? JournalEntry() : std::move(entries.front());
  }
  /// The one attempt that has come.
  Attempt attempt() {
    const JournalEntry entry = one();
    EXPECT_EQ(entry.attempts.size(), 1U);
    return entry.attempts.empty() ? Attempt() : entry.attempts.front();
  }
  record::JournalState state(JournalPosition after) {
    const auto state = journal_->state(after);
    EXPECT_TRUE(state.ok());
    return state.ok() ? *state : record::JournalState();
  }

  JournalPosition read_;
  std::unique_ptr<redis::RedisPlace> place_;
  std::unique_ptr<redis::ConnectionPool> pool_;
  std::unique_ptr<RedisJournal> journal_;
};

TEST_F(JournalTest, AGroupIsOneEntryOfWhatWasAcceptedRepeatedAndQuarantined) {
  const std::string first = submit(record("k", "S-1")).id;
  const JournalEntry before = one();
  EXPECT_THAT(before.accepted, ElementsAre(first));
  EXPECT_EQ(before.at, clock_.wall());

  clock_.pass(7ms);
  std::vector<Entry> entries = {record("k", "S-1"), record("k", "S-2"), record("l", "S-3"),
                                quarantined("validate.schema"), quarantined("validate.schema")};
  const auto verdicts = submit(std::move(entries));
  const JournalEntry entry = one();
  EXPECT_THAT(entry.accepted, ElementsAre(verdicts[1].id, verdicts[2].id));
  ASSERT_EQ(entry.repeated.size(), 1U);
  EXPECT_EQ(entry.repeated[0].peer, "hotline");
  EXPECT_EQ(entry.repeated[0].first, first);
  EXPECT_THAT(entry.quarantined, ElementsAre(verdicts[3].id));
  EXPECT_THAT(entry.seenAgain, ElementsAre(verdicts[3].id));
  EXPECT_EQ(entry.at, before.at + 7ms);
  EXPECT_GT(entry.position, before.position);
}

TEST_F(JournalTest, AnEntryBearsTheVersionOfTheConfiguration) {
  keep(100);
  submit(record("k", "S-1"));
  EXPECT_EQ(one().configuration, "v7");
}

TEST_F(JournalTest, EachAttemptIsToldWithItsOutcome) {
  const std::string id = submit(record("k", "S-1")).id;
  news();
  settle(lease().at(0), Settlement::Kind::retry);
  const Attempt failed = attempt();
  EXPECT_EQ(failed.verdict, Attempt::Verdict::retry);
  EXPECT_EQ(failed.peer, "province");
  EXPECT_EQ(failed.record, id);
  EXPECT_EQ(failed.number, 1);
  EXPECT_EQ(failed.code, "deliver.timeout");
  EXPECT_EQ(failed.detail, "no answer");

  settle(leaseSoon().at(0), Settlement::Kind::delivered, "R 1\nof 2");
  const Attempt delivered = attempt();
  EXPECT_EQ(delivered.verdict, Attempt::Verdict::delivered);
  EXPECT_EQ(delivered.number, 2);
  EXPECT_EQ(delivered.receipt, "R 1 of 2");

  submit(record("l", "S-2"));
  news();
  settle(lease().at(0), Settlement::Kind::delivered);
  EXPECT_EQ(attempt().receipt, "");
}

TEST_F(JournalTest, WhatIsReturnedUnattemptedIsNoAttempt) {
  submit(record("k", "S-1"));
  news();
  settle(lease().at(0), Settlement::Kind::returned);
  EXPECT_THAT(news(), IsEmpty());
}

TEST_F(JournalTest, ABuriedDeliveryItsExceptionAndWhatEndsThatAreTold) {
  submit(record("k", "S-1"));
  news();
  settle(lease().at(0), Settlement::Kind::buried);
  const Attempt buried = attempt();
  EXPECT_EQ(buried.verdict, Attempt::Verdict::buried);
  EXPECT_EQ(buried.code, "deliver.timeout");
  ASSERT_EQ(queue_->records().exceptions({})->at(0).id, buried.exception);

  ASSERT_TRUE(*queue_->records().requeue(buried.exception, "wang"));
  JournalEntry entry = one();
  ASSERT_EQ(entry.ended.size(), 1U);
  EXPECT_EQ(entry.ended[0].exception, buried.exception);
  EXPECT_EQ(entry.ended[0].how, "requeued");
  EXPECT_EQ(entry.ended[0].note, "wang");

  settle(lease().at(0), Settlement::Kind::buried);
  const std::string again = attempt().exception;
  ASSERT_TRUE(*queue_->records().dropException(again, "closed by Wang: sent by hand"));
  entry = one();
  ASSERT_EQ(entry.ended.size(), 1U);
  EXPECT_EQ(entry.ended[0].how, "closed");
  EXPECT_EQ(entry.ended[0].note, "closed by Wang: sent by hand");

  const std::string item = submit(quarantined()).id;
  news();
  ASSERT_TRUE(*queue_->records().dropException(item));
  entry = one();
  ASSERT_EQ(entry.ended.size(), 1U);
  EXPECT_EQ(entry.ended[0].exception, item);
  EXPECT_EQ(entry.ended[0].how, "replayed");
}

TEST_F(JournalTest, AnExceptionThatGrowsOldIsToldAsExpired) {
  const std::string item = submit(quarantined()).id;
  news();
  clock_.pass(retention_.exceptions + 24h);
  std::vector<JournalEntry> entries;
  for (int i = 0; i < 2000 && entries.empty(); ++i) {
    waitATick();
    clock_.pass(1h);
    entries = news();
  }
  ASSERT_EQ(entries.size(), 1U);
  ASSERT_EQ(entries[0].ended.size(), 1U);
  EXPECT_EQ(entries[0].ended[0].exception, item);
  EXPECT_EQ(entries[0].ended[0].how, "expired");
}

TEST_F(JournalTest, AnAttemptThatEndedWithItsProcessIsOfUnknownOutcome) {
  const std::string id = submit(record("k", "S-1")).id;
  const Lease leased = lease().at(0);
  news();
  const std::vector<Lapse> lapses = {{"province", id, leased.entry, "the process ended"}};
  ASSERT_TRUE(sendLapses(*raw(), Keys("lq"), lapses, clock_.wall(), 1h, "100 v1", ids_).ok());
  const Attempt made = attempt();
  EXPECT_EQ(made.verdict, Attempt::Verdict::unknown);
  EXPECT_EQ(made.record, id);
  EXPECT_EQ(made.number, 1);
  EXPECT_EQ(made.code, "deliver.strikes");
  EXPECT_EQ(made.detail, "the process ended (strike 1 of 3)");
}

TEST_F(JournalTest, WhatIsUpdatedInPlaceIsTold) {
  std::string last;
  for (const char* views : {R"({"views":"1"})", R"({"views":"2"})"}) {
    last = submit(revisionOf("S-1", views)).id;
    settle(lease().at(0));
  }
  news();
  submit(revisionOf("S-1", R"({"views":"3"})"));
  EXPECT_THAT(one().updated, ElementsAre(last));
}

TEST_F(JournalTest, ItsContentsAreReadById) {
  Entry entry = record("k", "S-1", "", "one", {"province", "city"});
  entry.evidence = "raw";
  const std::string event = entry.record->event;
  const std::string id = submit(std::move(entry)).id;
  const auto records = journal_->records({id, "gone"});
  ASSERT_TRUE(records.ok());
  ASSERT_TRUE((*records)[0].has_value());
  EXPECT_FALSE((*records)[1].has_value());
  const record::StoredRecord& stored = *(*records)[0];
  EXPECT_EQ(stored.id, id);
  EXPECT_EQ(stored.peer, "hotline");
  EXPECT_EQ(stored.type, "work_order");
  EXPECT_EQ(stored.key, "k");
  EXPECT_EQ(stored.accepted, clock_.wall());
  EXPECT_THAT(stored.destinations, ElementsAre("province", "city"));
  EXPECT_EQ(stored.event, event);
  EXPECT_EQ(stored.body, R"({"raw":"one"})");
  EXPECT_EQ(stored.evidence, "raw");

  const std::string bad = submit(quarantined()).id;
  const auto exceptions = journal_->exceptions({bad, "gone"});
  ASSERT_TRUE(exceptions.ok());
  ASSERT_TRUE((*exceptions)[0].has_value());
  EXPECT_FALSE((*exceptions)[1].has_value());
  EXPECT_EQ((*exceptions)[0]->peer, "hotline");
  EXPECT_EQ((*exceptions)[0]->code, "validate.schema");
  EXPECT_EQ((*exceptions)[0]->evidence, "bad;raw");
}

TEST_F(JournalTest, WhatIsKeptElsewhereGoesAndNothingBehindIt) {
  for (int i = 0; i < 5; ++i) submit(record("k", "S-" + std::to_string(i)));
  const auto all = *journal_->read({}, 100);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(state({}).behind, 5U);
  ASSERT_TRUE(journal_->trim(all[2].position).ok());
  EXPECT_EQ(journal_->read({}, 100)->size(), 3U);
  EXPECT_EQ(journal_->read(all[2].position, 100)->front().accepted, all[3].accepted);
  EXPECT_EQ(state(all[2].position).behind, 2U);
  EXPECT_TRUE(state(all[2].position).whole);
}

TEST_F(JournalTest, AtItsBoundTheOldestGoAndWhoHasReadToThemIsTold) {
  keep(100);
  submit(record("k", "first"));
  const JournalPosition begin = one().position;
  EXPECT_TRUE(state(begin).whole);
  for (int i = 0; i < 300; ++i) submit(record("k", "S-" + std::to_string(i)));
  EXPECT_LE(state(begin).behind, 200U);
  EXPECT_FALSE(state(begin).whole);
}

TEST_F(JournalTest, ADamagedJournalHoldsNothingUpAndWhatItMissesIsCounted) {
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:journal"}).ok());
  ASSERT_TRUE(raw()->call({"SET", "{lq}:journal", "foreign"}).ok());
  EXPECT_EQ(submit(record("k", "S-1")).status, ItemVerdict::Status::accepted);
  settle(lease().at(0));
  EXPECT_EQ(counts().delivered, 1U);
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:journal"}).ok());
  EXPECT_EQ(state({}).unnoted, 2U);
}

TEST_F(JournalTest, WhatAHalfWayAcceptHasLeftIsToldOnceItComesAgain) {
  for (int n = 1; n < 100; ++n) {
    const std::string name = "n" + std::to_string(n);
    const Entry entry = record(name, name, "", name);
    const auto redis = raw();
    const redis::RedisReply* reply = runAccept(*redis, failingAt(Script::accept, n), {entry});
    const bool ended = reply != nullptr && reply->isError();
    Submission again;
    again.entries = {entry};
    again.answered = true;
    ASSERT_TRUE(trySubmit(std::move(again)).ok()) << n;
    std::set<std::string> told;
    for (const JournalEntry& one : news()) told.insert(one.accepted.begin(), one.accepted.end());
    EXPECT_TRUE(told.contains(entry.record->id)) << "command " << n;
    if (!ended) return;
  }
  FAIL() << "it never went through";
}

TEST_F(JournalTest, WhatAHalfWayQuarantineHasLeftIsToldOnceItComesAgain) {
  for (int n = 1; n < 100; ++n) {
    Entry entry = quarantined();
    entry.body = "{\"bad\":" + std::to_string(n) + "}";
    const auto redis = raw();
    const redis::RedisReply* reply = runAccept(*redis, failingAt(Script::accept, n), {entry});
    const bool ended = reply != nullptr && reply->isError();
    Submission again;
    again.entries = {entry};
    again.answered = true;
    ASSERT_TRUE(trySubmit(std::move(again)).ok()) << n;
    std::set<std::string> told;
    for (const JournalEntry& one : news())
      told.insert(one.quarantined.begin(), one.quarantined.end());
    EXPECT_TRUE(told.contains(entry.quarantined->id)) << "command " << n;
    if (!ended) return;
  }
  FAIL() << "it never went through";
}

// Leases of the others were gone by then, and nobody told what had become of theirs.
TEST_F(JournalTest, WhereOnePeersKeyIsDamagedTheOutcomesOfTheOthersAreTold) {
  for (const std::string bad : {"province", "city"}) {
    const std::string day =
        std::to_string(clock_.wall().time_since_epoch().count() / (24 * 3'600'000LL));
    const std::string key = "{lq}:rcpt:" + bad + ":" + day;
    ASSERT_TRUE(raw()->call({"DEL", key}).ok());
    ASSERT_TRUE(raw()->call({"SET", key, "foreign"}).ok());
    submit({record("k" + bad, "p-" + bad, "", "p-" + bad, {"province"}),
            record("l" + bad, "c-" + bad, "", "c-" + bad, {"city"})});
    news();
    std::vector<Settlement> settlements(2);
    settlements[0].lease = leaseSoon(1, "province").at(0);
    settlements[1].lease = leaseSoon(1, "city").at(0);
    for (Settlement& one : settlements) one.receipt = "R-" + one.lease.recordId;
    (void)queue_->deliveries().settleNow(settlements);
    std::vector<std::string> told;
    for (const JournalEntry& entry : news())
      for (const Attempt& one : entry.attempts) told.push_back(one.peer + " " + one.receipt);
    const Lease& good = settlements[bad == "city" ? 0 : 1].lease;
    EXPECT_THAT(told, ElementsAre(good.peer + " R-" + good.recordId)) << bad << " is damaged";
    ASSERT_TRUE(raw()->call({"DEL", key}).ok());
  }
}

TEST_F(JournalTest, WhereRedisWentBackWhatComesStandsBehindThePositionAllTheSame) {
  const JournalPosition ahead{4'000'000'000'000, 7};
  submit(record("k", "S-1"));
  ASSERT_TRUE(journal_->goOnBehind(ahead).ok());
  submit(record("k", "S-2"));
  const auto entries = journal_->read(ahead, 10);
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_THAT((*entries)[0].accepted, IsEmpty());
  EXPECT_EQ((*entries)[1].accepted.size(), 1U);
}

TEST_F(JournalTest, WhoKeepsNoHistoryKeepsNoJournal) {
  submit(record("k", "S-0"));
  settle(lease().at(0));
  keep(0);
  submit(record("k", "S-1"));
  settle(lease().at(0));
  EXPECT_EQ((*raw()->call({"EXISTS", "{lq}:journal"}))->integer, 0);
}

TEST_F(JournalTest, ADamagedEntryIsReadAsFarAsItGoes) {
  const char* const attempts = "d province\nz province id 1 r\nd province id 1 r";
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"XADD", "{lq}:journal", "*", "t", "x", "s", attempts, "e", "id"}).ok());
  const JournalEntry entry = one();
  ASSERT_EQ(entry.attempts.size(), 1U);
  EXPECT_EQ(entry.attempts[0].record, "id");
  EXPECT_THAT(entry.ended, IsEmpty());
}

TEST_F(JournalTest, ADeliveryTellsTheDigestOfWhatWasSent) {
  submit(record("k", "S-1"));
  Settlement settled;
  settled.kind = Settlement::Kind::delivered;
  settled.lease = lease().at(0);
  settled.receipt = "R 1";
  settled.digest = "0123456789abcdef";
  news();
  ASSERT_TRUE(queue_->deliveries().settleNow({settled}).ok());
  const Attempt made = attempt();
  EXPECT_EQ(made.digest, "0123456789abcdef");
  EXPECT_EQ(made.receipt, "R 1");
}

TEST_F(JournalTest, AFailureTellsWhatThePeerAnsweredAsFarAsThereIsRoom) {
  std::vector<Entry> entries;
  for (int i = 0; i < 12; ++i)
    entries.push_back(record("k" + std::to_string(i), "S-" + std::to_string(i)));
  submit(std::move(entries));
  std::vector<Settlement> settlements;
  for (Lease& one : lease()) {
    Settlement settled;
    settled.kind = Settlement::Kind::retry;
    settled.lease = std::move(one);
    settled.after = 1h;
    settled.code = "deliver.peer_error";
    settled.detail = "the peer answered HTTP 500";
    settled.answer = std::string(3000, 'a');
    settlements.push_back(std::move(settled));
  }
  ASSERT_EQ(settlements.size(), 12U);
  news();
  ASSERT_TRUE(queue_->deliveries().settleNow(settlements).ok());
  const JournalEntry entry = one();
  ASSERT_EQ(entry.attempts.size(), 12U);
  std::size_t answers = 0;
  for (const Attempt& made : entry.attempts) {
    if (made.answer.empty()) continue;
    ++answers;
    EXPECT_EQ(made.answer, std::string(Settlement::kAnswerBytes, 'a'));
  }
  EXPECT_EQ(answers, 8U) << "8 KiB of an entry";
}

TEST_F(JournalTest, WhatTheQueueStillKeepsIsToldAgain) {
  std::vector<std::string> ids;
  for (const char* one : {"1", "2", "3"})
    ids.push_back(submit(record(std::string("k") + one, std::string("S-") + one)).id);
  settle(lease(1).at(0), Settlement::Kind::delivered, "R 1");
  std::vector<std::string> found;
  std::string cursor;
  do {
    const auto page = journal_->living(cursor);
    ASSERT_TRUE(page.ok());
    found.insert(found.end(), page->ids.begin(), page->ids.end());
    cursor = page->next;
  } while (!cursor.empty());
  EXPECT_THAT(found, ::testing::UnorderedElementsAreArray(ids));
  std::vector<record::StoredRecord> records;
  auto kept = journal_->records(ids);
  ASSERT_TRUE(kept.ok());
  for (auto& one : *kept) records.push_back(std::move(*one));
  const auto told = journal_->retell(records);
  ASSERT_TRUE(told.ok());
  std::vector<std::string> accepted, receipts;
  for (const JournalEntry& entry : *told) {
    accepted.insert(accepted.end(), entry.accepted.begin(), entry.accepted.end());
    for (const Attempt& made : entry.attempts) receipts.push_back(made.receipt);
  }
  EXPECT_THAT(accepted, ::testing::UnorderedElementsAreArray(ids));
  EXPECT_THAT(receipts, ElementsAre("R 1"));
}

TEST_F(JournalTest, OneStoreAtATimeReadsIt) {
  const record::JournalReader first{"a1b2", "node one"};
  EXPECT_EQ(journal_->claim(first, false)->store, "a1b2");
  const auto second = journal_->claim({"c3d4", "two"}, false);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(*second, (record::JournalReader{"a1b2", "node_one"}));
  EXPECT_EQ(journal_->claim({"c3d4", "two"}, true)->store, "c3d4");
  EXPECT_EQ(journal_->claim(first, false)->node, "two");
}

}  // namespace
}  // namespace lianqiao::queue
