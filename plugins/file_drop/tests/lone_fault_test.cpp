#include "file_drop/finished_files.h"
#include "life_fixture.h"

namespace lianqiao::file_drop::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Faults of one file that must not become faults of the folder, nor pass in silence.
class LoneFault : public Life {
 protected:
  [[nodiscard]] std::string body() const {
    return exceptions_.size() == 1 ? exceptions_.begin()->second.body : "not one";
  }
};

// A ledger with a marker was never read and never named; one without was told of at every poll.
// Rule: what cannot be moved is held, named once, and read when it can be moved.
TEST_F(LoneFault, AMarkerThatCannotBeMovedHoldsItsLedgerNamed) {
  if (::getuid() != 0) GTEST_SKIP() << "another user's files need root to make some";
  for (const char* setting : {"marker", "manifest", "pattern"}) {
    SCOPED_TRACE(setting);
    const bool alone = std::string_view(setting) == "pattern";
    restart({{setting, std::string(alone ? "*.csv" : ".ok")}});
    ASSERT_EQ(::chown(drop_.path().c_str(), 0, 0), 0);
    fs::permissions(drop_.path(), fs::perms::all | fs::perms::sticky_bit);
    drop_.write("a.csv", "k\n1\n");
    if (!alone) drop_.write("a.csv.ok", "{\"rows\":1}");
    const std::uint64_t before = host_.counted("files_unreadable");
    {
      const Unprivileged rights;
      pollManyTimes(20);
      EXPECT_THAT(body(), HasSubstr(std::string(alone ? "a.csv" : "a.csv.ok") +
                                    (alone ? "" : " cannot be moved into .claimed")));
      EXPECT_EQ(host_.counted("files_unreadable") - before, 1u) << "told once, not at each poll";
      EXPECT_EQ(raised_, 1);
      EXPECT_THAT(stored_, IsEmpty());
    }
    Unprivileged::give(drop_.path());
    {
      const Unprivileged rights;
      host_.advance(31s);
      runAll();
      EXPECT_THAT(stored_, SizeIs(1));
      EXPECT_THAT(exceptions_, IsEmpty());
    }
    stored_.clear();
    raised_ = 0;
    fs::remove_all(drop_.path() / "archive");
    fs::remove_all(drop_.path() / ".claimed");
    fs::remove(drop_.path() / "a.csv.result.csv");
  }
}

TEST_F(LoneFault, AMarkerWithTheLongestNameHoldsItsLedgerNamed) {
  restart({{"marker", std::string(".ok")}});
  const std::string name = std::string(248, 'x') + ".csv";
  drop_.write(name, "k\n1\n");
  drop_.write(name + ".ok", "");
  drop_.write("b.csv", "k\n2\n");
  drop_.write("b.csv.ok", "");
  pollManyTimes(10);
  EXPECT_THAT(stored_, SizeIs(1));
  EXPECT_THAT(body(), HasSubstr("cannot be moved into .claimed"));
  EXPECT_THAT(namesIn(drop_.path() / ".claimed"), IsEmpty());
}

// Rule: a claim that cannot be worked on is an error that is shown, and the others go on.
TEST_F(LoneFault, AClaimThatCannotBeWorkedOnKeepsNoOtherWaiting) {
  const fs::path claim = drop_.path() / ".claimed/000000000000001-ab";
  fs::create_directories(claim / "a.csv.result.csv.part");
  drop_.write(".claimed/000000000000001-ab/a.csv", "k\n1\n");
  drop_.write("b.csv", "k\n2\n");
  pollManyTimes(10);
  EXPECT_THAT(stored_, SizeIs(1)) << "of b.csv";
  bool shown = false;
  for (int i = 0; i < 3; ++i) shown = !poll().ok() || shown;
  EXPECT_TRUE(shown);
  fs::remove(claim / "a.csv.result.csv.part");
  pollManyTimes(10);
  EXPECT_THAT(stored_, SizeIs(2));
}

// Rule: a finished file that its server has lost ends its own watch, and no look at the folder.
TEST_F(LoneFault, AFinishedFileThatCannotBeExaminedStopsNothing) {
  const DropSettings settings = readSettings(settingsWith({}));
  FinishedFiles finished(settings, host_);
  finished.watch(Fd(), "a.csv", {});
  const auto claims = Folder::at(drop_.path());
  ASSERT_TRUE(claims.ok());
  Pace pace{.left = 1, .stopped = {}};
  EXPECT_TRUE(finished.claimChanged(*claims, pace));
  EXPECT_TRUE(finished.claimChanged(*claims, pace));
  EXPECT_EQ(host_.counted("files_unreadable"), 1u) << "named, once";
}

}  // namespace
}  // namespace lianqiao::file_drop::test
