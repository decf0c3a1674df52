#include "file_drop/file_counterpart.h"

#include <utime.h>

#include <set>

#include "drop_fixture.h"
#include "file_drop/file_drop.h"
#include "file_drop/mock_office.h"
#include "kit/time/china_time.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao::file_drop::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// A folder with lists of 2026-01-01, and who reads them.
class Lists : public ::testing::Test {
 protected:
  Lists() {
    query_.day = "2026-01-01";
    query_.begin = *kit::readMoment("2026-01-01 00:00:00");
    query_.end = query_.begin + 24h;
    query_.fields = {"status", "reply.content"};
  }

  std::unique_ptr<FileCounterpart> counterpart(Given given = {}) {
    given.try_emplace("list_file", (folder_.path() / "{day}.csv").native());
    given.try_emplace("list_id", std::vector<std::string>{"no"});
    given.try_emplace("settle_time", std::chrono::milliseconds(0));
    given.try_emplace("quiet_time", std::chrono::milliseconds(0));
    return std::make_unique<FileCounterpart>(readSettings(settingsWith(given)), host_);
  }

  struct Listed {
    std::vector<HeldItem> items;
    HeldPage last;
    std::string day;
    std::size_t pages = 0;
    std::string code;
    std::string detail;
  };
  Listed all(Counterpart& role) {
    Listed listed;
    std::string after;
    do {
      auto page = role.list(query_, after, std::chrono::steady_clock::now() + 20s);
      if (!page) {
        listed.code = page.error().code;
        listed.detail = page.error().detail;
        return listed;
      }
      ++listed.pages;
      for (HeldItem& item : page->items) listed.items.push_back(std::move(item));
      if (!page->day.empty()) listed.day = page->day;
      after = page->next;
      listed.last = std::move(*page);
    } while (!after.empty() && listed.pages < 1000);
    EXPECT_TRUE(after.empty()) << "the pages have no end";
    return listed;
  }
  Listed all(Given given = {}) { return all(*counterpart(std::move(given))); }

  TempFolder folder_;
  lianqiao::test::FakeHost host_;
  HeldQuery query_;
};

constexpr std::string_view kHead = "no,status,reply.content\n";

std::string rowsOf(std::size_t count) {
  std::string rows(kHead);
  for (std::size_t i = 0; i < count; ++i) rows += "N" + std::to_string(i) + ",done,已修复\n";
  return rows;
}

TEST_F(Lists, AreReadFromEveryKindOfFile) {
  const std::vector<std::vector<std::string>> rows{
      {"街道受理清单"}, {"编号 *", "no", "status", "reply.content"}, {"1", "N1", "done", "已修复"}};
  folder_.write("2026-01-01.csv", std::string(kHead) + "N1,done,已修复\n");
  folder_.write("20260101-out.xlsx", writeWorkbook("清单", rows));
  folder_.write("2026-01-01.jsonl", R"({"no":"N1","status":"done","reply":{"content":"已修复"}})"
                                    "\n");
  for (const char* name : {"{day}.csv", "{yyyymmdd}-{direction}.xlsx", "{day}.jsonl"}) {
    const Listed listed = all({{"list_file", (folder_.path() / name).native()}});
    ASSERT_EQ(listed.items.size(), 1u) << name << listed.detail;
    EXPECT_EQ(listed.items[0].id, "N1");
    EXPECT_THAT(listed.items[0].fields, ElementsAre("done", "已修复"));
  }
}

TEST_F(Lists, ComeInPagesThatTogetherAreTheFile) {
  folder_.write("2026-01-01.csv", rowsOf(4500));
  const Listed listed = all();
  EXPECT_EQ(listed.pages, 3u);
  std::set<std::string> ids;
  for (const HeldItem& item : listed.items) ids.insert(item.id);
  EXPECT_EQ(ids.size(), 4500u);
  const auto role = counterpart();
  ASSERT_TRUE(role->list(query_, "", std::chrono::steady_clock::now() + 20s).ok());
  const auto page = role->list(query_, "7", std::chrono::steady_clock::now() + 20s);
  EXPECT_FALSE(page.ok()) << "a page that nobody named";
}

TEST_F(Lists, ThatAreNotThereYetSaySo) {
  const auto role = counterpart();
  const Listed none = all(*role);
  EXPECT_EQ(none.code, codes::kReconcileNotYet);
  EXPECT_THAT(none.detail, HasSubstr("2026-01-01.csv"));
  folder_.write("2026-01-01.csv", rowsOf(1));
  EXPECT_EQ(all(*role).items.size(), 1u) << "asked again";
}

TEST_F(Lists, ThatAreStillBeingWrittenAreWaitedFor) {
  const fs::path file = folder_.write("2026-01-01.csv", rowsOf(2));
  const auto writtenAt = [&](std::chrono::seconds ago) {
    const auto at =
        std::chrono::duration_cast<std::chrono::seconds>(host_.now().time_since_epoch() - ago);
    const utimbuf times{.actime = at.count(), .modtime = at.count()};
    ASSERT_EQ(::utime(file.c_str(), &times), 0);
  };
  const Given five{{"settle_time", std::chrono::milliseconds(5000)}};
  writtenAt(2s);
  EXPECT_EQ(all(five).code, codes::kReconcileNotYet);
  writtenAt(6s);
  EXPECT_EQ(all(five).items.size(), 2u);
  // The last line has no end, and it is not quiet for long enough.
  std::ofstream(file, std::ios::app) << "N9,do";
  writtenAt(6s);
  EXPECT_EQ(all({{"quiet_time", std::chrono::milliseconds(30'000)}}).code, codes::kReconcileNotYet);
  folder_.write("2026-01-01.csv", "");
  EXPECT_EQ(all().code, codes::kReconcileNotYet) << "nothing at all is no empty day";
  folder_.write("2026-01-01.csv", kHead);
  EXPECT_EQ(all().code, "");
}

TEST_F(Lists, AreHeldToTheirMarkerAndManifest) {
  const std::string bytes = rowsOf(3);
  const Given marker{{"marker", std::string(".ok")}};
  const Given manifest{{"manifest", std::string(".json")}};
  folder_.write("2026-01-01.csv", bytes);
  EXPECT_EQ(all(marker).code, codes::kReconcileNotYet);
  folder_.write("2026-01-01.csv.ok", "");
  EXPECT_EQ(all(marker).items.size(), 3u);

  EXPECT_EQ(all(manifest).code, codes::kReconcileNotYet);
  const std::string sum = hex(digest(Hash::sha256, bytes));
  folder_.write("2026-01-01.csv.json", R"({"rows":4,"sha256":")" + sum + "\"}");
  const Listed cut = all(manifest);
  EXPECT_EQ(cut.last.total, 4u) << "held against its three rows by who compares";
  // Younger than give_up_time it may become what its manifest says; after that it is cut.
  folder_.write("2026-01-01.csv", bytes.substr(0, bytes.size() - 5));
  EXPECT_EQ(all(manifest).code, codes::kReconcileNotYet);
  Given overdue = manifest;
  overdue["give_up_time"] = std::chrono::milliseconds(0);
  const Listed refused = all(overdue);
  EXPECT_EQ(refused.code, codes::kReconcileCutShort);
  EXPECT_THAT(refused.detail, HasSubstr("manifest"));
}

TEST_F(Lists, ThatChangeWhileTheyAreReadAreNotBelieved) {
  const fs::path file = folder_.write("2026-01-01.csv", rowsOf(4500));
  const auto role = counterpart();
  const auto first = role->list(query_, "", std::chrono::steady_clock::now() + 20s);
  ASSERT_TRUE(first.ok());
  std::ofstream(file, std::ios::app) << "N9999,done,x\n";
  const auto second = role->list(query_, first->next, std::chrono::steady_clock::now() + 20s);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, codes::kReconcileCutShort);
}

TEST_F(Lists, OfAnotherDayAreNamed) {
  const Given timed{{"list_time", std::string("at")}};
  query_.fields.clear();
  folder_.write("2026-01-01.csv", "no,at\nN1,2025-12-31 23:59:59\nN2,2025-12-31 08:00:00\n");
  EXPECT_EQ(all(timed).day, "2025-12-31");
  folder_.write("2026-01-01.csv", "no,at\nN1,2025-12-31 23:59:59\nN2,2026-01-01 08:00:00\n");
  const Listed mixed = all(timed);
  EXPECT_EQ(mixed.day, "") << "each thing is judged by its own time";
  ASSERT_EQ(mixed.items.size(), 2u);
  EXPECT_EQ(mixed.items[1].at, *kit::readMoment("2026-01-01 08:00:00"));
}

TEST_F(Lists, TellADigestInPlaceOfTheFields) {
  const std::vector<std::string> fields{"done", "已修复"};
  folder_.write("2026-01-01.csv", "no,digest\nN1," + heldContent(fields) + "\n");
  const Given digests{{"list_content", std::string("digest")}};
  const Listed listed = all(digests);
  ASSERT_EQ(listed.items.size(), 1u) << listed.detail;
  EXPECT_EQ(listed.items[0].content, heldContent(fields));
  EXPECT_TRUE(listed.items[0].fields.empty());
  folder_.write("2026-01-01.csv", "no,digest\nN1,张三丰\n");
  const Listed bad = all(digests);
  EXPECT_EQ(bad.code, codes::kBadRow);
  EXPECT_THAT(bad.detail, ::testing::AllOf(HasSubstr("line 2"), Not(HasSubstr("张三丰"))));
}

TEST_F(Lists, JoinTheColumnsOfAnIdAsRowsDo) {
  query_.fields.clear();
  query_.revision = "version";
  folder_.write("2026-01-01.csv", "编号,用户,version\n12,U1,3\n");
  Given joined{{"id_columns", std::vector<std::string>{"编号", "用户"}},
               {"list_id", std::vector<std::string>{}}};
  const Listed listed = all(joined);
  ASSERT_EQ(listed.items.size(), 1u) << listed.detail;
  EXPECT_EQ(listed.items[0].id, "12|U1");
  EXPECT_EQ(listed.items[0].revision, "3");
}

TEST_F(Lists, ThatCannotBeReadNameTheRowAndNotItsContent) {
  folder_.write("2026-01-01.csv", std::string(kHead) + "N1,done,x\n,done,张三丰\n");
  const Listed noId = all();
  EXPECT_EQ(noId.code, codes::kBadRow);
  EXPECT_THAT(noId.detail, ::testing::AllOf(HasSubstr("line 3"), Not(HasSubstr("张三丰"))));
  folder_.write("2026-01-01.csv", std::string(kHead) + "N1,done,张三丰,x\n");
  EXPECT_EQ(all().code, codes::kBadRow);
  folder_.write("2026-01-01.csv", "number,state\n1,2\n");
  const Listed strange = all();
  EXPECT_EQ(strange.code, codes::kBadFile);
  EXPECT_THAT(strange.detail, HasSubstr("reply.content"));
  fs::remove(folder_.path() / "2026-01-01.csv");
  fs::create_symlink("/etc/passwd", folder_.path() / "2026-01-01.csv");
  EXPECT_EQ(all().code, codes::kBadFile) << "a link is no list";
}

TEST_F(Lists, HaveANameThatTellsTheDay) {
  const auto whyNot = [&](const std::string& name, Given given = {}) -> std::string {
    given["list_file"] = name;
    try {
      (void)counterpart(given);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(whyNot("/srv/lists/held.csv"), HasSubstr("{day}"));
  EXPECT_THAT(whyNot("/srv/{day}/held.csv"), HasSubstr("last part"));
  EXPECT_THAT(whyNot("/srv/lists/{day}-{peer}.csv"), HasSubstr("placeholder"));
  EXPECT_THAT(whyNot("/srv/drop/lists/{day}.csv", {{"folder", std::string("/srv/drop")}}),
              HasSubstr("ledger"));
  EXPECT_EQ(whyNot("/srv/lists/{day}.csv", {{"folder", std::string("/srv/drop")}}), "");
  EXPECT_EQ(descriptor().makeCounterpart(settingsWith({}), host_), nullptr);
}

/// Calls drive() until it has paused three times.
class ShortWorld final : public MockWorld {
 public:
  [[nodiscard]] std::string_view gatewayUrl() const override { return "http://gateway.example"; }
  Result<HttpResponse> send(const HttpCall&) override { return HttpResponse{404, {}, {}}; }
  [[nodiscard]] WallTime now() const override { return {}; }
  std::string nonce(std::size_t) override { return "0"; }
  [[nodiscard]] std::size_t records() const override { return 0; }
  bool pause(std::chrono::milliseconds) override { return ++pauses_ < 3; }
  void log(std::string_view message) override { ADD_FAILURE() << message; }

 private:
  int pauses_ = 0;
};

TEST_F(Lists, OfTheMockAreWhatItHas) {
  const fs::path out = folder_.path() / "out";
  fs::create_directories(out);
  std::ofstream(out / "a.jsonl") << R"({"no":"N1","status":"done","reply":{"content":"say \"x\""}})"
                                    "\n"
                                    R"({"no":"N2","status":"done","extra":5})"
                                    "\n";
  const WallTime today =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  query_.day = kit::chinaTime(today).substr(0, 10);
  query_.begin = *kit::readMoment(query_.day + " 00:00:00");
  query_.end = query_.begin + 24h;
  query_.fields = {"status", "extra"};
  host_.setNow(today + 1h);
  for (const char* name : {"{day}.csv", "{day}.xlsx", "{day}.jsonl"}) {
    const Given given{{"output_folder", out.native()},
                      {"list_file", (folder_.path() / name).native()},
                      {"list_id", std::vector<std::string>{"no"}},
                      {"list_time", std::string("listedTime")},
                      {"manifest", std::string(".json")},
                      {"marker", std::string(".ok")}};
    MockOffice mock(readSettings(settingsWith(given)));
    ShortWorld world;
    mock.drive(world);
    const Listed listed = all(given);
    ASSERT_EQ(listed.items.size(), 2u) << name << listed.code << listed.detail;
    EXPECT_EQ(listed.items[0].id, "N1");
    EXPECT_THAT(listed.items[1].fields, ElementsAre("done", "5"));
    EXPECT_EQ(listed.last.total, 2u);
    EXPECT_GE(listed.items[0].at, query_.begin);
  }
}

}  // namespace
}  // namespace lianqiao::file_drop::test
