// What the store in PostgreSQL does beside what every store must.
#include <fstream>

#include "gateway/history_postgres/postgres_fixture.h"

namespace lianqiao::history {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using PostgresStoreTest = PostgresHistory;

TEST_F(PostgresStoreTest, AnotherKeyThanThatOfTheOthersIsRefused) {
  keep({});
  StoreSettings other = settings_;
  other.key = folder_.path() / "other-key";
  std::ofstream(other.key) << std::string(64, 'a') << "\n";
  std::filesystem::permissions(other.key, std::filesystem::perms(0600));
  const auto refused = PostgresStore::open(other, log_.sink(), clock_);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, HasSubstr("another key"));
  std::filesystem::remove(other.key);
  EXPECT_FALSE(PostgresStore::open(other, log_.sink(), clock_).ok()) << "none is made for it";
  EXPECT_FALSE(std::filesystem::exists(other.key));
}

TEST_F(PostgresStoreTest, ANodeSeesHowFarAnotherHasCome) {
  const auto other = another();
  std::vector<BatchRecord> records{scribe_.order({})};
  const record::JournalEntry entry = scribe_.accepted(records);
  write({entry}, records);
  EXPECT_EQ(other->position(), entry.position);
  ASSERT_TRUE(other->write({{entry}, records, {}}).ok());
  EXPECT_EQ(counted("2026-11-20")["city work_order in"], 1U);
  // What it misses in the journal another has read: that is no gap.
  ASSERT_TRUE(other->noteGap({{0, 0}, {1, 0}, clock_.wall(), {}}).ok());
  EXPECT_THAT(other->state().gaps, IsEmpty());
  ASSERT_TRUE(other->noteGap({entry.position, {9, 0}, clock_.wall(), {}}).ok());
  EXPECT_EQ(store_->state().gaps.size(), 1U);
}

TEST_F(PostgresStoreTest, AServerThatComesLaterIsFound) {
  server_->kill();
  store_ = nullptr;
  auto opened = PostgresStore::open(settings_, log_.sink(), clock_);
  ASSERT_TRUE(opened.ok()) << "it is looked for again";
  store_ = std::move(*opened);
  std::vector<BatchRecord> records{scribe_.order({})};
  const record::JournalEntry entry = scribe_.accepted(records);
  const auto failed = store_->write({{entry}, records, {}});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, "history.unavailable");
  server_->start();
  clock_.advance(10s);
  write({entry}, records);
  EXPECT_TRUE(shown(records[0].content.id).has_value());
}

TEST_F(PostgresStoreTest, NumbersOfPersonsStandInNoColumnAndGoWithTheErasing) {
  std::vector<BatchRecord> records{
      scribe_.order({.sourceId = "13800138000", .key = "13800138000"})};
  const std::string id = records[0].content.id;
  write({scribe_.accepted(records)}, records);
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "13800138000")};
  write({entry});
  for (const char* table : {"record", "delivery", "exception", "attempt"})
    EXPECT_EQ(asked(std::string("SELECT count(*)::text FROM lianqiao.") + table +
                    " t WHERE t::text LIKE '%13800138000%' OR t::text LIKE '%' ||"
                    " encode('13800138000', 'hex') || '%'"),
              "0")
        << table;
  EXPECT_THAT(found({.word = "13800138000"}), ElementsAre(id));
  EXPECT_EQ(shown(id)->deliveries[0].receipt, "13800138000");
  ASSERT_TRUE(store_->erase("13800138000", {clock_.wall(), "wang", "erase", "why"}).ok());
  EXPECT_THAT(found({.word = "13800138000"}), IsEmpty());
  EXPECT_EQ(shown(id)->record->sourceId + shown(id)->record->key, "");
  EXPECT_EQ(shown(id)->deliveries[0].receipt, "");
  expectWhole();
}

TEST_F(PostgresStoreTest, FormerContentsAreErasedToo) {
  const std::string id = keep({.content = "旧的内容在此"});
  std::vector<BatchRecord> records{scribe_.order({.phone = "13900139000", .content = "新的"}, id)};
  record::JournalEntry entry = scribe_.entry();
  entry.updated = {id};
  write({entry}, records);
  const auto erased = store_->erase("13800138000", {clock_.wall(), "wang", "erase", "why"});
  ASSERT_TRUE(erased.ok()) << erased.error().detail;
  EXPECT_EQ(*erased, 1U) << "by the number of its former content";
  EXPECT_EQ(shown(id)->event, "");
  EXPECT_THAT(found({.number = "13900139000"}), IsEmpty());
  EXPECT_EQ(asked("SELECT array_length(former, 1)::text FROM lianqiao.record"), "");
}

/// Where no index serves the rows are looked through a window after the other.
TEST_F(PostgresStoreTest, ARareRecordBehindManyOthersIsFound) {
  const std::string older = keep({.sourceId = "A", .peer = "town"});
  const std::string rare = keep({.sourceId = "B", .peer = "town"});
  keep({.sourceId = "C"});
  EXPECT_EQ(asked("WITH more AS (INSERT INTO lianqiao.record SELECT part,"
                  " (substr(id::text, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, peer, type, key,"
                  " source, revision, accepted, happened, division, grid, configuration, flags,"
                  " block, place, destinations, former, terms FROM lianqiao.record,"
                  " generate_series(1, 120000) n WHERE peer='city' RETURNING 1)"
                  " SELECT count(*)::text FROM more"),
            "120000");
  Query query{.peer = "town", .limit = 1};
  std::vector<std::string> all;
  for (int pages = 0; pages < 20; ++pages) {
    const auto page = store_->find(query);
    ASSERT_TRUE(page.ok() && page->unread.empty());
    for (const Hit& hit : page->hits) all.push_back(hit.record.id);
    query.after = page->next;
    if (query.after.empty()) break;
  }
  EXPECT_THAT(all, ElementsAre(rare, older));
}

TEST_F(PostgresStoreTest, AMonthThatIsOverGoesWithItsPartitions) {
  settings_.retention = {{"orders", 24h * 30}};
  open();
  keep({.sourceId = "A"});
  keep({.sourceId = "B", .type = "alert"});
  const std::string partitions =
      "SELECT count(*)::text FROM pg_class WHERE relname LIKE '%:2026-11-%' AND relkind='r'";
  EXPECT_EQ(asked(partitions), "14");
  EXPECT_EQ(*store_->retire(timeOf("2026-12-31T00:00:00Z")), 1U);
  EXPECT_EQ(asked(partitions), "7");
  EXPECT_EQ(asked("SELECT count(*)::text FROM lianqiao.day"), "1");
  EXPECT_EQ(store_->state().parts, 1U);
}

TEST_F(PostgresStoreTest, WhatNoTextOfTheServerCanHaveDoesNotStopTheHistory) {
  std::vector<BatchRecord> records{scribe_.order({.sourceId = std::string("a\0b", 3)})};
  records[0].particulars.sourceId = std::string("a\0b\xFF", 4);
  records[0].particulars.grid = std::string("g\0\xFF", 3);
  const std::string id = records[0].content.id;
  record::JournalEntry entry = scribe_.accepted(records);
  entry.attempts = {Scribe::failed(id, 1)};
  entry.attempts[0].detail = std::string("x\0\xFFy", 4);
  write({entry}, records);
  EXPECT_EQ(shown(id)->record->sourceId, std::string("a\0b\xFF", 4));
  EXPECT_EQ(shown(id)->record->grid, "g??");
}

TEST_F(PostgresStoreTest, ADamagedBlockIsNamedAndTakesItsContentsAlone) {
  const std::string id = keep({});
  EXPECT_EQ(asked("UPDATE lianqiao.block SET bytes='\\x00' RETURNING 'done'"), "done");
  EXPECT_TRUE(shown(id)->record->gone);
  EXPECT_THAT(found({.peer = "city"}), ElementsAre(id));
  EXPECT_THAT(found({.text = "路灯"}), IsEmpty());
  const auto verified = store_->verify();
  ASSERT_TRUE(verified.ok());
  EXPECT_THAT(verified->problems, ElementsAre(HasSubstr("2026-11-orders: block 1 is damaged")));
  EXPECT_EQ(store_->erase("13800138000", {clock_.wall(), "w", "erase", ""}).error().code,
            "history.damaged");
  EXPECT_THAT(store_->acts(1).value(), IsEmpty()) << "nothing was done";
}

TEST_F(PostgresStoreTest, WithoutTheRightToWriteItSaysSo) {
  EXPECT_EQ(asked("CREATE ROLE looker LOGIN"), "");
  StoreSettings other = settings_;
  other.url = server_->fresh();
  const std::string user = "lianqiao@";
  other.url.replace(other.url.find(user), user.size(), "looker@");
  const auto opened = PostgresStore::open(other, log_.sink(), clock_);
  ASSERT_TRUE(opened.ok()) << "somebody may give it";
  EXPECT_THAT(log_.all().back(), HasSubstr("permission denied"));
  EXPECT_THAT((*opened)->find({}).error().detail, HasSubstr("which right is missing"));
}

}  // namespace
}  // namespace lianqiao::history
