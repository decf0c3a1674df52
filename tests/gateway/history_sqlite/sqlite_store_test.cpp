// What is particular to files: damage, a full disk, months, what stands in them in clear.
#include "history_sqlite/sqlite_store.h"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <random>

#include "gateway/history_sqlite/sqlite_fixture.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class SqliteStoreTest : public SqliteHistory {
 protected:
  void overwrite(const std::string& file, std::uintmax_t at, std::size_t size) {
    std::fstream out(settings_.folder / file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(at));
    out << std::string(size, '\xA5');
  }
  std::string bytesOf(const std::string& file) {
    std::ifstream in(settings_.folder / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
};

TEST_F(SqliteStoreTest, EachMonthAndClassHasItsFileThatNobodyElseReads) {
  open();
  clock_.setWall(timeOf("2026-11-30T23:59:59.999Z"));
  const std::string order = keep({.sourceId = "A"});
  EXPECT_EQ(clock_.wall(), timeOf("2026-12-01T00:00:00.999Z"));
  const std::string next = keep({.sourceId = "B"});
  const std::string alert = keep({.sourceId = "C", .type = "alert"});
  EXPECT_THAT(files(), Contains("2026-11-orders.db"));
  EXPECT_THAT(files(), Contains("2026-12-orders.db"));
  EXPECT_THAT(files(), Contains("2026-12-records.db"));
  EXPECT_THAT(files(), Not(Contains("2026-11-records.db")));
  // What becomes of it in December goes to the record's own file.
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(order, "R")};
  write({entry});
  EXPECT_EQ(shown(order)->deliveries[0].receipt, "R");
  EXPECT_EQ(counted("2026-12-01")["county work_order out"], 1U);
  EXPECT_THAT(found({.peer = "city"}), ElementsAre(alert, next, order));
  for (const std::string& file : files()) {
    struct stat about {};
    ASSERT_EQ(::stat((settings_.folder / file).c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U) << file;
  }
  struct stat about {};
  ASSERT_EQ(::stat(settings_.folder.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700U);
  expectWhole();
}

TEST_F(SqliteStoreTest, AnyNameOfTheConfigurationIsAClass) {
  settings_.kinds = {{"work_order", "city-orders"}};
  open();
  const std::string id = keep({});
  EXPECT_THAT(files(), Contains("2026-11-city-orders.db"));
  open();
  EXPECT_TRUE(shown(id).has_value());
  EXPECT_THAT(found({.peer = "city"}), ElementsAre(id));
  settings_.kinds = {{"work_order", "-orders"}};
  store_ = nullptr;
  EXPECT_FALSE(SqliteStore::open(settings_, log_.sink(), clock_).ok());
}

TEST_F(SqliteStoreTest, ADamagedMonthIsSetAsideAndTheOthersGoOn) {
  open();
  const std::string lost = keep({.sourceId = "A"});
  clock_.setWall(timeOf("2026-12-05T00:00:00Z"));
  const std::string kept = keep({.sourceId = "B"});
  store_ = nullptr;
  overwrite("2026-11-orders.db", 0, 4096);
  open();
  EXPECT_THAT(found({.peer = "city"}), ElementsAre(kept));
  const StoreState state = store_->state();
  ASSERT_THAT(state.damaged, SizeIs(1));
  EXPECT_THAT(state.damaged[0], StartsWith("2026-11-orders.db.damaged-"));
  EXPECT_THAT(log_.all(), Contains(HasSubstr("2026-11-orders.db is damaged")));
  EXPECT_FALSE(store_->verify()->problems.empty());
  // What happens to its records from now on stands in a new file.
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(lost, "R")};
  write({entry});
  EXPECT_TRUE(shown(lost)->record->gone);
  open();
  EXPECT_THAT(store_->state().damaged, SizeIs(1));
}

TEST_F(SqliteStoreTest, DamageMetWhileWritingSetsTheFileAsideAndTheBatchStandsInANewOne) {
  open();
  keep({.sourceId = "A"});
  store_ = nullptr;
  overwrite("2026-11-orders.db", 100, 3000);
  open();
  const std::string id = keep({.sourceId = "B"});
  EXPECT_TRUE(shown(id).has_value());
  EXPECT_THAT(store_->state().damaged, SizeIs(1));
}

TEST_F(SqliteStoreTest, AnEntryThatFitsNoRowSetsNoFileAside) {
  open();
  const std::string id = keep({});
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "R", ""), Scribe::buried(id, scribe_.id(), ""),
                    Scribe::delivered(id, "R-2")};
  write({entry});
  EXPECT_EQ(shown(id)->deliveries.size(), 1U);
  EXPECT_EQ(shown(id)->deliveries[0].receipt, "R-2");
  {
    std::string why;
    const auto file = sqlite::Database::open((settings_.folder / "2026-11-orders.db").string(),
                                             sqlite::Database::Mode::write, why);
    ASSERT_TRUE(file->run("DELETE FROM record"));
  }
  entry = scribe_.entry();
  entry.updated = {id};
  const auto written = store_->write({{entry}, {scribe_.order({}, id)}, {}});
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, codes::kHistoryUnavailable);
  EXPECT_THAT(store_->state().damaged, IsEmpty());
  EXPECT_THAT(files(), Contains("2026-11-orders.db"));
}

TEST_F(SqliteStoreTest, ARecordThatCannotBeCountedFailsItsBatch) {
  open();
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(scribe_.id(), "R")};
  write({entry});
  const std::string early = entry.attempts[0].record;
  std::string why;
  const auto file = sqlite::Database::open((settings_.folder / "2026-11-records.db").string(),
                                           sqlite::Database::Mode::write, why);
  ASSERT_TRUE(
      file->run("CREATE TRIGGER no BEFORE UPDATE ON record BEGIN"
                " SELECT raise(ABORT, 'no'); END"));
  entry = scribe_.entry();
  entry.accepted = {early};
  ASSERT_FALSE(store_->write({{entry}, {}, {}}).ok());
  ASSERT_TRUE(file->run("DROP TRIGGER no"));
  write({entry});
  EXPECT_EQ(shown(early)->record->configuration, "v1");
  expectWhole();
}

TEST_F(SqliteStoreTest, AReaderThatWaitsKeepsLittleOfItsFile) {
  open();
  std::minstd_rand random(7);
  std::vector<BatchRecord> records;
  for (int i = 0; i < 40; ++i) {
    records.push_back(scribe_.order({.sourceId = std::to_string(i)}));
    std::string& evidence = records.back().content.evidence;
    for (int byte = 0; byte < 250'000; ++byte) evidence += static_cast<char>(random() >> 8);
  }
  write({scribe_.accepted(records)}, records);
  open();
  const std::size_t before = ::mallinfo2().uordblks;
  for (const BatchRecord& one : records) EXPECT_TRUE(shown(one.content.id).has_value());
  EXPECT_LT(::mallinfo2().uordblks, before + 3'000'000);
}

TEST_F(SqliteStoreTest, ADamagedFileOfWhatWasSentIsSetAsideAndNothingElse) {
  open();
  const std::string id = keep({});
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "R")};
  ASSERT_TRUE(store_->write({{entry}, {}, {}, {{id, "county", "sent"}}}).ok());
  store_ = nullptr;
  overwrite("2026-11.sent", 0, 4096);
  open();
  entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "R", "town")};
  ASSERT_TRUE(store_->write({{entry}, {}, {}, {{id, "town", "sent"}}}).ok());
  EXPECT_EQ(*store_->sent(id, "town"), "sent");
  EXPECT_EQ(*store_->sent(id, "county"), std::nullopt);
  EXPECT_EQ(shown(id)->deliveries.size(), 2U);
  EXPECT_THAT(store_->state().damaged, ElementsAre(StartsWith("2026-11.sent.damaged-")));
}

/// Each look at it takes half a second.
class SlowClock final : public base::Clock {
 public:
  explicit SlowClock(const base::Clock& wall) : wall_(wall) {}
  [[nodiscard]] WallTime wall() const override { return wall_.wall(); }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(500) * ++looks_);
  }

 private:
  const base::Clock& wall_;
  mutable std::atomic<int> looks_{0};
};

TEST_F(SqliteStoreTest, APageWithinOneMonthEndsInTimeAndTheNextGoesOn) {
  open();
  std::vector<BatchRecord> records;
  for (int i = 0; i < 1000; ++i) records.push_back(scribe_.order({.sourceId = std::to_string(i)}));
  const std::string first = records[0].content.id;
  write({scribe_.accepted(records)}, records);
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(first, "R")};
  write({entry});
  store_ = nullptr;
  const SlowClock slow(clock_);
  auto opened = SqliteStore::open(settings_, log_.sink(), slow);
  ASSERT_TRUE(opened.ok());
  // Neither state has an index.
  for (const auto& [state, limit, hits] :
       {std::tuple(DeliveryState::delivered, std::size_t{50}, std::size_t{1}),
        std::tuple(DeliveryState::owed, std::size_t{1000}, std::size_t{999})}) {
    Query query;
    query.state = state;
    query.limit = limit;
    std::size_t pages = 0;
    std::set<std::string> found;
    do {
      const auto page = (*opened)->find(query);
      ASSERT_TRUE(page.ok()) << page.error().detail;
      for (const Hit& hit : page->hits) EXPECT_TRUE(found.insert(hit.record.id).second);
      query.after = page->next;
      ++pages;
    } while (!query.after.empty() && pages < 100);
    EXPECT_GE(pages, 3U);
    EXPECT_EQ(found.size(), hits);
  }
}

TEST_F(SqliteStoreTest, OneStoreAtATimeHasAFolder) {
  open();
  const auto second = SqliteStore::open(settings_, log_.sink(), clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, codes::kHistoryUnavailable);
  EXPECT_THAT(second.error().detail, HasSubstr("Another process holds"));
  open();
  keep({});
}

TEST_F(SqliteStoreTest, ALogWhoseFileIsGoneIsNotReplayedIntoANewOne) {
  open();
  const std::string lost = keep({.sourceId = "A"});
  const fs::path log = settings_.folder / "2026-11-orders.db-wal";
  const fs::path kept = folder_.path() / "log";
  fs::copy_file(log, kept);
  ASSERT_GT(fs::file_size(kept), 0U);
  store_ = nullptr;
  fs::remove(settings_.folder / "2026-11-orders.db");
  fs::copy_file(kept, log);
  open();
  const std::string id = keep({.sourceId = "B"});
  EXPECT_THAT(found({.peer = "city"}), ElementsAre(id));
  EXPECT_FALSE(shown(lost).has_value());
  expectWhole();
}

TEST_F(SqliteStoreTest, ADamagedBlockTakesNothingElseWithIt) {
  open();
  std::vector<BatchRecord> records;
  for (int i = 0; i < 200; ++i) {
    records.push_back(scribe_.order({.sourceId = "SL" + std::to_string(i)}));
    clock_.advance(1ms);
  }
  write({scribe_.accepted(records)}, records);
  store_ = nullptr;
  {
    std::string why;
    const auto file = sqlite::Database::open((settings_.folder / "2026-11-orders.db").string(),
                                             sqlite::Database::Mode::write, why);
    ASSERT_TRUE(file->run("UPDATE block SET bytes=zeroblob(length(bytes)) WHERE number=1"));
  }
  open();
  EXPECT_EQ(found({.peer = "city", .limit = 1000}).size(), 200U);
  // What stands in rows is told of one whose contents are lost.
  const std::string lost = records[0].content.id;
  const auto trail = shown(lost);
  ASSERT_TRUE(trail && trail->record);
  EXPECT_TRUE(trail->record->gone);
  EXPECT_EQ(trail->record->sourceId, "SL0");
  EXPECT_EQ(trail->deliveries.size(), 1U);
  EXPECT_FALSE(shown(records[199].content.id)->record->gone);
  const auto byId = store_->find({.word = lost});
  ASSERT_TRUE(byId.ok() && byId->hits.size() == 1);
  EXPECT_THAT(byId->unread, ElementsAre(HasSubstr("2026-11-orders.db: a block of it")));
  const auto byText = store_->find({.text = "路灯", .limit = 1000});
  ASSERT_TRUE(byText.ok());
  EXPECT_EQ(byText->hits.size(), 200U - 64U);
  EXPECT_THAT(byText->unread, ElementsAre(HasSubstr("2026-11-orders.db: a block of it")));
  EXPECT_THAT(store_->verify()->problems, Contains(HasSubstr("block 1 is damaged")));
  EXPECT_THAT(store_->state().damaged, IsEmpty());
}

TEST_F(SqliteStoreTest, ADamagedCatalogueIsMadeAnewFromTheFiles) {
  open();
  std::vector<BatchRecord> records{scribe_.order({})};
  const record::JournalEntry entry = scribe_.accepted(records);
  write({entry}, records);
  store_ = nullptr;
  overwrite("catalogue.db", 0, 4096);
  open();
  EXPECT_EQ(store_->position(), record::JournalPosition());
  EXPECT_TRUE(shown(records[0].content.id).has_value());
  EXPECT_EQ(counted("2026-11-20")["city work_order in"], 1U);
  // The journal is read from its begin: the files know what they have.
  write({entry}, records);
  EXPECT_EQ(counted("2026-11-20")["city work_order in"], 1U);
  expectWhole();
}

/// No file may grow beyond so many bytes, as on a disk without room.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
};

TEST_F(SqliteStoreTest, WithoutRoomABatchFailsWholeAndStandsThereOnceLater) {
  open();
  const std::string before = keep({.sourceId = "A"});
  std::vector<BatchRecord> records;
  for (int i = 0; i < 300; ++i) {
    // Two files, of which one finds no room.
    records.push_back(scribe_.order({.sourceId = "SL" + std::to_string(i),
                                     .content = scribe_.id() + scribe_.id() + scribe_.id(),
                                     .type = i == 0 ? "alert" : "work_order"}));
    clock_.advance(1ms);
  }
  const record::JournalEntry entry = scribe_.accepted(records);
  const record::JournalPosition position = store_->position();
  {
    const FileLimit limit(120'000);
    const auto written = store_->write({{entry}, records, {}});
    ASSERT_FALSE(written.ok());
    EXPECT_THAT(written.error().code, StartsWith("history."));
    EXPECT_EQ(store_->position(), position);
    EXPECT_TRUE(shown(before).has_value()) << "reading goes on";
  }
  EXPECT_FALSE(shown(records[7].content.id).has_value());
  write({entry}, records);
  EXPECT_EQ(store_->position(), entry.position);
  EXPECT_EQ(counted("2026-11-20")["city work_order in"], 300U);
  EXPECT_EQ(counted("2026-11-20")["city alert in"], 1U);
  expectWhole();
}

TEST_F(SqliteStoreTest, NoFileTellsANumberOfAPersonInClear) {
  open();
  // Where a county sends it as source id, key and receipt, too.
  const std::string id = keep({.sourceId = "13800138000", .key = "tel:13800138000"});
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::failed(id, 1), Scribe::delivered(id, "ok 13800138000")};
  entry.attempts[0].detail = "13800138000 is unknown";
  const std::string exception = scribe_.id();
  entry.quarantined = {exception};
  write({entry}, {}, {{exception, "city", "validate.schema", "[]", "13800138000", "", {}, "", ""}});
  EXPECT_THAT(found({.word = "13800138000"}), ElementsAre(exception, id));
  EXPECT_THAT(found({.word = "tel:13800138000"}), ElementsAre(id));
  EXPECT_THAT(found({.word = "ok 13800138000"}), ElementsAre(id));
  EXPECT_EQ(shown(id)->record->sourceId, "13800138000");
  EXPECT_EQ(shown(id)->attempts[0].detail, "138****8000 is unknown");
  store_ = nullptr;
  std::string why;
  for (const char* name : {"2026-11-orders.db", "2026-11-records.db"}) {
    const auto file = sqlite::Database::open((settings_.folder / name).string(),
                                             sqlite::Database::Mode::write, why);
    // Compressed contents may be anything: they are left out.
    ASSERT_TRUE(
        file->run("PRAGMA secure_delete=ON; UPDATE block SET bytes='';"
                  "UPDATE exception SET contents=''; VACUUM;"
                  "PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  for (const std::string& file : files())
    EXPECT_EQ(bytesOf(file).find("13800138000"), std::string::npos) << file;
}

TEST_F(SqliteStoreTest, ErasedContentsAreInNoPageOfTheFile) {
  open();
  keep({});
  std::string packed;
  {
    std::string why;
    const auto file = sqlite::Database::open((settings_.folder / "2026-11-orders.db").string(),
                                             sqlite::Database::Mode::write, why);
    sqlite::Statement block(*file, "SELECT bytes FROM block");
    ASSERT_TRUE(block.row());
    packed = std::string(block.bytes(0).substr(100, 200));
  }
  ASSERT_NE(bytesOf("2026-11-orders.db-wal").find(packed), std::string::npos);
  ASSERT_EQ(store_->erase("13800138000", {clock_.wall(), "wang", "erase", "asked"}).value(), 1U);
  store_ = nullptr;
  for (const std::string& file : files())
    EXPECT_EQ(bytesOf(file).find(packed), std::string::npos) << file;
}

TEST_F(SqliteStoreTest, ErasingIsNotDoneWhileSomebodyReadsFormerPages) {
  open();
  keep({});
  const Act act{clock_.wall(), "wang", "erase", "asked"};
  std::string why;
  const auto reader = sqlite::Database::open((settings_.folder / "2026-11-orders.db").string(),
                                             sqlite::Database::Mode::read, why);
  ASSERT_TRUE(reader->run("BEGIN; SELECT count(*) FROM record"));
  const auto refused = store_->erase("13800138000", act);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, codes::kHistoryUnavailable);
  EXPECT_GT(bytesOf("2026-11-orders.db-wal").size(), 0U);
  ASSERT_TRUE(reader->run("COMMIT"));
  EXPECT_TRUE(store_->erase("13800138000", act).ok());
  EXPECT_EQ(bytesOf("2026-11-orders.db-wal").size(), 0U);
}

TEST_F(SqliteStoreTest, AKeyThatIsMissingOrThatOthersReadIsRefused) {
  open();
  const std::string id = keep({});
  store_ = nullptr;
  fs::permissions(settings_.folder / "key", fs::perms::others_read, fs::perm_options::add);
  const auto refused = SqliteStore::open(settings_, log_.sink(), clock_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, codes::kHistoryUnavailable);
  fs::permissions(settings_.folder / "key", fs::perms::owner_read);
  fs::rename(settings_.folder / "key", folder_.path() / "backup");
  const auto missing = SqliteStore::open(settings_, log_.sink(), clock_);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, codes::kHistoryUnavailable);
  EXPECT_THAT(missing.error().detail, HasSubstr("back from the backup"));
  EXPECT_THAT(files(), Not(Contains("key"))) << "none is made in its place";
  fs::rename(folder_.path() / "backup", settings_.folder / "key");
  open();
  EXPECT_THAT(found({.number = "13800138000"}), ElementsAre(id));
}

TEST_F(SqliteStoreTest, WithoutWordsTextsCostNothingAndAreNotSearched) {
  settings_.words = false;
  open();
  keep({});
  EXPECT_FALSE(store_->find({.text = "路灯"}).ok());
}

}  // namespace
}  // namespace lianqiao::history
