#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "drop_fixture.h"
#include "file_drop/file_drop.h"
#include "file_drop/folder_sink.h"
#include "file_drop/folder_source.h"
#include "file_drop/mock_office.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao::file_drop::test {
namespace {

namespace fs = std::filesystem;
using lianqiao::test::readFile;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class Written : public ::testing::Test {
 protected:
  Written() { restart({}); }
  void restart(Given given) {
    given.try_emplace("output_folder", (folder_.path() / "out").native());
    sink_ = std::make_unique<FolderSink>(readSettings(settingsWith(given)), host_);
  }
  std::vector<Outcome> deliver(const std::vector<std::string>& keys) {
    std::vector<json::Document> documents(keys.size());
    std::vector<std::string> texts;
    for (const std::string& key : keys) texts.push_back(R"({"n":")" + key + R"(","o":{"x":1}})");
    std::vector<Delivery> deliveries;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_TRUE(json::parse(texts[i], documents[i]).ok());
      deliveries.push_back({"01JREC" + keys[i], keys[i], "work_order", keys[i], 1,
                            documents[i].root, texts[i], documents[i].root});
      ids_.push_back("01JREC" + keys[i]);
      deliveries.back().recordId = ids_.back();
    }
    return sink_->deliverBatch(deliveries, {});
  }
  std::vector<std::string> files() { return namesIn(folder_.path() / "out"); }

  TempFolder folder_;
  lianqiao::test::FakeHost host_;
  std::unique_ptr<FolderSink> sink_;
  std::deque<std::string> ids_;
};

TEST_F(Written, ABatchIsOneWholeFileAndTheReceiptNamesIt) {
  const auto outcomes = deliver({"a", "b"});
  ASSERT_EQ(files().size(), 1u);
  EXPECT_EQ(readFile(folder_.path() / "out" / files()[0]),
            "{\"n\":\"a\",\"o\":{\"x\":1}}\n{\"n\":\"b\",\"o\":{\"x\":1}}\n");
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ(outcome.verdict, Verdict::delivered);
    EXPECT_EQ(outcome.receipt, files()[0]);
  }
}

TEST_F(Written, AManifestStandsBesideItWithCountDigestAndHmac) {
  for (const std::string name : {"sha256", "sm3"}) {
    const std::string out = (folder_.path() / name).native();
    restart({{"output_folder", out},
             {"output_manifest", std::string(".sum")},
             {"output_hash", name},
             {"output_key", Secret("batch-key-1")}});
    deliver({name + "a", name + "b"});
    const auto names = namesIn(out);
    ASSERT_EQ(names.size(), 2u);
    EXPECT_EQ(names[1], names[0] + ".sum");
    const std::string bytes = readFile(fs::path(out) / names[0]);
    const Hash hash = name == "sm3" ? Hash::sm3 : Hash::sha256;
    EXPECT_EQ(readFile(fs::path(out) / names[1]),
              "{\"file\":\"" + names[0] + "\",\"rows\":2,\"bytes\":" +
                  std::to_string(bytes.size()) + ",\"" + name + "\":\"" + hex(digest(hash, bytes)) +
                  "\",\"hmac\":\"" + hex(hmac(hash, "batch-key-1", bytes)) + "\"}\n");
  }
}

TEST_F(Written, AFileWithItsManifestIsALedgerForThisAdapter) {
  restart({{"output_manifest", std::string("{stem}.ok")}});
  deliver({"a", "b"});
  const fs::path out = folder_.path() / "out";
  const auto names = namesIn(out);
  ASSERT_EQ(names.size(), 2u);
  const auto manifest = openForReading(out / names[1]);
  ASSERT_TRUE(manifest.ok());
  const auto said = readManifest(*manifest);
  ASSERT_TRUE(said.ok());
  const std::string bytes = readFile(out / names[0]);
  EXPECT_EQ(differenceFrom(*said, 2, bytes.size(), hex(digest(Hash::sha256, bytes)), ""), "");
}

TEST_F(Written, AManifestThatACrashHasPreventedIsPutThere) {
  const Given given{{"output_manifest", std::string(".sum")}};
  restart(given);
  deliver({"a", "b"});
  const fs::path out = folder_.path() / "out";
  const auto before = namesIn(out);
  ASSERT_EQ(before.size(), 2u);
  const std::string text = readFile(out / before[1]);
  // The gateway ended when the file had its name and nobody had noted it.
  const fs::path log = host_.dataDirectory() / "delivered.log";
  std::string kept;
  std::istringstream lines(readFile(log));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("ready ")) kept += line + "\n";
  std::ofstream(log, std::ios::trunc) << kept;
  fs::remove(out / before[1]);
  restart(given);
  EXPECT_EQ(deliver({"a"})[0].receipt, before[0]);
  EXPECT_EQ(namesIn(out), before);
  EXPECT_EQ(readFile(out / before[1]), text);
}

TEST_F(Written, ARecordTriedAgainIsNotWrittenTwice) {
  deliver({"a", "b"});
  const std::string file = files()[0];
  restart({});
  const auto again = deliver({"b", "c"});
  EXPECT_EQ(again[0].receipt, file);
  EXPECT_NE(again[1].receipt, file);
  fs::remove(folder_.path() / "out" / file);
  EXPECT_EQ(deliver({"a"})[0].receipt, file) << "also after it was fetched away";
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(Written, AFileThatWasReadyWhenThePowerWentIsPutInPlace) {
  deliver({"a"});
  const fs::path file = folder_.path() / "out" / files()[0];
  fs::rename(file, file.parent_path() / ("." + file.filename().native() + ".part"));
  restart({});
  EXPECT_EQ(deliver({"a"})[0].verdict, Verdict::delivered);
  EXPECT_TRUE(fs::exists(file));
}

// Rule: what is found to be in no file is written again, all that stood in it.
TEST_F(Written, AllRecordsOfAFileThatIsNotOursAreWrittenAgain) {
  if (::getuid() != 0) GTEST_SKIP() << "only root gives files away";
  deliver({"a", "b"});
  const fs::path file = folder_.path() / "out" / files()[0];
  const fs::path part = file.parent_path() / ("." + file.filename().native() + ".part");
  fs::rename(file, part);
  ASSERT_EQ(::chown(part.c_str(), 65534, 65534), 0);
  // As a version left it that noted no digest.
  const fs::path log = host_.dataDirectory() / "delivered.log";
  std::string kept;
  std::istringstream lines(readFile(log));
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("ready ")) kept += line + "\n";
  std::ofstream(log, std::ios::trunc) << kept;
  restart({});
  for (const char* record : {"a", "b"})
    EXPECT_EQ(deliver({record})[0].verdict, Verdict::delivered) << record;
  std::string all;
  for (const std::string& name : files()) all += readFile(file.parent_path() / name);
  EXPECT_THAT(all, ::testing::AllOf(HasSubstr("\"a\""), HasSubstr("\"b\"")));
}

TEST_F(Written, AHalfNotedKeyIsForgotten) {
  deliver({"a"});
  std::ofstream(host_.dataDirectory() / "delivered.log", std::ios::app)
      << "0123456789abcdef0123456789abcdef half";
  restart({});
  EXPECT_EQ(deliver({"b"})[0].verdict, Verdict::delivered);
  restart({});
  EXPECT_EQ(deliver({"b"})[0].verdict, Verdict::delivered);
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(Written, CsvNamesTheColumnsOfTheBatch) {
  restart({{"output_format", std::string("csv")}});
  deliver({"a,b"});
  EXPECT_THAT(files()[0], EndsWith(".csv"));
  EXPECT_EQ(readFile(folder_.path() / "out" / files()[0]),
            "\xEF\xBB\xBFn,o\r\n\"a,b\",\"{\"\"x\"\":1}\"\r\n");
}

TEST_F(Written, CsvDefusesFormulasAsTheResultFileDoes) {
  restart({{"output_format", std::string("csv")}});
  deliver({"=cmd()", "+1", "-1", "@x", "plain-"});
  const std::string text = readFile(folder_.path() / "out" / files().at(0));
  for (const char* line : {"\n'=cmd(),", "\n'+1,", "\n'-1,", "\n'@x,", "\nplain-,"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(Written, AFolderThatCannotBeWrittenMeansRetry) {
  folder_.write("out", "a file where the folder should be");
  EXPECT_EQ(deliver({"a"})[0].verdict, Verdict::retry);
  EXPECT_FALSE(sink_->probe({}).ok());
  fs::remove(folder_.path() / "out");
  EXPECT_TRUE(sink_->probe({}).ok());
  EXPECT_TRUE(files().empty()) << "a probe leaves nothing";
  EXPECT_EQ(deliver({"a"})[0].verdict, Verdict::delivered);
}

// Rule: a link that somebody planted under a name of ours is never written through.
TEST_F(Written, ALinkInPlaceOfAFileOfOursIsNotWrittenThrough) {
  deliver({"a"});
  const std::string name = files().at(0);
  const TempFolder own;
  const fs::path victim = own.write("delivered.log", "precious");
  fs::remove_all(folder_.path() / "out");
  fs::create_directories(folder_.path() / "out");
  fs::create_symlink(victim, folder_.path() / "out" / ("." + name + ".part"));
  fs::remove(host_.dataDirectory() / "delivered.log");
  restart({});
  EXPECT_EQ(deliver({"a"})[0].verdict, Verdict::delivered);
  EXPECT_EQ(readFile(victim), "precious");
  EXPECT_FALSE(fs::is_symlink(folder_.path() / "out" / name));
  EXPECT_THAT(readFile(folder_.path() / "out" / name), HasSubstr("\"n\":\"a\""));
}

/// Keys that are noted, and their file ready and not in its place: so a crash in between leaves it.
class Ready : public Written {
 protected:
  void SetUp() override {
    deliver({"a", "b"});
    file_ = folder_.path() / "out" / files().at(0);
    part_ = file_.parent_path() / ("." + file_.filename().native() + ".part");
    const fs::path log = host_.dataDirectory() / "delivered.log";
    const std::string noted = readFile(log);
    std::ofstream(log) << noted.substr(0, noted.find('\n') + 1);
    fs::rename(file_, part_);
    restart({});
  }
  /// Delivers both, and expects that they stand in one file.
  void expectWritten() {
    for (const Outcome& outcome : deliver({"a", "b"})) {
      EXPECT_EQ(outcome.verdict, Verdict::delivered) << outcome.detail;
      EXPECT_EQ(outcome.receipt, file_.filename());
    }
    EXPECT_EQ(files(), std::vector<std::string>{file_.filename()});
    EXPECT_FALSE(fs::is_symlink(file_));
    EXPECT_EQ(readFile(file_), "{\"n\":\"a\",\"o\":{\"x\":1}}\n{\"n\":\"b\",\"o\":{\"x\":1}}\n");
  }
  fs::path file_;
  fs::path part_;
};

TEST_F(Ready, IsPutInPlaceByWhicheverOfItsRecordsComes) {
  EXPECT_EQ(deliver({"b"}).at(0).receipt, file_.filename());
  EXPECT_TRUE(fs::exists(file_));
  fs::remove(file_);
  EXPECT_EQ(deliver({"a"}).at(0).receipt, file_.filename()) << "it was fetched away";
  EXPECT_TRUE(files().empty());
  restart({});
  EXPECT_EQ(deliver({"a"}).at(0).receipt, file_.filename()) << "a restart knows it too";
  EXPECT_TRUE(files().empty());
}

// It was booked as delivered, with a receipt for a file that never was.
// Rule: what is noted is delivered once its file was in its place, and not before.
TEST_F(Ready, OneThatWasTakenAwayIsWrittenAgain) {
  fs::remove(part_);
  expectWritten();
}

TEST_F(Ready, OneThatSomebodyExchangedIsWrittenAgain) {
  fs::remove(part_);
  fs::create_symlink("/etc/hostname", part_);
  expectWritten();
}

TEST_F(Ready, OneThatSomebodyChangedIsWrittenAgain) {
  std::fstream(part_, std::ios::in | std::ios::out) << "{\"n\":\"z\"";
  expectWritten();
}

TEST_F(Ready, OneThatReachedItsPlaceIsNotWrittenAgain) {
  fs::rename(part_, file_);
  const fs::file_time_type before = fs::last_write_time(file_);
  expectWritten();
  EXPECT_EQ(fs::last_write_time(file_), before);
}

// Shares that map owners (CIFS, NFS) showed each file as another user's: none got its name.
TEST_F(Ready, AShareThatMapsOwnersKeepsNothingFromItsPlace) {
  if (::getuid() != 0) GTEST_SKIP() << "another user's file needs root to make one";
  ASSERT_EQ(::chown(part_.c_str(), 65534, 65534), 0);
  expectWritten();
}

// The unit's umask of 0077 gave files that nobody could fetch.
TEST_F(Written, FilesAreReadableWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  deliver({"a"});
  restart({{"output_mode", std::string("0640")}});
  deliver({"b"});
  ::umask(before);
  std::set<unsigned> modes;
  for (const std::string& name : files())
    modes.insert(static_cast<unsigned>(fs::status(folder_.path() / "out" / name).permissions()));
  EXPECT_EQ(modes, (std::set<unsigned>{0640, 0644}));
}

TEST_F(Written, WithoutAnOutputFolderThePeerIsRefusedNotTheRecord) {
  restart({{"output_folder", std::string()}});
  const auto outcomes = deliver({"a"});
  EXPECT_EQ(outcomes[0].verdict, Verdict::refused);
  EXPECT_THAT(outcomes[0].detail, HasSubstr("output_folder"));
}

class OneOffice final : public MockWorld {
 public:
  explicit OneOffice(std::size_t records) : records_(records) {}
  std::string_view gatewayUrl() const override { return {}; }
  Result<HttpResponse> send(const HttpCall&) override { return Error{"deliver.connect", ""}; }
  WallTime now() const override { return WallTime(std::chrono::hours(24 * 365 * 50)); }
  std::string nonce(std::size_t) override { return "00"; }
  std::size_t records() const override { return records_; }
  bool pause(std::chrono::milliseconds) override { return true; }
  void log(std::string_view) override {}

 private:
  std::size_t records_;
};

TEST(Mock, EveryRowItDropsIsReadAndCounted) {
  const TempFolder folder;
  const Settings settings = settingsWith(
      {{"folder", folder.path().native()}, {"settle_time", std::chrono::milliseconds(0)}});
  MockOffice office(readSettings(settings));
  OneOffice world(1000);
  office.drive(world);
  EXPECT_EQ(namesIn(folder.path()).size(), 4u) << "a workbook, two kinds of CSV, JSONL";
  lianqiao::test::FakeHost host;
  const auto source = descriptor().makeSource(settings, host);
  std::string cursor;
  for (;;) {
    auto batch = source->poll(cursor, std::chrono::steady_clock::time_point::max());
    ASSERT_TRUE(batch.ok()) << batch.error().detail;
    if (!batch->more) break;
    for (const RawItem& item : batch->items) {
      EXPECT_TRUE(item.problems.empty()) << item.origin;
      EXPECT_THAT(item.body, HasSubstr("留言编号"));
    }
    cursor = batch->cursor;
    ASSERT_TRUE(source->confirm(*batch, std::vector<ItemVerdict>(batch->items.size())).ok());
  }
  const MockPeer::Taken taken = office.taken();
  EXPECT_EQ(taken.distinct, 1000u);
  EXPECT_EQ(taken.doubled, 0u);
  EXPECT_EQ(taken.refused, 0u);
}

TEST(Mock, ItCountsWhatWasWrittenForIt) {
  const TempFolder folder;
  folder.write("old.jsonl", "{\"n\":0}\n");
  MockOffice office(readSettings(settingsWith({{"output_folder", folder.path().native()}})));
  folder.write("a.jsonl", "{\"n\":1}\n{\"n\":2}\n");
  folder.write("b.jsonl", "{\"n\":2}\n");
  EXPECT_EQ(office.taken().distinct, 2u);
  EXPECT_EQ(office.taken().doubled, 1u);
}

TEST(Describes, EverySettingInBothLanguages) {
  for (const FieldSpec& field : descriptor().settings) {
    EXPECT_TRUE(field.doc.ends_with('.')) << field.name;
    EXPECT_TRUE(field.docZh.ends_with("。")) << field.name;
  }
}

}  // namespace
}  // namespace lianqiao::file_drop::test
