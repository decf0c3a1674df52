#include "file_drop/completion.h"

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

}  // namespace
}  // namespace lianqiao::file_drop::test
