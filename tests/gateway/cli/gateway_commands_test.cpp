#include <signal.h>

#include "cli/commands.h"
#include "gateway/runtime/gateway_fixture.h"
#include "lianqiao/digest.h"

namespace lianqiao::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The commands of operators against a running gateway.
class CommandTest : public runtime::GatewayTest {
 protected:
  struct Done {
    int code = 0;
    std::string out, err;
  };
  Done run(int (*command)(int, const char* const*), std::vector<std::string> words) {
    words.insert(words.end(), {"--data", (folder_.path() / "data").string()});
    std::vector<const char*> texts;
    for (const std::string& word : words) texts.push_back(word.c_str());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Done done;
    done.code = command(static_cast<int>(texts.size()), texts.data());
    done.out = ::testing::internal::GetCapturedStdout();
    done.err = ::testing::internal::GetCapturedStderr();
    return done;
  }
  Done replay(std::vector<std::string> words) { return run(runReplay, std::move(words)); }

  /// So many reports that the mapping cannot read, since it looks for the title in a wrong field.
  void quarantine(const std::string& peer, int count) {
    write("mappings/report.yaml", mappingText("headline"));
    for (int i = 0; i < count; ++i) EXPECT_EQ(post(peer, peer + std::to_string(i)), 422);
  }
  void mend() {
    write("mappings/report.yaml", mappingText("what"));
    EXPECT_TRUE(reload().complete());
  }
  std::vector<review::ExceptionInfo> exceptions() {
    std::vector<review::ExceptionInfo> found;
    const std::string body = admin("GET", "/v1/exceptions?limit=1000").body;
    json::Document document;
    EXPECT_TRUE(json::parse(body, document).ok());
    for (const json::Value& item : document.root.find("items")->elements()) {
      review::ExceptionInfo info;
      info.id = item.find("id")->text();
      info.peer = item.find("peer")->text();
      found.push_back(std::move(info));
    }
    return found;
  }
};

class ReplayCommandTest : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    write("mappings/report.yaml", mappingText("headline"));
    start();
    quarantine("app", 3);
    quarantine("web", 2);
    ASSERT_EQ(exceptions().size(), 5u);
  }
};

TEST_F(ReplayCommandTest, TakesOneByItsId) {
  mend();
  const std::string id = exceptions().at(1).id;
  const Done done = replay({id});
  EXPECT_EQ(done.code, kOk) << done.err;
  EXPECT_THAT(done.out, HasSubstr("Replayed: 1 "));
  EXPECT_EQ(exceptions().size(), 4u);
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 1; }));
  EXPECT_EQ(platform_.taken().at(0), "app1");
}

TEST_F(ReplayCommandTest, TakesThoseOfAPeerOrACauseAndLeavesTheRest) {
  mend();
  EXPECT_EQ(replay({"--code", "validate.schema"}).code, kOk);
  EXPECT_EQ(exceptions().size(), 5u);
  EXPECT_EQ(replay({"--peer", "web", "--code", "normalize.missing"}).code, kOk);
  ASSERT_EQ(exceptions().size(), 3u);
  EXPECT_EQ(exceptions().at(0).peer, "app");
}

TEST_F(ReplayCommandTest, TakesThoseOfATime) {
  mend();
  EXPECT_EQ(replay({"--until", "1h"}).code, kOk);
  EXPECT_EQ(exceptions().size(), 5u);
  EXPECT_THAT(replay({"--since", "1h", "--limit", "2"}).out, HasSubstr("Replayed: 2 "));
  EXPECT_EQ(exceptions().size(), 3u);
  EXPECT_EQ(replay({"--since", "yesterday"}).code, kUsage);
}

TEST_F(ReplayCommandTest, APreviewTellsWhatWouldBecomeOfEachAndChangesNothing) {
  Done preview = replay({"--all", "--preview"});
  EXPECT_EQ(preview.code, kSomeNot);
  EXPECT_THAT(preview.out,
              HasSubstr(exceptions().at(4).id + " web still failing: normalize.missing"));
  EXPECT_THAT(preview.out, HasSubstr("Would be replayed: 0 "));
  mend();
  preview = replay({"--all", "--preview"});
  EXPECT_EQ(preview.code, kOk);
  EXPECT_THAT(preview.out, HasSubstr(exceptions().at(0).id + " app ok\n"));
  EXPECT_THAT(preview.out, HasSubstr("Would be replayed: 5 "));
  EXPECT_EQ(exceptions().size(), 5u);
  EXPECT_TRUE(platform_.taken().empty());
}

TEST_F(ReplayCommandTest, ReportsWhatStillFailsByCauseAsTextAndAsJson) {
  const Done text = replay({"--all"});
  EXPECT_EQ(text.code, kSomeNot);
  EXPECT_THAT(text.out,
              HasSubstr("still failing: 5, superseded: 0.\n  app normalize.missing: 3, first "));
  const Done json = replay({"--all", "--format", "json"});
  EXPECT_EQ(json.code, kSomeNot);
  json::Document document;
  ASSERT_TRUE(json::parse(json.out, document).ok()) << json.out;
  EXPECT_EQ(document.root.find("failed")->integer(), 5);
  EXPECT_EQ(document.root.find("causes")->elements().size(), 2u);
}

TEST_F(ReplayCommandTest, ARateOfPagesStillTakesAllInTheirOrder) {
  mend();
  EXPECT_EQ(replay({"--all", "--rate", "100"}).code, kOk);
  EXPECT_TRUE(exceptions().empty());
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 5; }));
}

TEST_F(ReplayCommandTest, RefusesALaterStateThatIsOvertakenUnlessForced) {
  mend();
  std::string later = report("app0");
  later.replace(later.find("08:15"), 5, "09:30");
  ASSERT_EQ(http::statusOf(call("POST", "/v1/peers/app/records", later)), 202);
  const std::string id = exceptions().at(0).id;
  const Done refused = replay({id});
  EXPECT_EQ(refused.code, kSomeNot);
  EXPECT_THAT(refused.out, HasSubstr("superseded: 1."));
  EXPECT_EQ(exceptions().size(), 5u);
  EXPECT_EQ(replay({id, "--force"}).code, kOk);
  EXPECT_EQ(exceptions().size(), 4u);
}

TEST_F(ReplayCommandTest, WrongWordsAreUsage) {
  EXPECT_EQ(replay({}).code, kUsage);
  EXPECT_EQ(replay({"--all", "--peer", "app"}).code, kUsage);
  EXPECT_EQ(replay({"--all", "--rate", "0"}).code, kUsage);
  EXPECT_EQ(replay({"--all", "--format", "xml"}).code, kUsage);
  const Done unknown = replay({"01NOTHING"});
  EXPECT_EQ(unknown.code, kSomeNot);
  EXPECT_THAT(unknown.out, HasSubstr("intake.not_found: 1, first 01NOTHING"));
}

TEST_F(ReplayCommandTest, ClosesForGoodWhatNobodyWillMendAndLogsWhoAndWhy) {
  const std::string id = exceptions().at(0).id;
  const Done unsaid = run(runClose, {id});
  EXPECT_EQ(unsaid.code, kUsage);
  EXPECT_THAT(unsaid.err, HasSubstr("--reason must say why"));
  for (const std::size_t size : {std::size_t{201}, std::size_t{100'000}}) {
    const Done tooLong = run(runClose, {"--reason", std::string(size, 'a'), id});
    EXPECT_EQ(tooLong.code, kFailed);
    EXPECT_THAT(tooLong.err, HasSubstr("longer than 200 characters"));
  }
  const Done done = run(runClose, {"--reason", "a test of the sender's", id});
  EXPECT_EQ(done.code, kOk) << done.err;
  EXPECT_EQ(done.out, id + " app normalize.missing closed\n");
  EXPECT_EQ(exceptions().size(), 4u);
  EXPECT_THAT(log(), HasSubstr(R"("exception":")" + id));
  EXPECT_THAT(log(), HasSubstr(": a test of the sender's"));
  const Done again = run(runClose, {"--reason", "x", id, exceptions().at(0).id});
  EXPECT_EQ(again.code, kSomeNot);
  EXPECT_THAT(again.out, HasSubstr("There is no exception " + id + " any more: at "));
  EXPECT_THAT(again.out, HasSubstr(": a test of the sender's.\n")) << "who was first";
  EXPECT_EQ(exceptions().size(), 3u) << "the others are closed all the same";
  EXPECT_THAT(run(runExceptions, {"--format", "text"}).out,
              HasSubstr("app              normalize.missing          1\n"));
}

TEST_F(ReplayCommandTest, EveryViewIsTextUnlessJsonIsAskedFor) {
  const std::string id = exceptions().at(0).id;
  EXPECT_THAT(run(runExceptions, {"--peer", "web"}).out, HasSubstr("PEER "));
  EXPECT_THAT(run(runExceptions, {"--format", "json"}).out, HasSubstr(R"({"causes":[)"));
  EXPECT_THAT(run(runTrail, {id}).out, HasSubstr("Exceptions\n" + id));
  EXPECT_THAT(run(runTrail, {"--format", "json", id}).out, HasSubstr(R"({"records":[)"));
  EXPECT_THAT(run(runStatus, {"--format", "json"}).out, HasSubstr(R"("totals":)"));
  const Done unknown = run(runTrail, {"R-404"});
  EXPECT_EQ(unknown.code, kFailed);
  EXPECT_EQ(
      unknown.err,
      "No record and no exception is known by R-404; raw items that were quarantined are forgotten "
      "once replayed or closed.\n");
  EXPECT_EQ(run(runTrail, {"--format", "xml", id}).code, kUsage);
  EXPECT_EQ(run(runTrail, {""}).code, kUsage);
  EXPECT_THAT(run(runExceptions, {id}).err, HasSubstr("lianqiao trail ID shows one"));
  EXPECT_EQ(run(runStatus, {"app"}).code, kUsage);
}

TEST_F(ReplayCommandTest, AnUnknownPeerIsNamedWithThoseThatAreConfigured) {
  const std::string named = "There is no peer wep; configured: app, archive, grid, web.";
  EXPECT_THAT(run(runExceptions, {"--peer", "wep"}).err, HasSubstr(named));
  const Done replayed = replay({"--peer", "wep"});
  EXPECT_EQ(replayed.code, kFailed);
  EXPECT_THAT(replayed.out, HasSubstr(named));
  const std::string directory = config().string(), file = (config() / "lianqiao.yaml").string();
  const auto offline = [&](int (*command)(int, const char* const*),
                           std::vector<const char*> words) {
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(command(static_cast<int>(words.size()), words.data()), kUsage);
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(offline(runMap, {"--config", directory.c_str(), "--peer", "wep", file.c_str()}),
              HasSubstr(named));
  EXPECT_THAT(offline(runMock, {"--config", directory.c_str(), "--peer", "wep"}), HasSubstr(named));
}

TEST_F(ReplayCommandTest, ResumeSaysThatItCountsOnThisNodeAndNamesThePeers) {
  const Done nothing = run(runResume, {"app"});
  EXPECT_EQ(nothing.code, kOk) << nothing.err;
  EXPECT_THAT(nothing.out, HasSubstr("app: nothing rests on this node."));
  EXPECT_EQ(
      run(runResume, {"--format", "json", "app"}).out,
      "{\"peer\":\"app\",\"suspects\":0,\"deliveries\":false,\"polls\":false,\"retries\":0}\n");
  const Done unknown = run(runResume, {"wep"});
  EXPECT_EQ(unknown.code, kFailed);
  EXPECT_EQ(unknown.err,
            "There is no peer wep; configured: app, archive, grid, web. Did you mean web?\n");
  EXPECT_EQ(run(runResume, {}).code, kUsage);
  EXPECT_EQ(run(runResume, {""}).code, kUsage);
  EXPECT_EQ(run(runResume, {"--format", "xml", "app"}).code, kUsage);
}

TEST_F(ReplayCommandTest, MapShowsASampleAsTextAndAsJson) {
  mend();
  write("sample.json", report("R-1"));
  const std::string directory = config().string(), file = (config() / "sample.json").string();
  const auto map = [&](const char* format) {
    const std::vector<const char*> words = {
        "--config", directory.c_str(), "--peer", "app", "--format", format, file.c_str()};
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(runMap(static_cast<int>(words.size()), words.data()), kOk);
    return ::testing::internal::GetCapturedStdout();
  };
  EXPECT_THAT(map("text"), HasSubstr(": ok\n"));
  EXPECT_THAT(map("text"), HasSubstr("    orderNo: R-1\n"));
  EXPECT_THAT(map("json"), ::testing::StartsWith(R"({"ok":true,"record":{)"));
}

// Whatever became of an item, its raw item is shown with --raw, and only then.
TEST_F(ReplayCommandTest, MapShowsTheRawItemOfEveryItemWhereThatIsAskedFor) {
  mend();
  const std::string good = report("R-1"), bad = R"({"no":"R-2"})", bytes = "{\"no\":\"\xFF\xFE\"}";
  write("raw.ndjson", good + "\n" + bad + "\n" + bytes + "\n");
  const std::string directory = config().string(), file = (config() / "raw.ndjson").string();
  const auto map = [&](std::vector<const char*> words) {
    words.insert(words.end(), {"--config", directory.c_str(), "--peer", "app", file.c_str()});
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(runMap(static_cast<int>(words.size()), words.data()), kSomeNot);
    return ::testing::internal::GetCapturedStdout();
  };
  std::vector<std::string> raw;
  const std::string lines = map({"--raw", "--format", "json"});
  for (std::size_t at = 0, end = 0; (end = lines.find('\n', at)) != std::string::npos;
       at = end + 1) {
    json::Document line;
    ASSERT_TRUE(json::parse(std::string_view(lines).substr(at, end - at), line)) << lines;
    ASSERT_NE(line.root.find("raw"), nullptr) << lines;
    raw.emplace_back(line.root.find("raw")->text());
    EXPECT_NE(line.root.find("ok"), nullptr) << "its shape is kept";
  }
  EXPECT_THAT(raw, ::testing::ElementsAre(good, bad, base64(bytes)));
  EXPECT_THAT(map({"--format", "json"}), Not(HasSubstr("\"raw\"")));
  const std::string text = map({"--raw"});
  EXPECT_THAT(text, HasSubstr("\n  raw item: " + good + "\n  : ok\n"));
  EXPECT_THAT(text, HasSubstr("\n  raw item: " + bad + "\n"));
  EXPECT_THAT(text, HasSubstr("\n  raw item: " + base64(bytes) + "\n"));
  EXPECT_THAT(map({}), Not(HasSubstr("raw item")));
}

TEST_F(ReplayCommandTest, ABadLineOfAFileIsNamedByItsLine) {
  mend();
  write("two.ndjson", "\xEF\xBB\xBF" + report("R-1") + "\n{\"no\":}\n");
  const std::string directory = config().string(), file = (config() / "two.ndjson").string();
  const std::vector<const char*> words = {"--config", directory.c_str(), "--peer", "app",
                                          file.c_str()};
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(runMap(static_cast<int>(words.size()), words.data()), kSomeNot);
  const std::string text = ::testing::internal::GetCapturedStdout();
  EXPECT_THAT(text, HasSubstr("Item 1 (two.ndjson, item 1): ok\n"));
  EXPECT_THAT(text, HasSubstr("  decode.json: line 2, column 7: "));
}

TEST(Help, OfOneCommandIsAboutThatOne) {
  const auto said = [](const std::string& words) {
    std::FILE* program = ::popen((LIANQIAO_BUILD_DIR "/lianqiao " + words + " 2>&1").c_str(), "r");
    std::string text(100'000, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), program));
    EXPECT_EQ(::pclose(program), 0) << words;
    return text;
  };
  for (const char* words : {"status --help", "--help status", "help status", "status -h"}) {
    EXPECT_THAT(said(words), HasSubstr("lianqiao status [--config DIR"));
    EXPECT_THAT(said(words), Not(HasSubstr("lianqiao replay")));
  }
  for (const Command& command : commands())
    EXPECT_THAT(said("--help"), HasSubstr("lianqiao " + std::string(command.name) + " "));
}

TEST_F(CommandTest, StatusSaysThatRedisIsAwayAndEndsWithItsOwnCode) {
  start();
  EXPECT_EQ(run(runStatus, {}).code, kOk);
  pid_t redis = 0;
  std::ifstream(folder_.path() / "data" / "redis" / "redis.pid") >> redis;
  ASSERT_GT(redis, 0);
  ::kill(redis, SIGSTOP);
  const Done text = run(runStatus, {});
  const Done json = run(runStatus, {"--json"});
  ::kill(redis, SIGCONT);
  EXPECT_EQ(text.code, kFailed);
  EXPECT_THAT(text.out, HasSubstr("Redis does not answer"));
  EXPECT_THAT(text.out, Not(HasSubstr("TOTAL")));
  EXPECT_EQ(json.code, kFailed);
}

TEST_F(CommandTest, StatusOfNoGatewayFails) {
  start();
  gateway_->stop();
  const Done status = run(runStatus, {});
  EXPECT_EQ(status.code, kUsage);
  EXPECT_THAT(status.err, HasSubstr((folder_.path() / "data/run/node.json").string()));
  EXPECT_THAT(status.err, HasSubstr("lianqiao run"));
}

TEST_F(CommandTest, WhatAKilledGatewayLeftIsNotTakenForARunningOne) {
  start();
  const std::filesystem::path file = folder_.path() / "data/run/node.json",
                              copy = folder_.path() / "node.json";
  std::filesystem::copy_file(file, copy);
  gateway_->stop();
  std::filesystem::copy_file(copy, file);
  for (const auto command : {runStatus, runExceptions, runReload}) {
    const Done done = run(command, {});
    EXPECT_EQ(done.code, kUsage);
    EXPECT_THAT(done.err, HasSubstr("No gateway runs: nobody listens on the admin port"));
  }
  const Done replayed = replay({"--all"});
  EXPECT_EQ(replayed.code, kUsage);
  EXPECT_THAT(replayed.out, ::testing::StartsWith("Nothing was replayed. No gateway runs"));
}

TEST_F(CommandTest, APeerThatGoesDownIsLoggedShownSinceWhenAndMeasured) {
  write("peers/grid.yaml",
        "adapter: webhook\nsettings: {url: \"http://127.0.0.1:1/take\"}\n"
        "outbound: {mappings: [plain], breaker: {failures: 1, rest: 1h}}\n");
  start();
  ASSERT_EQ(post("app", "1"), 202);
  ASSERT_TRUE(
      test::eventually([&] { return log().find("deliveries to it rest") != std::string::npos; }));
  EXPECT_THAT(log(), HasSubstr(R"("code":"deliver.connect","state":"resting")"));
  const Done status = run(runStatus, {});
  EXPECT_EQ(status.code, kOk);
  EXPECT_THAT(status.out, HasSubstr("  grid: resting since 20"));
  EXPECT_THAT(status.out, HasSubstr("    1 wait for it, the oldest for "));
  EXPECT_TRUE(test::eventually([&] {
    return admin("GET", "/metrics").body.find("lianqiao_peer_paused{peer=\"grid\"} 1") !=
           std::string::npos;
  }));
}

TEST_F(CommandTest, APeerThatAPersonSaysIsWellAgainIsServedAtOnce) {
  platform_.setDown(true);
  write("peers/grid.yaml",
        gridText("mappings: [plain], breaker: {failures: 1, rest: 1h}, retry: slow"));
  std::ofstream(config() / "lianqiao.yaml", std::ios::app)
      << "retry: {slow: {first: 1h, cap: 1h}}\n";
  start();
  ASSERT_EQ(post("app", "1"), 202);
  ASSERT_TRUE(test::eventually(
      [&] { return run(runStatus, {}).out.find("grid: resting") != std::string::npos; }));
  // The rest begins before the retry is written down.
  ASSERT_TRUE(test::eventually(
      [&] { return admin("GET", "/v1/status").body.find("\"retrying\":1") != std::string::npos; }));
  platform_.setDown(false);
  const Done resumed = run(runResume, {"grid"});
  EXPECT_EQ(resumed.code, kOk) << resumed.err;
  EXPECT_THAT(resumed.out, HasSubstr("grid: its rest is over, a try is under way.\n"));
  EXPECT_THAT(resumed.out, HasSubstr("grid: 1 of its retries are due now.\n"));
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 1; }));
  // The platform has it before the gateway has read the answer that ends the rest.
  EXPECT_TRUE(test::eventually([&] {
    return run(runResume, {"grid"}).out.find("nothing rests on this node") != std::string::npos;
  }));
}

TEST_F(CommandTest, EveryMetricThatIsPromisedForAlarmsIsThere) {
  write("mappings/report.yaml", mappingText("headline"));
  start();
  quarantine("app", 1);
  ASSERT_TRUE(test::eventually([&] {
    return admin("GET", "/metrics")
               .body.find("lianqiao_exceptions{peer=\"app\",code=\"normalize.missing\"} 1") !=
           std::string::npos;
  }));
  const std::string text = admin("GET", "/metrics").body;
  for (const char* name :
       {"lianqiao_oldest_waiting_seconds{", "lianqiao_queue_up 1", "lianqiao_spool_oldest_seconds ",
        "lianqiao_spool_aside ", "lianqiao_peer_paused{", "lianqiao_build_info{",
        "lianqiao_start_time_seconds ", "process_resident_memory_bytes ",
        "lianqiao_log_lines_dropped_total ", "lianqiao_quarantined_total{peer=\"app\"} 1"}) {
    EXPECT_THAT(text, HasSubstr(name));
  }
}

TEST_F(CommandTest, WhatIsOwedToARemovedPeerStaysInTheStatus) {
  platform_.hold();
  start();
  ASSERT_EQ(post("app", "1"), 202);
  ASSERT_TRUE(test::eventually([&] { return platform_.waiting() == 1; }));
  ASSERT_EQ(post("app", "2"), 202);
  remove("peers/archive.yaml");
  write("routes.yaml", "routes:\n  - {name: all, when: {type: work_order}, to: [grid]}\n");
  EXPECT_TRUE(reload().complete());
  EXPECT_THAT(run(runStatus, {}).out, HasSubstr("archive          removed"));
  EXPECT_THAT(run(runStatus, {"--json"}).out,
              HasSubstr("2 deliveries wait for a peer that is no longer configured"));
}

}  // namespace
}  // namespace lianqiao::cli
