#include <fstream>

#include "lianqiao/codes.h"
#include "life_fixture.h"

namespace lianqiao::file_drop::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class UnreadFiles : public Life {
 protected:
  std::string shown() {
    auto batch = poll();
    EXPECT_TRUE(batch.ok());
    return batch->unread;
  }
  std::string body() {
    return exceptions_.size() == 1 ? exceptions_.begin()->second.body : "not one";
  }
};

// They lay there for ever, with one line in a log that nobody reads.
// Rule: all that is not read shares one exception of the folder, which says what is there now.
TEST_F(UnreadFiles, ShareOneExceptionThatFollowsWhatIsThere) {
  drop_.write("minutes.docx", "PK");
  drop_.write("scan.pdf", "%PDF");
  fs::create_directory(drop_.path() / "March");
  drop_.write("March/ledger.csv", "k\n1\n");
  runAll();
  runAll();
  EXPECT_EQ(raised_, 1) << "not one for each file, nor for each look";
  EXPECT_THAT(body(), AllOf(HasSubstr("minutes.docx"), HasSubstr("scan.pdf"), HasSubstr("March")));
  EXPECT_THAT(shown(), AllOf(HasSubstr("3 are not read"), HasSubstr("scan.pdf fits no pattern")));
  const RawItem& item = exceptions_.begin()->second;
  EXPECT_EQ(item.problems.at(0).code, codes::kBadFile);
  EXPECT_THAT(item.problems.at(0).message, HasSubstr("ignore_files"));

  fs::remove(drop_.path() / "scan.pdf");
  runAll();
  EXPECT_THAT(body(), AllOf(HasSubstr("minutes.docx"), Not(HasSubstr("scan.pdf"))));

  fs::remove(drop_.path() / "minutes.docx");
  fs::remove_all(drop_.path() / "March");
  runAll();
  EXPECT_THAT(exceptions_, IsEmpty()) << "closed when all has gone";
  EXPECT_THAT(shown(), IsEmpty());
}

TEST_F(UnreadFiles, AreTheSameExceptionAfterARestartAndForAnotherNode) {
  drop_.write("scan.pdf", "%PDF");
  runAll();
  restart({});
  runAll();
  EXPECT_EQ(raised_, 1);
  restart({});
  fs::remove(drop_.path() / "scan.pdf");
  runAll();
  runAll();
  EXPECT_THAT(exceptions_, IsEmpty());
}

// Rule: a crash at any step leaves no exception behind and raises none twice.
TEST_F(UnreadFiles, ACrashAtAnyStepLeavesNoExceptionBehind) {
  for (int fatal = 0; fatal < 6; ++fatal) {
    for (const bool stores : {false, true}) {
      SCOPED_TRACE(std::to_string(fatal) + (stores ? " after storing" : " before storing"));
      int batches = 0;
      const auto run = [&] {
        for (int idle = 0; idle < 6;) {
          auto batch = poll();
          ASSERT_TRUE(batch.ok());
          const bool news = batch->cursor != cursor_ || !batch->items.empty();
          if (news && batches++ == fatal) {
            if (stores) store(*batch);
            restart({});
            continue;
          }
          const auto verdicts = store(*batch);
          ASSERT_TRUE(source_->confirm(*batch, verdicts).ok());
          if (batch->more) continue;
          ++idle;
          host_.advance(6s);
        }
      };
      drop_.write("scan.pdf", "%PDF");
      run();
      EXPECT_EQ(exceptions_.size(), 1u);
      drop_.write("minutes.docx", "PK");
      run();
      EXPECT_EQ(exceptions_.size(), 1u);
      fs::remove(drop_.path() / "scan.pdf");
      fs::remove(drop_.path() / "minutes.docx");
      run();
      EXPECT_THAT(exceptions_, IsEmpty());
    }
  }
}

TEST_F(UnreadFiles, TemporaryFilesAreOnlyCounted) {
  for (const char* name : {"~$ledger.xlsx", "Thumbs.db", "THUMBS.DB", "a.csv.part",
                           "a.xlsx.crdownload", "desktop.ini", ".~lock.a.xlsx#", "a.csv~"}) {
    drop_.write(name, "x");
  }
  runAll();
  runAll();
  EXPECT_THAT(exceptions_, IsEmpty());
  EXPECT_THAT(shown(), IsEmpty());
  EXPECT_EQ(host_.counted("files_passed_over"), 8u) << "each once";
  restart({{"ignore_files", std::string("*.docx")}});
  drop_.write("minutes.docx", "PK");
  runAll();
  EXPECT_THAT(body(), AllOf(HasSubstr("Thumbs.db"), Not(HasSubstr("minutes.docx"))));
}

TEST_F(UnreadFiles, OnesThatMayNotBeReadAreAmongThem) {
  const fs::path locked = drop_.write("locked.csv", "k\n1\n");
  fs::permissions(locked, fs::perms::none);
  Unprivileged::give(drop_.path());
  {
    const Unprivileged rights;
    runAll();
    runAll();
    EXPECT_THAT(body(), HasSubstr("cannot be read"));
    EXPECT_EQ(host_.counted("files_unreadable"), 1u);
  }
  fs::permissions(locked, fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read);
  const Unprivileged rights;
  host_.advance(60s);
  runAll();
  EXPECT_EQ(stored_.size(), 1u);
  EXPECT_THAT(exceptions_, IsEmpty());
}

TEST_F(UnreadFiles, AnyNumberOfThemMakesABoundedException) {
  for (int i = 0; i < 1000; ++i) drop_.write("scan " + std::to_string(i) + ".pdf", "%PDF");
  runAll();
  EXPECT_THAT(body(), HasSubstr("\"total\":1000"));
  EXPECT_LT(body().size(), 4096u);
  EXPECT_LT(exceptions_.begin()->second.problems.at(0).message.size(), 4096u);
}

TEST_F(UnreadFiles, ReadingGoesOnBesideThem) {
  drop_.write("scan.pdf", "%PDF");
  drop_.write("a.csv", "k\n1\n2\n3\n");
  restart({{"batch", std::int64_t{2}}});
  runAll();
  EXPECT_EQ(stored_.size(), 3u);
  EXPECT_EQ(exceptions_.size(), 1u);
  EXPECT_THAT(result("a.csv"), HasSubstr("4,,已受理 accepted"));
}

}  // namespace
}  // namespace lianqiao::file_drop::test
