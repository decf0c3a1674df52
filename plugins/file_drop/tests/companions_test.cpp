#include "file_drop/companions.h"

#include <fstream>
#include <stdexcept>

#include "lianqiao/digest.h"
#include "life_fixture.h"

namespace lianqiao::file_drop::test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Marked : public Life {
 protected:
  void wait(std::chrono::seconds time) {
    for (; time > 0s; time -= 10s) {
      auto batch = poll();
      ASSERT_TRUE(batch.ok()) << batch.error().detail;
      const auto verdicts = store(*batch);
      ASSERT_TRUE(source_->confirm(*batch, verdicts).ok());
      host_.advance(10s);
    }
  }
};

TEST(Companions, AreNamedByAnEndingOrByAPattern) {
  EXPECT_EQ(CompanionName("marker", ".ok").of("a.csv"), "a.csv.ok");
  EXPECT_EQ(CompanionName("marker", "{stem}.ok").of("a.csv"), "a.ok");
  EXPECT_EQ(CompanionName("marker", "done-{name}").of("a.csv"), "done-a.csv");
  EXPECT_EQ(CompanionName("marker", "{stem}.ok").ledgerOf("a.ok"), "a");
  EXPECT_FALSE(CompanionName("marker", ".ok").ledgerOf("a.csv"));
  for (const char* text : {"{name}", "../{name}.ok", "{name}{stem}"})
    EXPECT_THROW(CompanionName("marker", text), std::invalid_argument) << text;
  EXPECT_THROW(readSettings(settingsWith({{"marker", std::string(".csv")}})),
               std::invalid_argument);
}

// Rule: with a marker set, nothing but the marker says that a file is complete, and it counts once.
TEST_F(Marked, ALedgerIsTakenWithItsMarkerAndNotBefore) {
  restart({{"marker", std::string(".ok")}});
  drop_.write("a.csv", "k\n1\n");
  wait(300s);
  EXPECT_THAT(stored_, IsEmpty());
  drop_.write("a.csv.ok", "");
  runAll();
  EXPECT_THAT(stored_, SizeIs(1));
  EXPECT_FALSE(fs::exists(drop_.path() / "a.csv.ok"));
  drop_.write("a.csv", "k\n2\n");
  wait(300s);
  EXPECT_THAT(stored_, SizeIs(1)) << "the marker of the file before does not count";
}

TEST_F(Marked, AMarkerOrALedgerThatStaysAloneIsNamed) {
  restart({{"marker", std::string("{stem}.ok")}});
  drop_.write("a.csv", "k\n1\n");
  drop_.write("b.ok", "");
  wait(590s);
  EXPECT_THAT(exceptions_, IsEmpty());
  wait(60s);
  ASSERT_THAT(exceptions_, SizeIs(1));
  EXPECT_THAT(exceptions_.begin()->second.body, HasSubstr("waits for a.ok"));
  EXPECT_THAT(exceptions_.begin()->second.body,
              HasSubstr("says that a ledger is complete which is not here"));
  drop_.write("a.ok", "");
  fs::remove(drop_.path() / "b.ok");
  runAll();
  EXPECT_THAT(stored_, SizeIs(1));
  EXPECT_THAT(exceptions_, IsEmpty());
}

TEST_F(Marked, AMarkerThatACrashHadTakenAloneIsPutBack) {
  restart({{"marker", std::string(".ok")}});
  fs::create_directories(drop_.path() / ".claimed/000000000000001-ab");
  drop_.write(".claimed/000000000000001-ab/.a.csv.ok", "");
  drop_.write("a.csv", "k\n1\n");
  runAll();
  EXPECT_THAT(stored_, SizeIs(1));
  EXPECT_THAT(namesIn(drop_.path() / ".claimed"), IsEmpty());
}

TEST_F(Marked, ALedgerThatIsWhatItsManifestSaysIsRead) {
  restart({{"manifest", std::string(".json")}});
  const std::string text = "k\n1\n2\n";
  drop_.write("a.csv", text);
  drop_.write("a.csv.json", "{\"rows\":2,\"bytes\":6,\"sha256\":\"" +
                                hex(digest(Hash::sha256, text)) + "\",\"md5\":\"" +
                                hex(digest(Hash::md5, text)) + "\"}");
  drop_.write("b.csv", text);
  drop_.write("b.csv.json", hex(digest(Hash::md5, text)) + "  b.csv\n");
  runAll();
  EXPECT_EQ(namesIn(drop_.path() / "archive").size(), 2u);
  EXPECT_THAT(namesIn(drop_.path()),
              ElementsAre(".claimed", "a.csv.result.csv", "archive", "b.csv.result.csv"));
}

// Rule: a file that is not what its manifest says gives one exception and none of its rows.
TEST_F(Marked, ALedgerThatIsNotWhatItsManifestSaysGivesNoRow) {
  const std::string other = hex(digest(Hash::sha256, "other"));
  for (const std::string& manifest :
       {std::string("{\"rows\":3}"), std::string("{\"bytes\":7}"), other + "  a.csv\n",
        "{\"sha256\":\"" + other + "\"}", std::string("{}"), std::string("all is well"),
        std::string("{\"rows\":\"two\"}")}) {
    SCOPED_TRACE(manifest);
    stored_.clear();
    restart({{"manifest", std::string(".json")}});
    drop_.write("a.csv", "k\n1\n2\n");
    drop_.write("a.csv.json", manifest);
    wait(660s);
    ASSERT_THAT(stored_, ElementsAre(R"({"_origin":{"file":"a.csv"}})"));
    EXPECT_THAT(result("a.csv"), HasSubstr("manifest"));
    fs::remove(drop_.path() / "a.csv.result.csv");
  }
  EXPECT_EQ(namesIn(drop_.path() / "failed").size(), 7u);
}

// Rule: while the manifest says that more is to come, the file is not taken, however long a pause.
TEST_F(Marked, AHalfWrittenUploadIsNotTakenWhileItsManifestSaysMore) {
  restart({{"manifest", std::string(".json")}});
  drop_.write("a.csv.json",
              "{\"rows\":2,\"sha256\":\"" + hex(digest(Hash::sha256, "k\n1\n2\n")) + "\"}");
  drop_.write("a.csv", "k\n1\n");
  wait(300s);
  EXPECT_THAT(stored_, IsEmpty());
  std::ofstream(drop_.path() / "a.csv", std::ios::app) << "2\n";
  runAll();
  EXPECT_THAT(stored_, SizeIs(2));
  EXPECT_EQ(namesIn(drop_.path() / "archive").size(), 1u);
}

// It was claimed with its ledger, and no file of the folder was read any more.
// Rule: a manifest that may not be read holds its own ledger, named, and no other.
TEST_F(Marked, AManifestThatMayNotBeReadHoldsItsOwnLedgerAlone) {
  restart({{"manifest", std::string(".json")}});
  const fs::path manifest = drop_.write("a.csv.json", "{\"rows\":1}");
  fs::permissions(manifest, fs::perms::none);
  drop_.write("a.csv", "k\n1\n");
  drop_.write("b.csv.json", "{\"rows\":1}");
  drop_.write("b.csv", "k\n2\n");
  Unprivileged::give(drop_.path());
  {
    const Unprivileged rights;
    wait(660s);
    EXPECT_THAT(stored_, SizeIs(1));
    ASSERT_THAT(exceptions_, SizeIs(1));
    EXPECT_THAT(exceptions_.begin()->second.body, HasSubstr("its manifest a.csv.json cannot"));
  }
  fs::permissions(manifest, fs::perms{0444});
  const Unprivileged rights;
  runAll();
  EXPECT_THAT(stored_, SizeIs(2));
  EXPECT_THAT(exceptions_, IsEmpty());
}

// Rule: one that was exchanged in the instant of the claim fails its own ledger and no other.
TEST_F(Marked, AClaimedManifestThatCannotBeReadFailsItsOwnLedgerAlone) {
  restart({{"manifest", std::string(".json")}});
  fs::create_directories(drop_.path() / ".claimed/000000000000001-ab");
  drop_.write(".claimed/000000000000001-ab/a.csv", "k\n1\n");
  fs::create_symlink("/etc/hostname", drop_.path() / ".claimed/000000000000001-ab/.a.csv.json");
  drop_.write("b.csv.json", "{\"rows\":1}");
  drop_.write("b.csv", "k\n2\n");
  runAll();
  EXPECT_THAT(stored_, SizeIs(2)) << "one exception and one row";
  EXPECT_THAT(result("a.csv"), HasSubstr("the manifest of a.csv"));
  EXPECT_THAT(namesIn(drop_.path() / "failed"), SizeIs(1));
  EXPECT_THAT(namesIn(drop_.path() / ".claimed"), IsEmpty());
}

// Its digest was taken whole, at every look: hours within one poll for a file with a hole.
// Rule: nothing of a file beyond max_file is read, whatever its manifest says.
TEST_F(Marked, OfALedgerBeyondMaxFileNothingIsRead) {
  for (const bool manifest : {true, false}) {
    SCOPED_TRACE(manifest);
    restart({{"manifest", std::string(manifest ? ".json" : "")}});
    drop_.write("a.csv", "k\n1\n");
    fs::resize_file(drop_.path() / "a.csv", std::uintmax_t{1} << 40);
    const std::string other = "{\"sha256\":\"" + hex(digest(Hash::sha256, "other")) + "\"}";
    if (manifest) drop_.write("a.csv.json", other);
    const std::uint64_t before = bytesRead();
    runAll();
    runAll();
    host_.advance(31s);
    runAll();
    EXPECT_LT(bytesRead() - before, 1u << 20);
    EXPECT_THAT(result("a.csv"), HasSubstr("raise max_file"));
    for (const auto& kept : fs::directory_iterator(drop_.path() / "failed")) fs::remove(kept);
    fs::remove(drop_.path() / "a.csv.result.csv");
    stored_.clear();
  }
}

// Rule: a poll reads a bounded part of a ledger that waits for its manifest, and reads it once.
TEST_F(Marked, ALedgerAtOddsWithItsManifestIsDigestedInStepsAndOnce) {
  restart({{"manifest", std::string(".json")}});
  const std::string text = "k\n" + std::string(40u << 20, '\n');
  drop_.write("a.csv", text);
  drop_.write("a.csv.json", hex(digest(Hash::sha256, "other")) + "  a.csv\n");
  const std::uint64_t first = bytesRead();
  std::uint64_t most = 0;
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t before = bytesRead();
    wait(10s);
    most = std::max(most, bytesRead() - before);
  }
  EXPECT_LE(most, 33u << 20);
  EXPECT_GE(bytesRead() - first, 40u << 20);
  EXPECT_LE(bytesRead() - first, 42u << 20);
  drop_.write("a.csv.json", hex(digest(Hash::sha256, text)) + "  a.csv\n");
  runAll();
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(1));
}

}  // namespace
}  // namespace lianqiao::file_drop::test
