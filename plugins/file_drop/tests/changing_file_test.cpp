#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <fstream>

#include "life_fixture.h"

namespace lianqiao::file_drop::test {
namespace {

namespace fs = std::filesystem;
using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// Files that somebody goes on writing while they are read.
class Changing : public Life {
 protected:
  /// Drops rows 1 to 6 and takes the first two of them.
  void beginReading(std::string_view text = "k\n1\n2\n3\n4\n5\n6\n") {
    restart({{"batch", std::int64_t{2}}});
    drop_.write("a.csv", text);
    ASSERT_TRUE(poll().ok());
    host_.advance(31s);
    step();
    ASSERT_EQ(stored_.size(), 2u);
  }
  void step() {
    auto batch = poll();
    ASSERT_TRUE(batch.ok()) << batch.error().detail;
    const auto verdicts = store(*batch);
    ASSERT_TRUE(source_->confirm(*batch, verdicts).ok());
  }
  fs::path claimed() {
    const fs::path claims = drop_.path() / ".claimed";
    return claims / namesIn(claims).at(0) / "a.csv";
  }
  [[nodiscard]] bool has(std::string_view value) const {
    const std::string wanted = "{\"k\":\"" + std::string(value) + "\",";
    return std::any_of(stored_.begin(), stored_.end(),
                       [&](const std::string& body) { return body.starts_with(wanted); });
  }
  void expectRows(int last) {
    for (int i = 1; i <= last; ++i) EXPECT_TRUE(has(std::to_string(i))) << i;
  }
};

// Rule: rows that come while a file is read are read, and it stays one file with one result.
TEST_F(Changing, RowsAppendedWhileItIsReadAreReadToo) {
  beginReading();
  std::ofstream(claimed(), std::ios::app) << "7\n8\n";
  runAll();
  expectRows(8);
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(1));
  const std::string lines = result("a.csv");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 9);
  EXPECT_EQ(host_.counted("files_changed"), 1u);
}

// Rule: the half of a value is never given, not even for a moment.
TEST_F(Changing, AValueThatHasOnlyHalfArrivedIsNeverGiven) {
  beginReading("k\n1\n2\n3\n4\n5\n138001");
  step();
  std::ofstream(claimed(), std::ios::app) << "38000\n";
  runAll();
  EXPECT_TRUE(has("13800138000"));
  EXPECT_FALSE(has("138001"));
}

// Rule: the digest decides, not the time that anybody may set.
TEST_F(Changing, AnotherContentOfTheSameSizeAndTimeIsSeen) {
  beginReading();
  struct stat before {};
  ASSERT_EQ(::stat(claimed().c_str(), &before), 0);
  std::fstream(claimed(), std::ios::in | std::ios::out).seekp(12) << "9";
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, claimed().c_str(), times, 0), 0);
  runAll();
  EXPECT_TRUE(has("9"));
  EXPECT_FALSE(has("6")) << "the last rows are compared before they are given";
}

TEST_F(Changing, AFileThatIsCutWhileItIsReadIsReadAsItIsThen) {
  beginReading();
  fs::resize_file(claimed(), 6);
  runAll();
  EXPECT_THAT(stored_, SizeIs(2));
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(1));
  EXPECT_THAT(result("a.csv"), EndsWith("3,,重复 duplicate,R2,,,\r\n"));
}

// Rule: a file that never ends changing keeps no other waiting, and is named.
TEST_F(Changing, OneThatIsAlwaysWrittenKeepsNoOtherWaitingAndIsNamed) {
  beginReading();
  const fs::path file = claimed();
  drop_.write("b.csv", "k\nother\n");
  std::string unread;
  for (int i = 0; i < 200; ++i) {
    std::ofstream(file, std::ios::app) << i << "\n";
    auto batch = poll();
    ASSERT_TRUE(batch.ok());
    unread = batch->unread;
    const auto verdicts = store(*batch);
    ASSERT_TRUE(source_->confirm(*batch, verdicts).ok());
    host_.advance(4s);
  }
  EXPECT_TRUE(has("other"));
  EXPECT_THAT(unread, HasSubstr("a.csv is still being written"));
  runAll();
  runAll();
  EXPECT_TRUE(has("199"));
  EXPECT_THAT(exceptions_, IsEmpty());
}

TEST_F(Changing, ACrashInTheMiddleOfAChangeLosesNoRow) {
  beginReading();
  std::ofstream(claimed(), std::ios::app) << "7\n";
  restart({{"batch", std::int64_t{2}}});
  runAll();
  expectRows(7);
}

// Rule: one that grows without end while it is inspected keeps no other waiting either.
TEST_F(Changing, AFileThatGrowsWhileItIsInspectedKeepsNoOtherWaiting) {
  restart({});
  std::string text = "k\n";
  while (text.size() < 40u << 20) text += std::string(1000, 'x') + "\n";
  drop_.write("a.csv", text);
  ASSERT_TRUE(poll().ok());
  host_.advance(31s);
  step();
  fs::resize_file(claimed(), std::uintmax_t{1} << 40);
  drop_.write("b.csv", "k\nother\n");
  for (int i = 0; i < 10; ++i) {
    step();
    host_.advance(4s);
  }
  EXPECT_TRUE(has("other"));
  runAll();
  EXPECT_THAT(result("a.csv"), HasSubstr("raise max_file"));
}

/// The gateway as another user than the office, without the right to ask who has a file open.
class Foreign : public Changing {
 protected:
  void SetUp() override {
    if (::getuid() != 0) GTEST_SKIP() << "another user's files need root to make some";
    Unprivileged::give(drop_.path());
  }
  fs::path dropAsOffice(const std::string& name, std::string_view text) {
    fs::path file = drop_.write(name, text);
    fs::permissions(file, fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read);
    return file;
  }
};

// It was taken for free because no lease could be had.
// Rule: what is unknown is not free; such a file must be quiet for longer.
TEST_F(Foreign, ALeaseThatMayNotBeTakenMeansUnknownNotFree) {
  dropAsOffice("a.csv", "k\n1\n");
  const Unprivileged rights;
  ASSERT_TRUE(poll().ok());
  for (int seconds = 6; seconds < 30; seconds += 6) {
    host_.advance(6s);
    EXPECT_THAT(poll()->items, IsEmpty()) << "after " << seconds << " s";
  }
  host_.advance(6s);
  EXPECT_THAT(poll()->items, SizeIs(1));
}

TEST_F(Foreign, RowsThatComeAfterAllWasReadAreReadToo) {
  const fs::path file = dropAsOffice("a.csv", "k\n1\n2\n");
  const Fd writer(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const Unprivileged rights;
  ASSERT_TRUE(poll().ok());
  host_.advance(31s);
  runAll();
  ASSERT_THAT(stored_, SizeIs(2));
  ASSERT_THAT(namesIn(drop_.path() / "archive"), SizeIs(1));
  ASSERT_TRUE(writeAll(writer, "3\n", "a.csv").ok());
  runAll();
  expectRows(3);
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(2)) << "both states are kept";
  ASSERT_TRUE(writeAll(writer, "4\n", "a.csv").ok());
  runAll();
  expectRows(4);
}

/// No file may grow beyond `bytes`, as if the disk were full.
class LittleRoom {
 public:
  explicit LittleRoom(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit little{bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  }
  ~LittleRoom() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  LittleRoom(const LittleRoom&) = delete;
  LittleRoom& operator=(const LittleRoom&) = delete;

 private:
  rlimit before_{};
};

// Its part stayed there and kept the disk full, a further one came with each poll, and no file of
// the folder was read. Rule: a copy that fails is named and leaves nothing; the others go on.
TEST_F(Foreign, ACopyThatFailsLeavesNothingAndStopsNobody) {
  const fs::path file = dropAsOffice("a.csv", "k\n" + std::string(200u << 10, '1') + "\n");
  const Fd writer(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const Unprivileged rights;
  ASSERT_TRUE(poll().ok());
  host_.advance(31s);
  runAll();
  ASSERT_THAT(stored_, SizeIs(1));
  ASSERT_TRUE(writeAll(writer, "3\n", "a.csv").ok());
  {
    const LittleRoom room(64u << 10);
    drop_.write("b.csv", "k\nother\n");
    runAll();
    runAll();
    EXPECT_TRUE(has("other"));
    EXPECT_THAT(namesIn(drop_.path() / ".claimed"), IsEmpty());
    ASSERT_THAT(exceptions_, SizeIs(1));
    EXPECT_THAT(exceptions_.begin()->second.body, HasSubstr("a.csv"));
    EXPECT_EQ(raised_, 1) << "not one for each try";
    host_.advance(3600s);
    runAll();
    EXPECT_THAT(exceptions_, SizeIs(1)) << "what was not read does not go with the time";
  }
  runAll();
  EXPECT_TRUE(has("3"));
  EXPECT_THAT(exceptions_, IsEmpty());
}

// Rule: the time of watching ends with what is unchanged, also where nobody could look for longer.
TEST_F(Foreign, AFileThatChangedIsReadAgainHoweverLongNobodyLooked) {
  const fs::path file = dropAsOffice("a.csv", "k\n1\n");
  const Fd writer(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const Unprivileged rights;
  ASSERT_TRUE(poll().ok());
  host_.advance(31s);
  runAll();
  ASSERT_THAT(stored_, SizeIs(1));
  ASSERT_TRUE(writeAll(writer, "3\n", "a.csv").ok());
  host_.advance(3600s);
  for (int i = 0; i < 3; ++i) runAll();
  EXPECT_TRUE(has("3"));
}

TEST_F(Foreign, AFileThatGrowsBeyondMaxFileAfterItWasReadIsNamedAndNotCopied) {
  const fs::path file = dropAsOffice("a.csv", "k\n1\n");
  const Fd writer(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const Unprivileged rights;
  ASSERT_TRUE(poll().ok());
  host_.advance(31s);
  runAll();
  ASSERT_EQ(::ftruncate(writer.get(), off_t{1} << 40), 0);
  const LittleRoom room(1u << 20);  // in case that it is
  const std::uint64_t before = bytesRead();
  runAll();
  runAll();
  EXPECT_LT(bytesRead() - before, 1u << 20);
  ASSERT_THAT(exceptions_, SizeIs(1));
  EXPECT_THAT(exceptions_.begin()->second.body, HasSubstr("max_file"));
}

// Rule: a copy costs a poll a bounded part, and one that changes meanwhile is never half a file.
TEST_F(Foreign, ACopyIsMadeInStepsAndWhole) {
  const std::string value(200u << 10, '1');
  std::string text = "k\n";
  for (int i = 0; i < 400; ++i) text += std::to_string(i) + value + "\n";
  const fs::path file = dropAsOffice("a.csv", text);
  const Fd writer(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const Unprivileged rights;
  ASSERT_TRUE(poll().ok());
  host_.advance(31s);
  runAll();
  ASSERT_THAT(stored_, SizeIs(400));
  ASSERT_TRUE(writeAll(writer, "a\n", "a.csv").ok());
  step();
  host_.advance(6s);
  std::uint64_t most = 0;
  for (int i = 0; i < 60; ++i) {
    const std::uint64_t before = bytesRead();
    step();
    most = std::max(most, bytesRead() - before);
    if (i == 1) {
      EXPECT_TRUE(writeAll(writer, "b\n", "a.csv").ok());
    }
    host_.advance(1s);
  }
  EXPECT_LE(most, 40u << 20);
  runAll();
  EXPECT_TRUE(has("a"));
  EXPECT_TRUE(has("b"));
  EXPECT_THAT(stored_, SizeIs(402));
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(2));
}

/// Offices that write at their own pace, each a process of its own.
class Office {
 public:
  template <typename Work>
  explicit Office(Work work) : child_(::fork()) {
    if (child_ != 0) return;
    work();
    ::_exit(0);
  }
  [[nodiscard]] bool works() {
    if (child_ > 0 && ::waitpid(child_, nullptr, WNOHANG) == child_) child_ = 0;
    return child_ > 0;
  }
  ~Office() {
    if (child_ > 0) ::waitpid(child_, nullptr, 0);
  }
  Office(const Office&) = delete;
  Office& operator=(const Office&) = delete;

 private:
  pid_t child_;
};

void rest() {
  const timespec time{0, 1'000'000};
  ::nanosleep(&time, nullptr);
}

// Rule: a file that a slow writer keeps open is one file, however long it takes.
TEST_F(Changing, ASlowWriterIsWaitedFor) {
  Office office([&] {
    const Fd file(::open((drop_.path() / "a.csv").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    (void)writeAll(file, "k\n", "a.csv");
    for (int i = 1; i <= 200; ++i) {
      rest();
      (void)writeAll(file, std::to_string(i) + "\n", "a.csv");
    }
  });
  while (office.works()) {
    step();
    host_.advance(60s);
    EXPECT_THAT(stored_, ::testing::AnyOf(IsEmpty(), SizeIs(200)));
  }
  runAll();
  expectRows(200);
  EXPECT_THAT(stored_, SizeIs(200));
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(1));
}

// Rule: an upload in pieces is one file as long as no pause is as long as the settle time.
TEST_F(Changing, AnUploadInPiecesIsOneFile) {
  const fs::path file = drop_.path() / "a.csv";
  std::ofstream(file) << "k\n";
  for (int i = 1; i <= 20; ++i) {
    std::ofstream(file, std::ios::app) << i << "\n";
    EXPECT_THAT(poll()->items, IsEmpty());
    host_.advance(4s);
  }
  std::ofstream(file, std::ios::app) << "2";
  EXPECT_THAT(poll()->items, IsEmpty());
  host_.advance(29s);
  EXPECT_THAT(poll()->items, IsEmpty()) << "the last line has no end: more may come";
  std::ofstream(file, std::ios::app) << "1\n";
  runAll();
  expectRows(21);
  EXPECT_THAT(stored_, SizeIs(21));
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(1));
}

// Rule: a program that saves under another name and renames gives the whole new file, once.
TEST_F(Changing, AnEditorThatSavesByRenamingGivesItsLastState) {
  drop_.write("a.csv", "k\nold\n");
  ASSERT_TRUE(poll().ok());
  host_.advance(4s);
  drop_.write("~$a.csv", "lock");
  drop_.write("a5F3.tmp", "k\nnew\n");
  ASSERT_TRUE(poll().ok());
  fs::rename(drop_.path() / "a.csv", drop_.path() / "b77.tmp");
  fs::rename(drop_.path() / "a5F3.tmp", drop_.path() / "a.csv");
  fs::remove(drop_.path() / "b77.tmp");
  host_.advance(2s);
  EXPECT_THAT(poll()->items, IsEmpty()) << "another file: the time starts anew";
  runAll();
  EXPECT_TRUE(has("new"));
  EXPECT_THAT(stored_, SizeIs(1));
}

// Rule: whatever writer and gateway do at the same time, each row that was written is read.
TEST_F(Changing, NoRowOfAConcurrentWriterIsLost) {
  constexpr int kRows = 2000;
  restart({{"settle_time", std::chrono::milliseconds(0)},
           {"quiet_time", std::chrono::milliseconds(0)},
           {"batch", std::int64_t{7}}});
  Office office([&] {
    for (int i = 1; i <= kRows;) {
      const Fd file(::open((drop_.path() / "a.jsonl").c_str(),
                           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
      for (int burst = 0; burst < 5 && i <= kRows; ++burst, ++i)
        (void)writeAll(file, "{\"k\":\"" + std::to_string(i) + "\"}\n", "a.jsonl");
      if (i % 50 == 1) rest();
    }
  });
  while (office.works()) {
    step();
    host_.advance(1s);
  }
  runAll();
  expectRows(kRows);
  EXPECT_THAT(namesIn(drop_.path() / ".claimed"), IsEmpty());
}

}  // namespace
}  // namespace lianqiao::file_drop::test
