#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "file_drop/result_file.h"
#include "file_drop/sample_source.h"
#include "lianqiao/codes.h"
#include "life_fixture.h"

namespace lianqiao::file_drop::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using lianqiao::test::readFile;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

// It was left in the folder for ever, without a word.
TEST_F(Life, AnOldWorkbookIsRefusedWithAResultThatSaysWhatToDo) {
  drop_.write("台账.XLS", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on");
  runAll();
  EXPECT_THAT(namesIn(drop_.path() / "failed"), ElementsAre(EndsWith(".XLS")));
  EXPECT_THAT(result("台账.XLS"), HasSubstr("save it as .xlsx"));
}

TEST_F(Life, AFileIsTakenAnsweredAndArchived) {
  drop_.write("台账 一.csv", "编号,内容\n1,a\n2,b,c\n");
  runAll();
  EXPECT_EQ(stored_.size(), 2u);
  EXPECT_EQ(result("台账 一.csv"),
            "\xEF\xBB\xBF行号 row,工作表 sheet,状态 status,记录编号 record,来源编号 source id,"
            "异常编号 exception,原因 problems\r\n"
            "2,,已受理 accepted,R1,,,\r\n"
            "3,,异常 exception,,,R2,\"decode.row /_columns: row 3, column C: there is a value, but "
            "the header "
            "has only 2 columns\"\r\n");
  EXPECT_THAT(namesIn(drop_.path() / "archive"),
              ElementsAre(MatchesRegex("台账 一\\.20260101T0000..Z\\.[0-9a-f]{8}\\.csv")));
  EXPECT_THAT(namesIn(drop_.path() / ".claimed"), IsEmpty());
}

TEST_F(Life, AFileIsLeftAloneUntilItHasSettled) {
  const fs::path file = drop_.write("a.csv", "k\n1\n");
  EXPECT_TRUE(poll()->items.empty());
  host_.advance(4s);
  EXPECT_TRUE(poll()->items.empty());
  std::ofstream(file, std::ios::app) << "2\n";
  host_.advance(4s);
  EXPECT_TRUE(poll()->items.empty()) << "it grew: the time starts anew";
  host_.advance(5s);
  EXPECT_EQ(poll()->items.size(), 2u);
}

TEST_F(Life, AFileThatSomeoneStillWritesIsLeftAlone) {
  const fs::path file = drop_.write("a.csv", "k\n1\n");
  const int writer = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  ASSERT_TRUE(poll().ok());
  host_.advance(60s);
  EXPECT_TRUE(poll()->items.empty());
  ::close(writer);
  EXPECT_EQ(poll()->items.size(), 1u);
}

TEST_F(Life, AHalfWrittenWorkbookIsWaitedForThenRefusedByName) {
  const std::string bytes = writeWorkbook("s", {{"k"}, {"1"}});
  drop_.write("whole later.xlsx", bytes.substr(0, bytes.size() / 2));
  ASSERT_TRUE(poll().ok());
  host_.advance(60s);
  EXPECT_TRUE(poll()->items.empty());
  drop_.write("whole later.xlsx", bytes);
  runAll();
  EXPECT_EQ(stored_.size(), 1u);

  drop_.write("cut.xlsx", bytes.substr(0, bytes.size() / 2));
  ASSERT_TRUE(poll().ok());
  host_.advance(601s);
  runAll();
  ASSERT_EQ(stored_.size(), 2u);
  EXPECT_EQ(stored_[1], R"({"_origin":{"file":"cut.xlsx"}})");
  EXPECT_THAT(result("cut.xlsx"), HasSubstr("damaged or incomplete"));
  EXPECT_THAT(namesIn(drop_.path() / "failed"), ElementsAre(EndsWith(".xlsx")));
}

TEST_F(Life, AFileBrokenHalfWayGivesOneItemNotHalfOfItsRows) {
  std::vector<std::vector<std::string>> rows = {{"k"}};
  for (int i = 0; i < 3000; ++i) rows.push_back({std::to_string(i * 7919 % 3001)});
  std::string bytes = writeWorkbook("s", rows);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] + 1);
  drop_.write("a.xlsx", bytes);
  runAll();
  EXPECT_EQ(stored_.size(), 1u);
  EXPECT_THAT(namesIn(drop_.path() / "failed").size(), 1u);
}

TEST_F(Life, AFileWithoutRowsIsArchivedWithAnEmptyResult) {
  drop_.write("a.csv", "k,v\r\n");
  drop_.write("b.csv", "");
  runAll();
  host_.advance(30s);  // nobody can say that nothing is still to come
  runAll();
  EXPECT_EQ(namesIn(drop_.path() / "archive").size(), 2u);
  EXPECT_THAT(result("a.csv"), EndsWith("problems\r\n"));
}

TEST_F(Life, BatchesAreBoundedAndTheCursorSurvivesARestart) {
  std::string text = "k\n";
  for (int i = 0; i < 450; ++i) text += std::to_string(i) + "\n";
  drop_.write("a.csv", text);
  ASSERT_TRUE(poll().ok());
  host_.advance(6s);
  auto first = poll();
  ASSERT_EQ(first->items.size(), 200u);
  EXPECT_TRUE(first->more);
  ASSERT_TRUE(source_->confirm(*first, store(*first)).ok());
  restart({});
  auto second = poll();
  ASSERT_EQ(second->items.size(), 200u);
  EXPECT_THAT(second->items[0].body, HasSubstr("\"200\""));
  ASSERT_TRUE(source_->confirm(*second, store(*second)).ok());
  runAll();
  EXPECT_EQ(stored_.size(), 450u);
  EXPECT_EQ(std::count(stored_.begin(), stored_.end(), stored_[0]), 1);
}

TEST_F(Life, ACrashBetweenStoreAndConfirmLosesNoRowAndNoResult) {
  drop_.write("a.csv", "k\n1\n2\n3\n");
  restart({{"batch", std::int64_t{2}}});
  ASSERT_TRUE(poll().ok());
  host_.advance(6s);
  auto first = poll();
  store(*first);
  restart({{"batch", std::int64_t{2}}});
  runAll();
  EXPECT_EQ(stored_.size(), 3u);
  EXPECT_THAT(result("a.csv"), HasSubstr("2,,重复 duplicate"));
  EXPECT_THAT(result("a.csv"), HasSubstr("4,,已受理 accepted"));
}

TEST_F(Life, ACrashAfterTheLastStoreStillFinishesTheFile) {
  drop_.write("a.csv", "k\n1\n");
  ASSERT_TRUE(poll().ok());
  host_.advance(6s);
  store(*poll());
  restart({});
  runAll();
  EXPECT_EQ(stored_.size(), 1u);
  EXPECT_EQ(namesIn(drop_.path() / "archive").size(), 1u);
}

TEST_F(Life, AHalfWrittenResultLineIsCutOffAndWrittenAgain) {
  drop_.write("a.csv", "k\n1\n2\n3\n");
  restart({{"batch", std::int64_t{2}}});
  ASSERT_TRUE(poll().ok());
  host_.advance(6s);
  auto first = poll();
  ASSERT_TRUE(source_->confirm(*first, store(*first)).ok());
  const fs::path claim = drop_.path() / ".claimed" / namesIn(drop_.path() / ".claimed").at(0);
  const fs::path part = claim / "a.csv.result.csv.part";
  fs::resize_file(part, fs::file_size(part) - 5);
  restart({{"batch", std::int64_t{2}}});
  runAll();
  const std::string text = result("a.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_EQ(stored_.size(), 3u);
}

TEST_F(Life, ALostStoreIsFilledAgainFromTheClaimedFile) {
  drop_.write("a.csv", "k\n1\n2\n3\n");
  restart({{"batch", std::int64_t{2}}});
  ASSERT_TRUE(poll().ok());
  host_.advance(6s);
  auto first = poll();
  ASSERT_TRUE(source_->confirm(*first, store(*first)).ok());
  cursor_.clear();
  stored_.clear();
  restart({});
  runAll();
  EXPECT_EQ(stored_.size(), 3u) << "the cursor is what counts";
}

TEST_F(Life, ACrashBetweenTheTwoMovesStillDeliversTheResult) {
  fs::create_directories(drop_.path() / ".claimed/000000000000001-ab");
  drop_.write(".claimed/000000000000001-ab/x.csv.result.csv.part", "done\r\n");
  fs::create_directories(drop_.path() / ".claimed/000000000000002-cd");
  ASSERT_TRUE(poll().ok());
  EXPECT_EQ(result("x.csv"), "done\r\n");
  EXPECT_THAT(namesIn(drop_.path() / ".claimed"), IsEmpty());
}

TEST_F(Life, AFileThatCannotBeReadIsOneExceptionAlsoAfterARestart) {
  drop_.write("a.xlsx", "no workbook at all");
  ASSERT_TRUE(poll().ok());
  host_.advance(601s);
  auto batch = poll();
  ASSERT_EQ(batch->items.size(), 1u);
  EXPECT_EQ(batch->items[0].problems.at(0).code, codes::kBadFile);
  store(*batch);
  restart({});
  runAll();
  EXPECT_EQ(stored_.size(), 1u);
  EXPECT_THAT(result("a.xlsx"), HasSubstr("异常 exception"));
  EXPECT_EQ(namesIn(drop_.path() / "failed").size(), 1u);
}

TEST_F(Life, TwoFilesOfOneNameKeepTheirOwnResultsAndArchives) {
  drop_.write("-a b.csv", "k\n1\n");
  runAll();
  drop_.write("-a b.csv", "k\n1\n");
  runAll();
  EXPECT_EQ(namesIn(drop_.path() / "archive").size(), 2u);
  EXPECT_THAT(result("-a b.csv"), HasSubstr("accepted"));
  EXPECT_THAT(readFile(drop_.path() / "-a b.csv-2.result.csv"), HasSubstr("duplicate"));
}

TEST_F(Life, AResultOfAnyNumberIsNeverTakenAsALedger) {
  for (int i = 0; i < 3; ++i) {
    drop_.write("x.csv", "k\n" + std::to_string(i) + "\n");
    runAll();
  }
  const auto archived = namesIn(drop_.path() / "archive");
  const auto dropped = namesIn(drop_.path());
  ASSERT_EQ(archived.size(), 3u);
  runAll();
  runAll();
  EXPECT_EQ(namesIn(drop_.path() / "archive"), archived);
  EXPECT_EQ(namesIn(drop_.path()), dropped);
  EXPECT_EQ(stored_.size(), 3u);
}

TEST_F(Life, AFileThatMayNotBeReadIsReportedAndKeepsNoOtherWaiting) {
  const fs::path locked = drop_.write("a locked.csv", "k\n1\n");
  fs::last_write_time(locked, fs::file_time_type::clock::now() - 1h);
  fs::permissions(locked, fs::perms::none);
  drop_.write("b.csv", "k\n2\n");
  for (const auto& entry : fs::recursive_directory_iterator(drop_.path()))
    Unprivileged::give(entry);
  Unprivileged::give(drop_.path());
  const Unprivileged rights;
  runAll();
  EXPECT_EQ(stored_.size(), 1u);
  EXPECT_THAT(result("b.csv"), HasSubstr("accepted"));
  EXPECT_TRUE(fs::exists(locked));
  EXPECT_EQ(host_.counted("files_unreadable"), 1u) << "said once, not at every look";
  EXPECT_THAT(host_.logs().front().message, HasSubstr("a locked.csv"));
  fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_write);
  runAll();
  EXPECT_EQ(stored_.size(), 2u);
}

TEST_F(Life, AFileThatFitsNoPatternIsReportedOnceAndLeftWhereItIs) {
  const fs::path misfit = drop_.write("minutes.docx", "PK");
  drop_.write("half.csv.part", "k\n");
  drop_.write("b.csv", "k\n2\n");
  runAll();
  runAll();
  EXPECT_EQ(stored_.size(), 1u);
  EXPECT_TRUE(fs::exists(misfit));
  EXPECT_EQ(host_.counted("files_ignored"), 1u);
  EXPECT_THAT(source_->poll(cursor_, {})->unread, HasSubstr("minutes.docx fits no pattern"));
  EXPECT_EQ(exceptions_.size(), 1u);
}

TEST_F(Life, AClaimedFileThatMayNotBeReadKeepsNoOtherWaiting) {
  fs::create_directories(drop_.path() / ".claimed/000000000000001-ab");
  const fs::path locked = drop_.write(".claimed/000000000000001-ab/a.csv", "k\n1\n");
  fs::permissions(locked, fs::perms::none);
  drop_.write("b.csv", "k\n2\n");
  for (const auto& entry : fs::recursive_directory_iterator(drop_.path()))
    Unprivileged::give(entry);
  Unprivileged::give(drop_.path());
  const Unprivileged rights;
  runAll();
  EXPECT_EQ(stored_.size(), 1u);
  fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_write);
  runAll();
  EXPECT_EQ(stored_.size(), 2u);
}

TEST_F(Life, OnlyDroppedFilesAreTaken) {
  drop_.write("~$a.xlsx", "lock");
  drop_.write(".hidden.csv", "k\n1\n");
  drop_.write("a.csv.part", "k\n1\n");
  drop_.write("a.pdf", "k\n1\n");
  drop_.write("a.csv.result.csv", "k\n1\n");
  fs::create_directories(drop_.path() / "folder.csv");
  const TempFolder other;
  fs::create_symlink(other.write("outside.csv", "k\n1\n"), drop_.path() / "link.csv");
  ASSERT_EQ(::mkfifo((drop_.path() / "pipe.csv").c_str(), 0600), 0);
  const auto before = namesIn(drop_.path());
  runAll();
  EXPECT_TRUE(stored_.empty());
  EXPECT_EQ(namesIn(drop_.path()).size(), before.size() + 1) << "only .claimed came";
}

TEST_F(Life, TheOldestFileComesFirst) {
  drop_.write("a.csv", "k\nsecond\n");
  drop_.write("b.CSV", "k\nfirst\n");
  fs::last_write_time(drop_.path() / "b.CSV", fs::file_time_type::clock::now() - 1h);
  runAll();
  ASSERT_EQ(stored_.size(), 2u);
  EXPECT_THAT(stored_[0], HasSubstr("first"));
}

TEST_F(Life, LongNamesAreShortenedNotLost) {
  std::string name;
  for (int i = 0; i < 80; ++i) name += "长";
  drop_.write(name + ".csv", "k\n1\n");
  runAll();
  EXPECT_EQ(stored_.size(), 1u);
  EXPECT_EQ(namesIn(drop_.path() / "archive").size(), 1u);
}

TEST_F(Life, NamesInGbkAreShownAsText) {
  drop_.write("\xCC\xA8\xD5\xCB.csv", "k\n1\n");
  runAll();
  EXPECT_THAT(stored_.at(0), HasSubstr("台账.csv"));
}

TEST_F(Life, AFolderThatIsNotThereIsAnErrorThatNamesIt) {
  restart({{"folder", drop_.path().native() + "/gone/file"}});
  drop_.write("gone", "a file where the folder should be");
  const auto failed = poll();
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, codes::kConnect);
  EXPECT_THAT(failed.error().detail, HasSubstr("gone"));
}

TEST_F(Life, AnArchiveThatCannotBeWrittenLosesNothing) {
  drop_.write("a.csv", "k\n1\n");
  drop_.write("archive", "a file where the folder should be");
  ASSERT_TRUE(poll().ok());
  host_.advance(6s);
  auto batch = poll();
  EXPECT_FALSE(source_->confirm(*batch, store(*batch)).ok());
  EXPECT_FALSE(poll().ok());
  fs::remove(drop_.path() / "archive");
  runAll();
  EXPECT_EQ(stored_.size(), 1u);
  EXPECT_THAT(result("a.csv"), HasSubstr("accepted"));
}

TEST_F(Life, AFullDiskIsAnErrorAndNothingIsLost) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const TempFolder folder;
  fs::create_symlink("/dev/full", folder.path() / "full");
  const Fd full(::open((folder.path() / "full").c_str(), O_WRONLY | O_CLOEXEC));
  const auto written = writeAll(full, "x", "full");
  ASSERT_FALSE(written.ok());
  EXPECT_THAT(written.error().detail, HasSubstr("make room"));
}

TEST_F(Life, ALargeFileIsReadThroughInBoundedSteps) {
  std::string text = "k,v\n";
  for (int i = 0; i < 300'000; ++i) text += std::to_string(i) + "," + std::string(60, 'x') + "\n";
  drop_.write("big.csv", text);
  ASSERT_TRUE(poll().ok());
  host_.advance(6s);
  int steps = 0;
  for (;; ++steps) {
    auto batch = poll();
    ASSERT_TRUE(batch.ok());
    if (!batch->items.empty()) break;
    ASSERT_TRUE(batch->more);
  }
  EXPECT_GE(steps, 2) << "looking through it takes more than one call";
  host_.requestStop();
  EXPECT_TRUE(poll().ok());
}

TEST_F(Life, AnotherFileSystemIsCopiedToWholeAndOnce) {
  const fs::path other = fs::path("/dev/shm") / drop_.path().filename();
  std::error_code failed;
  if (!fs::create_directories(other, failed)) GTEST_SKIP() << "no second file system here";
  restart({{"archive", other.native()}});
  drop_.write("a.csv", "k\n1\n");
  runAll();
  const auto kept = namesIn(other);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(readFile(other / kept[0]), "k\n1\n");
  fs::remove_all(other, failed);
}

TEST(ResultSuffix, ThatCannotTellResultsFromLedgersIsRefused) {
  for (const char* suffix : {"", "/x.csv", "../.result.csv", ".csv", ".CSV", "csv"}) {
    EXPECT_THROW(readSettings(settingsWith({{"result_suffix", std::string(suffix)}})),
                 std::invalid_argument)
        << suffix;
  }
  EXPECT_THROW(readSettings(settingsWith({{"result_suffix", std::string(65, 'x')}})),
               std::invalid_argument);
  EXPECT_EQ(readSettings(settingsWith({{"result_suffix", std::string(".out")}})).resultSuffix,
            ".out");
}

TEST(Results, FormulasAndControlsAreDefused) {
  ItemVerdict verdict;
  verdict.status = ItemVerdict::Status::quarantined;
  verdict.sourceId = "=cmd()";
  verdict.id = "E1";
  verdict.problems = {{"decode.row", "/a", "say \"x\"\nnow"}};
  EXPECT_EQ(resultLine(3, "表", verdict),
            "3,表,异常 exception,,'=cmd(),E1,\"decode.row /a: say \"\"x\"\" now\"\r\n");
}

TEST(Samples, AFileIsReadForMapWithoutBeingTouched) {
  const TempFolder folder;
  const fs::path file = folder.write("a.csv", "k\n1\n2\n");
  lianqiao::test::FakeHost host;
  SampleSource source(readSettings(settingsWith({{"batch", std::int64_t{1}}})), file);
  std::size_t items = 0;
  for (bool more = true; more;) {
    auto batch = source.poll("", {});
    ASSERT_TRUE(batch.ok());
    items += batch->items.size();
    more = batch->more;
  }
  EXPECT_EQ(items, 2u);
  EXPECT_THAT(namesIn(folder.path()), ElementsAre("a.csv"));
  SampleSource broken(readSettings(settingsWith({})), folder.write("b.xlsx", "x"));
  EXPECT_EQ(broken.poll("", {})->items.at(0).problems.size(), 1u);
}

}  // namespace
}  // namespace lianqiao::file_drop::test
