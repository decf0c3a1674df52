#include "spool/spool_file.h"

#include <fstream>
#include <set>

#include "support/queue_fixture.h"

namespace lianqiao::spool {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

class SpoolFileTest : public ::testing::Test {
 protected:
  void open() {
    file_ = nullptr;
    auto opened = SpoolFile::open(folder(), log_.sink(), clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    file_ = std::move(*opened);
  }
  void fill(int rows, std::size_t size = 3000) {
    for (int i = 0; i < rows; ++i) {
      SpoolWrite write;
      write.rows.push_back(text(i, size));
      ASSERT_TRUE(file_->write(write).ok());
    }
  }
  static std::string text(int i, std::size_t size) {
    return std::to_string(i) + ":" + std::string(size, static_cast<char>('a' + i % 26));
  }
  std::vector<std::string> all() {
    std::vector<std::string> found;
    auto rows = file_->read(0, 100'000, 1u << 30);
    EXPECT_TRUE(rows.ok()) << (rows.ok() ? "" : rows.error().detail);
    if (rows.ok())
      for (StoredRow& row : *rows) found.push_back(std::move(row.bytes));
    return found;
  }
  /// What is there must be whole and in order.
  void expectIntact(std::size_t atLeast, std::size_t size = 3000) {
    const std::vector<std::string> rows = all();
    EXPECT_GE(rows.size(), atLeast);
    int last = -1;
    for (const std::string& row : rows) {
      const int number = std::stoi(row);
      EXPECT_GT(number, last);
      EXPECT_EQ(row, text(number, size));
      last = number;
    }
  }
  std::vector<fs::path> damagedFiles() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder()))
      if (entry.path().filename().string().starts_with("spool.db.damaged-") &&
          !entry.path().string().ends_with("-journal"))
        found.push_back(entry.path());
    return found;
  }
  void overwrite(std::uintmax_t at, std::size_t size) {
    std::fstream out(folder() / "spool.db", std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(at));
    out << std::string(size, '\xA5');
  }
  std::string logged() {
    std::string all;
    for (const std::string& line : log_.all()) all += line + "\n";
    return all;
  }
  fs::path folder() { return temporary_.path() / "spool"; }

  queue::TemporaryFolder temporary_;
  queue::ManualClock clock_;
  queue::LogLines log_;
  std::unique_ptr<SpoolFile> file_;
};

TEST_F(SpoolFileTest, KeepsRowsInOrderAcrossRestarts) {
  open();
  fill(20);
  open();
  expectIntact(20);
  EXPECT_EQ(file_->depth().submissions, 20u);
  EXPECT_GT(file_->depth().bytes, 20u * 3000);
  EXPECT_EQ(file_->depth().oldest, clock_.wall());
}

TEST_F(SpoolFileTest, ForgetsWhatIsGoneAndGivesItsSpaceBack) {
  open();
  fill(300);
  const auto large = fs::file_size(file_->path());
  auto rows = file_->read(0, 1000, 1u << 30);
  ASSERT_TRUE(rows.ok());
  SpoolWrite write;
  for (const StoredRow& row : *rows) write.gone.push_back({row.number, row.bytes.size()});
  ASSERT_TRUE(file_->write(write).ok());
  EXPECT_EQ(file_->depth().submissions, 0u);
  EXPECT_EQ(file_->depth().bytes, 0u);
  EXPECT_FALSE(file_->depth().oldest.has_value());
  EXPECT_LT(fs::file_size(file_->path()), large / 10);
  const std::int64_t newest = file_->newest();
  fill(1);
  EXPECT_GT(file_->newest(), newest);
}

TEST_F(SpoolFileTest, WhatIsSetAsideIsTriedAgainAtTheNextStart) {
  open();
  fill(3);
  SpoolWrite write;
  write.aside.push_back({2, 3002});
  ASSERT_TRUE(file_->write(write).ok());
  EXPECT_EQ(all().size(), 2u);
  EXPECT_EQ(file_->depth().aside, 1u);
  open();
  EXPECT_EQ(all().size(), 3u);
  EXPECT_EQ(file_->depth().aside, 0u);
}

TEST_F(SpoolFileTest, RemembersNoncesUntilTheirTime) {
  open();
  SpoolWrite write;
  write.nonces = {{"a", "use", clock_.wall() + 1min}, {"b", "", clock_.wall() + 3min}};
  ASSERT_TRUE(file_->write(write).ok());
  open();
  EXPECT_EQ(file_->nonces().size(), 2u);
  clock_.pass(2min);
  ASSERT_EQ(file_->nonces().size(), 1u);
  EXPECT_EQ(file_->nonces()[0].nonce, "b");
}

TEST_F(SpoolFileTest, AFileCutInTheMiddleGivesItsIntactRows) {
  open();
  fill(200);
  const auto size = fs::file_size(file_->path());
  file_ = nullptr;
  fs::resize_file(folder() / "spool.db", size / 2 + 17);
  open();
  expectIntact(80);
  ASSERT_EQ(damagedFiles().size(), 1u);
  EXPECT_EQ(fs::file_size(damagedFiles()[0]), size / 2 + 17);
  EXPECT_THAT(logged(), HasSubstr("spool.db.damaged-"));
  EXPECT_THAT(logged(), HasSubstr("ask the senders"));
  fill(1, 10);
  open();
  EXPECT_EQ(damagedFiles().size(), 1u) << "mended once, not at every start";
}

TEST_F(SpoolFileTest, DamagedPagesCostTheirRowsOnly) {
  open();
  fill(200);
  const auto size = fs::file_size(file_->path());
  file_ = nullptr;
  overwrite(size / 3, 5000);
  overwrite(size * 2 / 3, 5000);
  open();
  expectIntact(185);
  EXPECT_LT(all().size(), 200u);
  EXPECT_EQ(damagedFiles().size(), 1u);
}

TEST_F(SpoolFileTest, AWrongByteInARowCostsThatRowOnly) {
  open();
  fill(50);
  const auto size = fs::file_size(file_->path());
  file_ = nullptr;
  // Rows of 3000 bytes: nearly every byte is a row's content.
  overwrite(size / 2, 1);
  open();
  expectIntact(49);
  EXPECT_EQ(all().size(), 49u);
  EXPECT_THAT(logged(), HasSubstr("49 intact"));
}

TEST_F(SpoolFileTest, AFileWithoutItsHeadIsSetAside) {
  open();
  fill(20);
  file_ = nullptr;
  overwrite(0, 2000);
  open();
  EXPECT_EQ(damagedFiles().size(), 1u);
  fill(3);
  EXPECT_EQ(all().size(), 3u);
}

TEST_F(SpoolFileTest, AnEmptyFileIsTakenAsDamagedNotAsNew) {
  open();
  fill(20);
  file_ = nullptr;
  fs::resize_file(folder() / "spool.db", 0);
  open();
  EXPECT_EQ(damagedFiles().size(), 1u);
  EXPECT_THAT(logged(), HasSubstr("it is empty"));
}

TEST_F(SpoolFileTest, DamageMetWhileItRunsIsMended) {
  open();
  fill(120, 30'000);  // more than SQLite keeps in memory
  overwrite(fs::file_size(file_->path()) / 4, 5000);
  expectIntact(118, 30'000);
  EXPECT_EQ(damagedFiles().size(), 1u);
  fill(1, 10);
}

// Who reads on behind it would never come back to a row that lies aside no more.
TEST_F(SpoolFileTest, WhatLiesAsideStaysThereWhenDamageIsMended) {
  open();
  fill(120, 30'000);
  SpoolWrite write;
  write.aside.push_back({100, 30'004});
  ASSERT_TRUE(file_->write(write).ok());
  overwrite(fs::file_size(file_->path()) / 4, 5000);
  for (const std::string& row : all()) EXPECT_NE(row.substr(0, 3), "99:");
  ASSERT_EQ(damagedFiles().size(), 1u);
  EXPECT_EQ(file_->depth().aside, 1u);
  EXPECT_EQ(all().size(), file_->depth().submissions);
  ASSERT_TRUE(file_->takeUpAside().ok());
  EXPECT_EQ(file_->depth().aside, 0u);
  EXPECT_EQ(all().size(), file_->depth().submissions);
}

TEST_F(SpoolFileTest, WhatIsSetAsideTwiceIsCountedOnce) {
  open();
  fill(3);
  SpoolWrite write;
  write.aside.push_back({2, 3002});
  ASSERT_TRUE(file_->write(write).ok());
  ASSERT_TRUE(file_->write(write).ok());
  EXPECT_EQ(file_->depth().aside, 1u);
  EXPECT_EQ(file_->depth().submissions, 2u);
}

TEST_F(SpoolFileTest, EveryPlaceOfDamageIsSurvived) {
  open();
  fill(40);
  file_ = nullptr;
  const fs::path good = temporary_.path() / "good.db";
  fs::copy_file(folder() / "spool.db", good);
  const auto size = fs::file_size(good);
  for (std::uintmax_t at = 0; at < size; at += 2039) {
    fs::copy_file(good, folder() / "spool.db", fs::copy_options::overwrite_existing);
    overwrite(at, 64);
    open();
    expectIntact(0);
    file_ = nullptr;
  }
}

TEST_F(SpoolFileTest, AMendingThatWasCutOffIsEnded) {
  open();
  fill(5);
  file_ = nullptr;
  fs::copy_file(folder() / "spool.db", folder() / "spool.db.mended");
  fs::rename(folder() / "spool.db", folder() / "spool.db.damaged-20260101T000000");
  open();
  expectIntact(5);
}

TEST_F(SpoolFileTest, SaysWhatToDoWhereItHasNoRights) {
  std::ofstream(folder()) << "a file where the folder should be";
  const auto opened = SpoolFile::open(folder(), log_.sink(), clock_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "config.invalid");
  EXPECT_THAT(opened.error().detail, HasSubstr("check its owner"));
}

TEST_F(SpoolFileTest, IsOpenInOneProcessOnly) {
  open();
  const auto second = SpoolFile::open(folder(), log_.sink(), clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().detail, HasSubstr("locked"));
}

}  // namespace
}  // namespace lianqiao::spool
