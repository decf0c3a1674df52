// The writer reads behind the way: what the journal tells stands in the store once, whatever fails
// meanwhile, and what it lost is named.
#include "history/history_writer.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "base/snapshot.h"
#include "gateway/history/history_fixture.h"
#include "history_sqlite/sqlite_store.h"
#include "lianqiao/codes.h"
#include "support/eventually.h"

namespace lianqiao::history {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using ::testing::HasSubstr;

/// As the queue's, in memory.
class MemoryJournal final : public record::Journal {
 public:
  void add(record::JournalEntry entry, const std::vector<BatchRecord>& contents) {
    const std::lock_guard lock(mutex_);
    for (const BatchRecord& one : contents) records_[one.content.id] = one.content;
    entries_.push_back(std::move(entry));
  }
  /// As at its bound.
  void loseFirst() {
    const std::lock_guard lock(mutex_);
    entries_.erase(entries_.begin());
  }
  void fail(bool fails) { fails_ = fails; }
  void refuseOne() { ++unnoted_; }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

  Result<std::vector<record::JournalEntry>> read(record::JournalPosition after,
                                                 std::size_t most) override {
    if (fails_) return Error{"queue.unavailable", "Redis is away"};
    const std::lock_guard lock(mutex_);
    std::vector<record::JournalEntry> found;
    for (const record::JournalEntry& entry : entries_)
      if (entry.position > after && found.size() < most) found.push_back(entry);
    return found;
  }
  Result<record::JournalState> state(record::JournalPosition after) override {
    if (fails_) return Error{"queue.unavailable", "Redis is away"};
    const std::lock_guard lock(mutex_);
    record::JournalState state;
    state.unnoted = unnoted_;
    state.whole = after == record::JournalPosition();
    for (const record::JournalEntry& entry : entries_) {
      if (entry.position == after) state.whole = true;
      if (entry.position > after) ++state.behind;
    }
    return state;
  }
  Result<record::JournalReader> claim(const record::JournalReader& reader, bool) override {
    return reader;
  }
  Result<void> goOnBehind(record::JournalPosition position) override {
    const std::lock_guard lock(mutex_);
    record::JournalEntry entry;
    entry.position = {position.time, position.number + 1};
    entries_.push_back(entry);
    return {};
  }
  Result<void> trim(record::JournalPosition position) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const auto& entry) { return entry.position < position; });
    return {};
  }
  Result<std::vector<std::optional<record::StoredRecord>>> records(
      const std::vector<std::string>& ids) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::optional<record::StoredRecord>> found(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (const auto at = records_.find(ids[i]); at != records_.end()) found[i] = at->second;
    return found;
  }
  Result<std::vector<std::optional<record::StoredException>>> exceptions(
      const std::vector<std::string>& ids) override {
    return std::vector<std::optional<record::StoredException>>(ids.size());
  }
  /// One record a page.
  Result<record::LivingPage> living(const std::string& cursor) override {
    const std::lock_guard lock(mutex_);
    record::LivingPage page;
    const auto at = records_.upper_bound(cursor);
    if (at == records_.end()) return page;
    page.ids = {at->first};
    if (std::next(at) != records_.end()) page.next = at->first;
    return page;
  }
  Result<std::vector<record::JournalEntry>> retell(
      const std::vector<record::StoredRecord>& records) override {
    std::vector<record::JournalEntry> entries;
    for (const record::StoredRecord& one : records) {
      entries.emplace_back().accepted = {one.id};
      entries.back().at = one.accepted;
      entries.emplace_back().attempts = {Scribe::delivered(one.id, "R-" + one.id)};
      entries.back().at = one.accepted;
    }
    return entries;
  }

 private:
  std::atomic<bool> fails_{false};
  std::atomic<std::uint64_t> unnoted_{0};
  std::mutex mutex_;
  std::vector<record::JournalEntry> entries_;
  std::map<std::string, record::StoredRecord> records_;
};

class HistoryWriterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<Problem> problems;
    auto schemas = std::make_shared<record::SchemaSet>();
    schemas->load(LIANQIAO_SOURCE_DIR "/schemas", problems);
    schemas_.set(std::move(schemas));
    openStore();
  }
  void TearDown() override { writer_.reset(); }

  void openStore() {
    StoreSettings settings;
    settings.folder = folder_.path() / "history";
    auto opened = SqliteStore::open(settings, log_.sink(), clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    store_ = std::move(*opened);
  }
  void write() {
    HistoryWriter::Settings settings;
    settings.idle = 1ms;
    settings.pause = 1ms;
    settings.batch = 3;
    writer_ = std::make_unique<HistoryWriter>(
        HistoryWriter::Services{[this] { return ++looks_, source_.load(); },
                                [this]() -> Result<HistoryStore*> {
                                  if (closed_) return Error{codes::kHistoryUnavailable, "not yet"};
                                  return store_.get();
                                },
                                [this] { return schemas_.get(); },
                                [this](auto&, auto&) -> Result<bool> { return mayWrite_.load(); },
                                &sent_},
        settings, clock_, log_.sink());
  }
  /// One more record comes: its id.
  std::string accept(const std::string& sourceId, const std::string& phone = "13800138000") {
    const std::vector<BatchRecord> records = {
        scribe_.order({.sourceId = sourceId, .phone = phone})};
    journal_.add(scribe_.accepted(records), records);
    return records[0].content.id;
  }
  /// The writer has looked thrice, from its begin to its end twice.
  bool hasLooked() {
    const int before = looks_;
    return eventually([&] { return looks_ >= before + 3; });
  }
  std::size_t found() {
    Query query;
    query.limit = 1000;
    query.peer = "city";
    const auto page = store_->find(query);
    return page.ok() ? page->hits.size() : 0;
  }

  test::TemporaryFolder folder_;
  test::ManualClock clock_;
  test::LogLines log_;
  Scribe scribe_{clock_};
  base::Snapshot<record::SchemaSet> schemas_{std::make_shared<record::SchemaSet>()};
  std::atomic<bool> closed_{false};
  record::SentPayloads sent_;
  MemoryJournal journal_;
  std::atomic<record::Journal*> source_{&journal_};
  std::atomic<bool> mayWrite_{true};
  std::atomic<int> looks_{0};
  std::unique_ptr<HistoryStore> store_;
  std::unique_ptr<HistoryWriter> writer_;
};

TEST_F(HistoryWriterTest, WhatTheJournalTellsIsKeptOnceAndTheJournalTrimmed) {
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(accept("SL" + std::to_string(i)));
  write();
  EXPECT_TRUE(eventually([&] { return found() == 10U; }));
  // The last one stays, by which the next look sees that nothing was lost.
  EXPECT_TRUE(eventually([&] { return journal_.size() == 1U; }));
  writer_.reset();
  store_.reset();
  openStore();
  write();
  ids.push_back(accept("SL10"));
  EXPECT_TRUE(eventually([&] { return found() == 11U; }));
  for (const std::string& id : ids) {
    const auto trail = store_->show(id);
    ASSERT_TRUE(trail.ok() && trail->has_value()) << id;
    EXPECT_THAT((*trail)->event, HasSubstr(id));
  }
  EXPECT_EQ(store_->state().gaps.size(), 0U);
}

// As after a step that Redis ended half-way: the record is there, and no entry has accepted it.
TEST_F(HistoryWriterTest, ARecordThatOnlyItsAttemptNamesIsTakenUpWithItsContent) {
  const std::vector<BatchRecord> records = {scribe_.order({.sourceId = "SL1"})};
  record::JournalEntry entry = scribe_.entry();
  entry.attempts.push_back(Scribe::delivered(records[0].content.id, "R-1"));
  journal_.add(std::move(entry), records);
  write();
  ASSERT_TRUE(eventually([&] { return found() == 1U; }));
  const auto trail = store_->show(records[0].content.id);
  ASSERT_TRUE(trail.ok() && trail->has_value());
  EXPECT_FALSE((*trail)->record->gone);
  EXPECT_THAT((*trail)->event, HasSubstr(records[0].content.id));
  ASSERT_EQ((*trail)->deliveries.size(), 1U);
  EXPECT_EQ((*trail)->deliveries[0].receipt, "R-1");
}

TEST_F(HistoryWriterTest, WhatThisNodeHasSentIsHandedToTheStore) {
  const std::string id = accept("SL1");
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "R"), Scribe::delivered(id, "R", "town")};
  entry.attempts[0].digest = record::payloadDigest("payload");
  entry.attempts[1].digest = record::payloadDigest("of another node");
  sent_.add(id, "county", "payload");
  journal_.add(std::move(entry), {});
  write();
  ASSERT_TRUE(eventually([&] {
    const auto sent = store_->sent(id, "county");
    return sent.ok() && *sent == "payload";
  }));
  EXPECT_EQ(*store_->sent(id, "town"), std::nullopt);
  EXPECT_EQ(sent_.take(id, "county"), std::nullopt);
}

TEST_F(HistoryWriterTest, WhoseTurnItIsNotWritesNothing) {
  mayWrite_ = false;
  accept("SL1");
  write();
  ASSERT_TRUE(hasLooked());
  EXPECT_EQ(found(), 0U);
  EXPECT_FALSE(writer_->state().writing);
  mayWrite_ = true;
  EXPECT_TRUE(eventually([&] { return found() == 1U; }));
  EXPECT_TRUE(writer_->state().writing);
}

TEST_F(HistoryWriterTest, WhileThereIsNoJournalItWaits) {
  source_ = nullptr;
  accept("SL1");
  write();
  ASSERT_TRUE(hasLooked());
  EXPECT_EQ(found(), 0U);
  source_ = &journal_;
  EXPECT_TRUE(eventually([&] { return found() == 1U; }));
}

TEST_F(HistoryWriterTest, AStoreThatOpensLaterGetsAllThatWaited) {
  closed_ = true;
  accept("SL1");
  write();
  ASSERT_TRUE(eventually([&] { return writer_->state().failing.has_value(); }));
  EXPECT_EQ(writer_->state().failing->code, codes::kHistoryUnavailable);
  closed_ = false;
  EXPECT_TRUE(eventually([&] { return found() == 1U; }));
  EXPECT_TRUE(eventually([&] { return !writer_->state().failing.has_value(); }));
}

// A number that looks like none is one where the schema says so.
TEST_F(HistoryWriterTest, AfterAReloadRecordsAreReadByTheSchemasInForce) {
  auto loaded = schemas_.get();
  schemas_.set(std::make_shared<record::SchemaSet>());
  accept("SL1", "2512345");
  write();
  ASSERT_TRUE(eventually([&] { return found() == 1U; }));
  const auto withNumber = [&] {
    Query query;
    query.number = "2512345";
    const auto page = store_->find(query);
    return page.ok() ? page->hits.size() : 0;
  };
  EXPECT_EQ(withNumber(), 0U);
  schemas_.set(std::move(loaded));
  accept("SL2", "2512345");
  ASSERT_TRUE(eventually([&] { return found() == 2U; }));
  EXPECT_EQ(withNumber(), 1U);
}

TEST_F(HistoryWriterTest, AFailureIsToldOnceAndMadeGood) {
  journal_.fail(true);
  accept("SL1");
  write();
  ASSERT_TRUE(eventually([&] { return writer_->state().failing.has_value(); }));
  ASSERT_TRUE(hasLooked());
  EXPECT_EQ(writer_->state().failing->code, "queue.unavailable");
  EXPECT_EQ(writer_->state().since, clock_.wall());
  EXPECT_THAT(log_.all(), ::testing::ElementsAre(HasSubstr("The history is not written")));
  journal_.fail(false);
  EXPECT_TRUE(eventually([&] { return found() == 1U; }));
  EXPECT_TRUE(eventually([&] { return !writer_->state().failing.has_value(); }));
}

// A backup of Redis, or a fail-over to a clock that is behind: all that came was never read.
TEST_F(HistoryWriterTest, WhereRedisWentBackInTimeTheGapIsNotedAndItGoesOn) {
  for (int i = 0; i < 3; ++i) accept("SL" + std::to_string(i));
  write();
  ASSERT_TRUE(eventually([&] { return journal_.size() == 1U; }));
  writer_.reset();
  journal_.loseFirst();
  write();
  ASSERT_TRUE(eventually([&] { return store_->state().gaps.size() == 1U; }));
  EXPECT_TRUE(eventually([&] { return journal_.size() == 1U; }));
  EXPECT_EQ(store_->state().gaps.size(), 1U);
}

TEST_F(HistoryWriterTest, WhatRedisRefusedTheJournalIsAGapThatIsNotedOnce) {
  journal_.refuseOne();  // before its time: told then
  write();
  ASSERT_TRUE(hasLooked());
  EXPECT_TRUE(store_->state().gaps.empty());
  journal_.refuseOne();
  ASSERT_TRUE(eventually([&] { return store_->state().gaps.size() == 1U; }));
  ASSERT_TRUE(hasLooked());
  EXPECT_EQ(store_->state().gaps.size(), 1U);
  EXPECT_THAT(log_.all(), ::testing::Contains(HasSubstr("Redis refused 1 entries")).Times(1));
}

TEST_F(HistoryWriterTest, EntriesThatWereThrownAwayAreAGapThatIsNotedOnce) {
  accept("SL1");
  write();
  ASSERT_TRUE(eventually([&] { return found() == 1U; }));
  mayWrite_ = false;
  ASSERT_TRUE(eventually([&] { return !writer_->state().writing; }));
  const record::JournalPosition read = store_->position();
  accept("lost");
  accept("SL3");
  journal_.loseFirst();
  journal_.loseFirst();
  mayWrite_ = true;
  // Rows are seen a moment before the position behind them.
  ASSERT_TRUE(eventually([&] { return store_->position() > read; }));
  // What the queue still keeps of the gap is made up.
  ASSERT_TRUE(eventually([&] { return found() == 3U; }));
  ASSERT_TRUE(eventually([&] { return store_->state().gaps.at(0).refilled.has_value(); }));
  const StoreState state = store_->state();
  ASSERT_EQ(state.gaps.size(), 1U);
  EXPECT_EQ(state.gaps[0].refilled, 1U);
  const auto lost = store_->find({.word = "lost"});
  ASSERT_TRUE(lost.ok() && lost->hits.size() == 1);
  EXPECT_EQ(lost->hits[0].deliveries.at(0).state, DeliveryState::delivered);
  EXPECT_EQ(state.gaps[0].after, read);
  EXPECT_EQ(state.gaps[0].upTo, store_->position());
  accept("SL4");
  ASSERT_TRUE(eventually([&] { return found() == 4U; }));
  EXPECT_EQ(store_->state().gaps.size(), 1U);
  const auto verified = store_->verify();
  ASSERT_TRUE(verified.ok());
  EXPECT_THAT(verified->problems, ::testing::IsEmpty());
}

}  // namespace
}  // namespace lianqiao::history
