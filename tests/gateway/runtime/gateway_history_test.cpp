// What happened stands in the history, whoever was away meanwhile, and is found and shown masked.
#include "cli/history_view.h"
#include "cli/status_view.h"
#include "gateway_fixture.h"
#include "history_sqlite/sqlite_store.h"
#include "support/postgres_server.h"

namespace lianqiao::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HistoryTest : public GatewayTest {
 protected:
  /// The one record that is found so, as JSON; waits for it.
  std::string find(const std::string& query) {
    std::string body;
    EXPECT_TRUE(test::eventually([&] {
      body = admin("GET", "/v1/records?" + query).body;
      return body.find("\"id\":") != std::string::npos;
    })) << body;
    return body;
  }
  static std::string idIn(const std::string& json) {
    const std::size_t at = json.find("\"id\":\"") + 6;
    return json.substr(at, 26);
  }
  std::string status() { return admin("GET", "/v1/status").body; }
};

TEST_F(HistoryTest, ARecordIsFoundByEitherSidesIdAndShownWithItsDeliveries) {
  start();
  ASSERT_EQ(post("app", "A-17"), 202);
  const std::string found = find("word=A-17&state=delivered");
  EXPECT_THAT(found, HasSubstr(R"("peer":"app","type":"work_order")"));
  const std::string id = idIn(found);
  const std::string shown = admin("GET", "/v1/records/" + id).body;
  EXPECT_THAT(shown, HasSubstr(R"("sourceid":"A-17")"));
  EXPECT_THAT(shown, HasSubstr(R"({"peer":"grid","state":"delivered")"));
  EXPECT_THAT(shown, HasSubstr(R"({"peer":"archive","state":"owed")"));
  EXPECT_THAT(shown, HasSubstr(R"("configuration":")"));
  EXPECT_THAT(cli::recordView(shown), HasSubstr("  to grid             delivered, at "));
  EXPECT_THAT(cli::foundView(found), HasSubstr(id));
  EXPECT_EQ(admin("GET", "/v1/records/unknown").status, 404);
}

TEST_F(HistoryTest, WhatAPersonWroteIsShownOnlyToWhoSaysWhyAndTheLogKeepsThat) {
  start();
  ASSERT_EQ(post("app", "A-17"), 202);
  const std::string id = idIn(find("word=A-17"));
  EXPECT_THAT(admin("GET", "/v1/records/" + id).body, Not(HasSubstr("路灯不亮")));
  const std::string masked =
      admin("GET", "/v1/records/" + id + "?raw=true&sent=true&normalized=true&by=wang").body;
  EXPECT_THAT(masked, HasSubstr(R"("raw":{"body":)"));
  EXPECT_THAT(masked, HasSubstr(R"("sent":[)"));
  EXPECT_THAT(masked, Not(HasSubstr("路灯不亮")));
  const std::string raw =
      admin("GET", "/v1/records/" + id + "?raw=true&by=wang&reason=the%20caller%20asks").body;
  EXPECT_THAT(raw, HasSubstr("路灯不亮"));
  EXPECT_THAT(log(), HasSubstr("Raw items were shown to wang: " + id +
                               " of the history (the caller asks)"));
}

TEST_F(HistoryTest, WhatWasSentIsShownAsItWasAndMadeAgainWhereItIsNotKept) {
  start();
  ASSERT_EQ(post("app", "A-17"), 202);
  const std::string id = idIn(find("word=A-17&state=delivered"));
  const std::string way = "/v1/records/" + id + "?sent=true&by=wang&reason=why";
  const std::string payload = R"("payload":"{\"orderNo\":\"A-17\",\"title\":\"路灯不亮\"}")";
  std::string shown = admin("GET", way).body;
  EXPECT_THAT(shown, HasSubstr(R"("how":"kept",)" + payload));
  EXPECT_THAT(shown,
              HasSubstr(R"("peer":"archive","how":"unknown","why":"It was not delivered.")"));
  EXPECT_THAT(cli::recordView(shown), HasSubstr("Sent to grid, as it was kept, digest "));
  // The mapping changes, and what was kept is gone: the configuration of then makes it again.
  write("mappings/plain.yaml",
        "mapping: plain\ndirection: outbound\ntype: [work_order]\nfields: {name: data.title}\n");
  gateway_.reset();
  close(logFile_);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "data" / "history"))
    if (entry.path().string().find(".sent") != std::string::npos)
      std::filesystem::remove(entry.path());
  start();
  ASSERT_TRUE(test::eventually([&] { return admin("GET", way).status == 200; }));
  shown = admin("GET", way).body;
  EXPECT_THAT(shown, HasSubstr(R"("how":"recomputed",)" + payload));
  EXPECT_THAT(cli::recordView(shown), HasSubstr("made again: it is what was sent"));
}

TEST_F(HistoryTest, WhatAPeerAnsweredToAFailureIsShownMasked) {
  platform_.setDown(true);
  start();
  ASSERT_EQ(post("app", "A-17"), 202);
  const std::string id = idIn(find("word=A-17&state=retrying"));
  EXPECT_THAT(admin("GET", "/v1/records/" + id + "?answer=true").body,
              HasSubstr(R"("answer":"{}")"));
  EXPECT_THAT(admin("GET", "/v1/records/" + id).body, Not(HasSubstr(R"("answer")")));
}

TEST_F(HistoryTest, WhatIsSentAgainAndWhatIsQuarantinedStandInIt) {
  start();
  ASSERT_EQ(post("app", "A-17"), 202);
  ASSERT_EQ(post("app", "A-17"), 202);
  const std::string id = idIn(find("word=A-17"));
  EXPECT_TRUE(test::eventually([&] {
    return admin("GET", "/v1/records/" + id).body.find(R"("times":1)") != std::string::npos;
  }));
  const std::string bad = call("POST", "/v1/peers/app/records", R"({"no":"B-1"})");
  ASSERT_THAT(bad, HasSubstr("normalize.missing"));
  const std::string exception = find("word=B-1");
  EXPECT_THAT(exception, HasSubstr(R"("exception":true)"));
  EXPECT_THAT(admin("GET", "/v1/records/" + idIn(exception)).body, HasSubstr("/data/title"));
}

TEST_F(HistoryTest, AfterEachStartNothingIsMissingAndNothingThereTwice) {
  for (int round = 0; round < 3; ++round) {
    start();
    for (int i = 0; i < 20; ++i)
      ASSERT_EQ(post("app", "R" + std::to_string(round) + "-" + std::to_string(i)), 202);
    gateway_.reset();
    close(logFile_);
    logFile_ = -1;
  }
  start();
  const auto count = [&] {
    const std::string body = admin("GET", "/v1/records?peer=app&limit=1000").body;
    std::size_t n = 0;
    for (std::size_t at = 0; (at = body.find("\"sourceid\"", at)) != std::string::npos; ++at) ++n;
    return n;
  };
  EXPECT_TRUE(test::eventually([&] { return count() == 60; })) << count();
  EXPECT_THAT(status(), HasSubstr(R"("gaps":0)"));
}

TEST_F(HistoryTest, EachAppliedConfigurationIsKeptByTheVersionThatItsRecordsName) {
  const auto versionOf = [&](const std::string& sourceId) {
    const std::string shown = admin("GET", "/v1/records/" + idIn(find("word=" + sourceId))).body;
    const std::size_t at = shown.find(R"("configuration":")") + 17;
    return shown.substr(at, shown.find('"', at) - at);
  };
  start();
  ASSERT_EQ(post("app", "A-1"), 202);
  const std::string first = versionOf("A-1");
  write("mappings/report.yaml", mappingText("at"));
  ASSERT_TRUE(gateway_->reload().complete());
  ASSERT_EQ(post("web", "A-2"), 202);
  const std::string second = versionOf("A-2");
  EXPECT_NE(first, second);
  gateway_.reset();
  history::StoreSettings settings;
  settings.folder = folder_.path() / "data" / "history";
  const base::SystemClock clock;
  auto store = history::SqliteStore::open(
      settings, [](LogLevel, std::string_view) {}, clock);
  ASSERT_TRUE(store.ok()) << store.error().detail;
  for (const auto& [version, title] :
       {std::pair(first, "title: {from: what"), std::pair(second, "title: {from: at")}) {
    const auto text = (*store)->configuration(version);
    ASSERT_TRUE(text.ok() && text->has_value()) << version;
    const auto kept = setup::KeptConfiguration::ofText(**text);
    ASSERT_TRUE(kept.has_value());
    EXPECT_THAT(kept->files().at("mappings/report.yaml"), HasSubstr(title));
  }
}

TEST_F(HistoryTest, WhereItCannotBeOpenedTheGatewayRunsAndSaysSo) {
  std::filesystem::create_directories(folder_.path() / "data");
  std::ofstream(folder_.path() / "data" / "history") << "a file in the folder's place";
  start();
  ASSERT_EQ(post("app", "A-17"), 202);
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 1; }));
  EXPECT_THAT(status(), HasSubstr(R"("code":"history.unavailable")"));
  EXPECT_THAT(cli::statusView(status()), HasSubstr("The history is not written since "));
  EXPECT_EQ(admin("GET", "/v1/records?word=A-17").status, 503);
}

TEST_F(HistoryTest, InPostgresqlItStandsAsInFilesAndIsCaughtUpAfterAnOutage) {
  test::PostgresServer* const server = test::PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "PostgreSQL is not installed (deploy/packages test)";
  std::ofstream(config() / "lianqiao.yaml", std::ios::app)
      << "history: {url: \"" << server->fresh() << "\"}\n";
  start();
  ASSERT_EQ(post("app", "A-17"), 202);
  EXPECT_THAT(find("word=A-17&state=delivered"), HasSubstr(R"("type":"work_order")"));
  server->kill();
  ASSERT_EQ(post("app", "A-18"), 202);
  EXPECT_TRUE(test::eventually([&] {
    return status().find(R"("code":"history.unavailable")") != std::string::npos;
  })) << status();
  EXPECT_EQ(admin("GET", "/v1/records?word=A-17").status, 503);
  server->start();
  find("word=A-18&state=delivered");
  EXPECT_THAT(status(), HasSubstr(R"("gaps":0)"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path() / "data/history"), {}),
            1)
      << "the key alone";
}

TEST_F(HistoryTest, WhatPersonsDoToItStandsInIt) {
  start();
  ASSERT_EQ(post("app", "A-17"), 202);
  const std::string id = idIn(find("word=A-17&state=delivered"));
  EXPECT_EQ(admin("POST", "/v1/history/erase?number=13800138000").status, 400);
  EXPECT_EQ(admin("POST", "/v1/history/erase?number=13800138000&by=wang&reason=asked").body,
            R"({"records":0})");
  EXPECT_EQ(admin("POST", "/v1/history/rebuild?by=wang&reason=disk").status, 202);
  EXPECT_TRUE(
      test::eventually([&] { return status().find(R"("refilling":false)") != std::string::npos; }));
  const std::string verified = admin("POST", "/v1/history/verify").body;
  EXPECT_THAT(verified, HasSubstr(R"("problems":[])"));
  EXPECT_THAT(cli::verifiedView(verified), HasSubstr("1 records, 1 contents, 1 payloads.\nAll"));
  EXPECT_THAT(cli::rebuiltView(status()), HasSubstr("has no gap"));
  admin("GET", "/v1/records/" + id + "?raw=true&by=li&reason=a%20call");
  const std::string acts = admin("GET", "/v1/history/acts").body;
  EXPECT_THAT(acts, HasSubstr(R"("who":"wang","what":"erase","why":"asked")"));
  EXPECT_THAT(acts, HasSubstr("shown in clear: raw item of " + id));
}

TEST_F(HistoryTest, WhoWantsNoneHasNone) {
  std::ofstream(config() / "lianqiao.yaml", std::ios::app) << "history: {enabled: false}\n";
  start();
  ASSERT_EQ(post("app", "A-17"), 202);
  EXPECT_THAT(status(), Not(HasSubstr("\"history\"")));
  const HttpResponse answer = admin("GET", "/v1/records?word=A-17");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("history.enabled"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "data" / "history"));
}

TEST_F(HistoryTest, AReportCountsWhatCameAndEachFigureOpensItsList) {
  write("reports.yaml",
        "reports:\n  - {name: daily, title: 日报, type: work_order, period: day, time: "
        "data.createdTime, by: [data.orderNo], figures: [{name: received}, {name: closed, step: "
        "closed}]}\n");
  start();
  ASSERT_EQ(post("app", "A-1"), 202);
  ASSERT_EQ(post("web", "B-1"), 202);
  const std::string a = idIn(find("word=A-1")), b = idIn(find("word=B-1"));
  const std::string table = admin("GET", "/v1/reports/daily?period=2026-11-20").body;
  EXPECT_THAT(
      table,
      HasSubstr(
          R"("rows":[{"groups":["A-1"],"figures":[1,0]},{"groups":["B-1"],"figures":[1,0]}],"total":[2,0],"gone":0)"));
  EXPECT_EQ(admin("GET", "/v1/reports/daily?period=2026-11-20&figure=received").body,
            R"({"report":"daily","period":"2026-11-20","figure":"received","ids":[")" +
                std::min(a, b) + "\",\"" + std::max(a, b) + "\"]}");
  EXPECT_THAT(admin("GET", "/v1/reports/daily?period=2026-11-21").body,
              HasSubstr(R"("total":[0,0])"));
  EXPECT_EQ(admin("GET", "/v1/reports/daily?period=yesterday").status, 400);
  EXPECT_EQ(admin("GET", "/v1/reports/daily?period=2026-11-20&figure=none").status, 404);
  EXPECT_EQ(admin("GET", "/v1/reports/none").status, 404);
  EXPECT_THAT(admin("GET", "/v1/reports").body,
              HasSubstr(R"("name":"daily","title":"日报","period":"day")"));
  // A reload takes up others.
  remove("reports.yaml");
  EXPECT_TRUE(reload().complete());
  EXPECT_EQ(admin("GET", "/v1/reports").body, R"({"reports":[]})");
}

}  // namespace
}  // namespace lianqiao::runtime
