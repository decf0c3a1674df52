#include <set>
#include <thread>

#include "admin/client.h"
#include "gateway_fixture.h"
#include "runtime/reload_plan.h"

namespace lianqiao::runtime {
namespace {

using http::statusOf;
using test::eventually;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Outcome = ReloadOutcome::Result;

class ReloadTest : public GatewayTest {};

TEST_F(ReloadTest, WhatHasNotChangedIsUnchanged) {
  start();
  write("peers/app.yaml",
        "# a comment\nadapter: webhook\nauth: {kind: token, tokens: [\"${file:secrets/app}\"]}\n"
        "inbound: {mappings: [report]}\n");
  const ReloadReport report = reload();
  EXPECT_TRUE(report.complete());
  for (const auto& [name, outcome] : report.peers)
    EXPECT_EQ(outcome.result, Outcome::unchanged) << name;
  EXPECT_EQ(report.peers.size(), 4u);
}

TEST_F(ReloadTest, AMendedMappingAppliesToTheNextRecord) {
  write("mappings/report.yaml", mappingText("wrong"));
  start();
  EXPECT_EQ(post("app", "R-1"), 422);
  write("mappings/report.yaml", mappingText("what"));
  const ReloadReport report = reload();
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(resultOf(report, "app"), Outcome::applied);
  EXPECT_EQ(resultOf(report, "web"), Outcome::applied);
  EXPECT_EQ(resultOf(report, "grid"), Outcome::unchanged);
  EXPECT_EQ(post("app", "R-2"), 202);
}

TEST_F(ReloadTest, ABrokenPeerIsRefusedWithItsPlaceAndAnothersChangeIsApplied) {
  start();
  write("peers/web.yaml",
        "adapter: webhook\nauth: {kind: token, tokens: [\"${file:secrets/web}\"]}\n"
        "inbound: {mappings: [report], conccurency: 3}\n");
  write("secrets/app", "new");
  const ReloadReport report = reload();
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(resultOf(report, "web"), Outcome::refused);
  ASSERT_EQ(report.peers.at("web").findings.all().size(), 1u);
  const std::string finding = report.peers.at("web").findings.all().front().text();
  EXPECT_THAT(finding, HasSubstr("peers/web.yaml:3:"));
  EXPECT_THAT(finding, HasSubstr("conccurency"));
  EXPECT_EQ(resultOf(report, "app"), Outcome::applied);
  EXPECT_EQ(post("app", "R-1", "new"), 202);
  EXPECT_EQ(post("app", "R-2", "t0ken"), 401);
  EXPECT_EQ(post("web", "R-3", "t0ken"), 202);
  EXPECT_THAT(log(), Not(HasSubstr("\"new\"")));
}

TEST_F(ReloadTest, ABrokenMappingRefusesThosePeersThatUseItAndTheyKeepTheFormerOne) {
  write("mappings/other.yaml", [] {
    std::string text = mappingText("what");
    return text.replace(0, std::string_view("mapping: report").size(), "mapping: other");
  }());
  writeSender("web", "mappings: [other]");
  start();
  write("mappings/report.yaml", mappingText("what") + "colour: red\n");
  writeSender("web", "mappings: [other], concurrency: 3");
  const ReloadReport report = reload();
  EXPECT_FALSE(report.refusedWhole()) << toJson(report);
  EXPECT_EQ(resultOf(report, "app"), Outcome::refused);
  EXPECT_THAT(report.peers.at("app").findings.all().front().text(),
              HasSubstr("mappings/report.yaml:"));
  EXPECT_EQ(resultOf(report, "web"), Outcome::applied);
  EXPECT_EQ(post("app", "R-1"), 202);
  EXPECT_EQ(post("web", "R-2"), 202);
  // The same again: nothing of it was taken for applied.
  EXPECT_EQ(resultOf(reload(), "app"), Outcome::refused);
}

TEST_F(ReloadTest, AnErrorThatIsNoPeersOwnRefusesTheWhole) {
  start();
  write("routes.yaml", "routes:\n  - {name: all, to: [gird]}\n");
  write("secrets/app", "new");
  const ReloadReport report = reload();
  EXPECT_TRUE(report.refusedWhole());
  EXPECT_THAT(report.findings.all().front().text(), HasSubstr("routes.yaml:2:"));
  EXPECT_EQ(post("app", "R-1", "t0ken"), 202);
}

TEST_F(ReloadTest, DeadlinesAreThoseOfTheNewFilesOrTheWholeIsRefused) {
  yaml::Findings findings;
  const auto running = setup::loadSetup(config(), findings);
  ASSERT_TRUE(running);
  EXPECT_FALSE(running->deadlines.calendar);
  const std::string calendar =
      "zone: \"+08:00\"\nhours: [\"09:00-17:00\"]\nyears: {2026: {source: s, holidays: []}}\n";
  write("calendar.yaml", calendar);
  ReloadPlan plan(*running, config());
  const auto next = plan.settle();
  ASSERT_TRUE(next);
  EXPECT_TRUE(next->deadlines.calendar);
  write("calendar.yaml", calendar + "holidays: []\n");
  EXPECT_TRUE(ReloadPlan(*running, config()).report().refusedWhole());
}

TEST_F(ReloadTest, SettingsThatTakeARestartAreNamed) {
  start();
  std::ifstream stream(config() / "lianqiao.yaml");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  write("lianqiao.yaml",
        text + "redis: {timeout: 7s}\nintake: {threads: 3}\nretry: {default: {first: 3s}}\n");
  const ReloadReport report = reload();
  EXPECT_THAT(report.restart, ElementsAre("intake", "redis"));
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(resultOf(report, "grid"), Outcome::applied) << "its retry policy";
  EXPECT_THAT(reload().restart, ElementsAre("intake", "redis")) << "still";
}

TEST_F(ReloadTest, AnAddedPeerServesAndARemovedOnesDeliveriesStayAndAreShown) {
  start();
  writeSender("phone");
  ReloadReport report = reload();
  EXPECT_TRUE(report.complete()) << toJson(report);
  EXPECT_EQ(resultOf(report, "phone"), Outcome::added);
  EXPECT_EQ(post("phone", "R-1"), 202);

  write("routes.yaml", "routes:\n  - {name: all, when: {type: work_order}, to: [grid]}\n");
  remove("peers/archive.yaml");
  report = reload();
  EXPECT_TRUE(report.complete()) << toJson(report);
  EXPECT_EQ(resultOf(report, "archive"), Outcome::removed);
  EXPECT_EQ(report.routes.result, Outcome::applied);
  EXPECT_EQ(statusOf(call("GET", "/v1/peers/archive/outbox")), 401) << "as for any name";
  const std::string status = admin("GET", "/v1/status").body;
  EXPECT_THAT(status, HasSubstr(R"("name":"archive")"));
  EXPECT_THAT(status, HasSubstr(R"("state":"removed")"));

  write("peers/archive.yaml", "adapter: webhook\nauth: {kind: none}\noutbound: {pull: true}\n");
  write("routes.yaml", "routes:\n  - {name: all, when: {type: work_order}, to: [grid, archive]}\n");
  report = reload();
  EXPECT_EQ(resultOf(report, "archive"), Outcome::added) << toJson(report);
  EXPECT_THAT(call("GET", "/v1/peers/archive/outbox"), HasSubstr("R-1"));
}

// check reads on behind a slip as if it were mended; a reload must not run by that.
TEST_F(ReloadTest, WhatWouldBeRightWithASlipMendedIsNotApplied) {
  start();
  write("peers/web.yaml",
        "adapter：webhook\nauth: {kind: token, tokens: [\"${file:secrets/web}\"]}\n"
        "inbound: {mappings: [report]}\n");
  write("secrets/web", "other");
  ReloadReport report = reload();
  EXPECT_EQ(resultOf(report, "web"), Outcome::refused) << toJson(report);
  EXPECT_EQ(post("web", "1"), 202) << "with the former token";
  write("mappings/report.yaml", mappingText("text") + "title：x\n");
  report = reload();
  EXPECT_EQ(resultOf(report, "app"), Outcome::refused) << toJson(report);
  write("routes.yaml", "routes:\n  - {name：all, to: [grid]}\n");
  EXPECT_TRUE(reload().refusedWhole());
}

TEST_F(ReloadTest, RoutesToANewPeerThatIsRefusedStayAsTheyWere) {
  start();
  write("peers/tower.yaml", "adapter: webhook\nsettings: {url: nonsense}\n");
  write("routes.yaml", "routes:\n  - {name: all, when: {type: work_order}, to: [grid, tower]}\n");
  remove("peers/archive.yaml");
  const ReloadReport report = reload();
  EXPECT_FALSE(report.refusedWhole()) << toJson(report);
  EXPECT_EQ(resultOf(report, "tower"), Outcome::refused);
  EXPECT_EQ(report.routes.result, Outcome::refused);
  EXPECT_EQ(resultOf(report, "archive"), Outcome::refused) << "the former routes lead to it";
  EXPECT_EQ(post("app", "R-1"), 202);
  EXPECT_THAT(call("GET", "/v1/peers/archive/outbox"), HasSubstr("R-1"));
}

TEST_F(ReloadTest, AnAttemptUnderWayEndsAndWhatFollowsGoesToTheNewPlace) {
  start();
  platform_.hold();
  ASSERT_EQ(post("app", "R-1"), 202);
  ASSERT_TRUE(eventually([&] { return platform_.waiting() == 1; }));
  write("peers/grid.yaml", "adapter: webhook\nsettings: {url: \"" + other_.url() +
                               "\"}\noutbound: {mappings: [plain]}\n");
  std::thread letGo([&] {
    eventually([&] {
      return log().find("\"component\":\"reload\"") != std::string::npos ||
             post("app", "R-2") == 202;
    });
    platform_.release();
  });
  const ReloadReport report = reload();
  letGo.join();
  EXPECT_EQ(resultOf(report, "grid"), Outcome::applied);
  ASSERT_EQ(post("app", "R-3"), 202);
  EXPECT_TRUE(eventually([&] { return platform_.taken().size() + other_.taken().size() == 3; }));
  EXPECT_THAT(platform_.taken(), ::testing::Contains("R-1"));
  EXPECT_THAT(other_.taken(), ::testing::Contains("R-3"));
}

TEST_F(ReloadTest, TheRateOfAnUnchangedPeerGoesOn) {
  writeSender("app", "mappings: [report], rate: 1/min, burst: 1");
  start();
  EXPECT_EQ(post("app", "R-1"), 202);
  writeSender("web", "mappings: [report], concurrency: 3");
  EXPECT_EQ(resultOf(reload(), "web"), Outcome::applied);
  EXPECT_EQ(post("app", "R-2"), 429);
}

TEST_F(ReloadTest, OtherPeersDoNotFeelTwentyReloads) {
  start();
  std::atomic<bool> over{false};
  std::atomic<int> sent{0}, failed{0}, sentByWeb{0};
  const auto send = [&](const std::string& peer, std::atomic<int>& count,
                        std::chrono::milliseconds pace) {
    http::RawClient client(gateway_->peersPort());
    auto next = std::chrono::steady_clock::now();
    while (!over) {
      std::this_thread::sleep_until(next += pace);
      const std::string body = report(peer + "-" + std::to_string(count.load()));
      client.send(requestOf("POST", "/v1/peers/" + peer + "/records", body));
      if (statusOf(client.answer()) == 202) {
        ++count;
      } else {
        ++failed;
        return;
      }
    }
  };
  std::thread ofApp([&] { send("app", sent, 5ms); });
  std::thread ofWeb([&] { send("web", sentByWeb, 20ms); });
  for (int i = 0; i < 20; ++i) {
    writeSender("web", "mappings: [report], concurrency: " + std::to_string(2 + i % 2));
    write("peers/grid.yaml",
          gridText("mappings: [plain], concurrency: " + std::to_string(2 + i % 2)));
    const ReloadReport report = reload();
    EXPECT_TRUE(report.complete()) << toJson(report);
    EXPECT_EQ(resultOf(report, "app"), Outcome::unchanged);
    EXPECT_EQ(i == 0 || resultOf(report, "grid") == Outcome::applied, true);
    const int before = sent;
    ASSERT_TRUE(eventually([&] { return sent >= before + 20 || failed > 0; }));
  }
  over = true;
  ofApp.join();
  ofWeb.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GE(sent, 400);
  const auto all = static_cast<std::size_t>(sent + sentByWeb);
  EXPECT_TRUE(eventually([&] {
    const auto taken = platform_.taken();
    return std::set<std::string>(taken.begin(), taken.end()).size() >= all;
  }));
  EXPECT_EQ(platform_.taken().size(), all) << "and none twice";
}

TEST_F(ReloadTest, TheAdminApiAnswersWithTheReport) {
  start();
  EXPECT_EQ(admin("POST", "/v1/reload").status, 200);
  write("peers/web.yaml", "adapter: webhok\n");
  const HttpResponse answer = admin("POST", "/v1/reload");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr(R"("name":"web","result":"refused")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("file":"peers/web.yaml","line":1,"column":10)"));
  EXPECT_THAT(
      reloadView(answer.body),
      HasSubstr("web: refused: it goes on with its former configuration\n  peers/web.yaml:1:10: "));
}

TEST_F(ReloadTest, AnAdapterThatRefusesItsSettingsKeepsItsFormerOnes) {
  start();
  write("ca.pem", "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n");
  write("peers/grid.yaml", "adapter: webhook\nsettings: {url: \"" + platform_.url() +
                               "\"}\noutbound: {mappings: [plain], tls: {authority: ca.pem}}\n");
  const ReloadReport report = reload();
  EXPECT_EQ(resultOf(report, "grid"), Outcome::refused) << toJson(report);
  ASSERT_EQ(post("app", "R-1"), 202);
  EXPECT_TRUE(eventually([&] { return platform_.taken().size() == 1; }));
}

}  // namespace
}  // namespace lianqiao::runtime
