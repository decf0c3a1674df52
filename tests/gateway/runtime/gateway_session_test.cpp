#include "cli/status_view.h"
#include "gateway_fixture.h"
#include "line_session/line_peer.h"

namespace lianqiao::runtime {
namespace {

using test::eventually;
using test::LinePeer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// "board" sends over a session, what comes goes to "wall" over another one; both peers are
/// programs of their own. The Redis is not the gateway's and may be away.
class GatewaySessionTest : public GatewayTest {
 protected:
  void SetUp() override {
    GatewayTest::SetUp();
    startRedis();
    const auto plugins = folder_.path() / "plugins";
    std::filesystem::create_directories(plugins);
    for (const char* file : {"plugins/webhook.so", "test_plugins/line_session.so"}) {
      const std::filesystem::path built = std::filesystem::path(LIANQIAO_BUILD_DIR) / file;
      std::filesystem::copy_file(built, plugins / built.filename());
    }
    write("lianqiao.yaml",
          "data: ../data\nplugins: ../plugins\nschemas: " LIANQIAO_SOURCE_DIR
          "/schemas\nadapters: [webhook, line_session]\n"
          "listen: {peers: {address: 127.0.0.1, port: 0}, admin: {address: 127.0.0.1, port: 0}}\n"
          "redis: {url: \"unix://" +
              redis_->address().socket + "\", timeout: 1s}\n");
    for (const char* name : {"board", "wall"}) {
      std::filesystem::create_directories(folder_.path() / name);
      lines_[name] = std::make_unique<LinePeer>(folder_.path() / name);
    }
    writeLinePeer("board", "inbound: {mappings: [report]}\n");
    writeLinePeer("wall", "outbound: {mappings: [plain]}\n");
    write("routes.yaml", "routes:\n  - {name: all, when: {type: work_order}, to: [wall, grid]}\n");
    remove("peers/archive.yaml");
  }
  void startRedis() {
    auto started = redis::ManagedRedis::start(
        config::RedisSettings(), folder_.path() / "outside", [](LogLevel, std::string_view) {},
        20s);
    ASSERT_TRUE(started.ok());
    redis_ = std::move(*started);
  }
  void writeLinePeer(const std::string& name, const std::string& rest,
                     const std::string& more = {}) const {
    write("peers/" + name + ".yaml",
          "adapter: line_session\nsettings: {port: " + std::to_string(lines_.at(name)->port()) +
              ", ping: 200ms" + more + "}\n" + rest);
  }
  LinePeer& board() { return *lines_.at("board"); }
  LinePeer& wall() { return *lines_.at("wall"); }
  std::string status() const { return admin("GET", "/v1/status").body; }
  /// Of one peer.
  std::string statusOf(const std::string& peer) const {
    const std::string all = status();
    const std::size_t at = all.find("{\"name\":\"" + peer + "\"");
    if (at == all.npos) return {};
    return all.substr(at, all.find("{\"name\":\"", at + 1) - at);
  }
  std::string metrics() const { return admin("GET", "/metrics").body; }

  std::map<std::string, std::unique_ptr<LinePeer>> lines_;
  std::unique_ptr<redis::ManagedRedis> redis_;
};

TEST_F(GatewaySessionTest, WhatComesInOneSessionGoesOutInAnother) {
  start();
  board().send(report("1"));
  EXPECT_TRUE(eventually([&] { return board().heard("ack 1") == 1; }));
  EXPECT_TRUE(eventually([&] { return wall().heard("put ") == 1; }));
  EXPECT_TRUE(eventually([&] {
    return statusOf("wall").find(R"("delivered":1)") != std::string::npos;
  })) << statusOf("wall");
  EXPECT_THAT(statusOf("board"),
              AllOf(HasSubstr(R"("state":"ok")"), HasSubstr(R"("session":{"open":true,)"),
                    HasSubstr(R"("opened":1)"), HasSubstr(R"("last_heard":"20)"),
                    Not(HasSubstr("lost_at"))));
  EXPECT_THAT(cli::statusView(status()), HasSubstr("  board: session open since 20"));
}

TEST_F(GatewaySessionTest, WhyItIsNotOpenAndWhoseFaultThatIsStandsOnEveryScreen) {
  start();
  const auto shows = [this](std::string_view line) {
    return eventually([&] { return metrics().find(line) != std::string::npos; });
  };
  ASSERT_TRUE(shows(R"(lianqiao_session_open{peer="board"} 1)"));
  board().kill();
  ASSERT_TRUE(eventually(
      [&] { return statusOf("board").find(R"("state":"failing")") != std::string::npos; }));
  EXPECT_THAT(statusOf("board"),
              AllOf(HasSubstr(R"("cause":"deliver.connect","fault":"network")"),
                    HasSubstr(R"("session":{"open":false,)"),
                    HasSubstr(R"("lost_cause":"deliver.connect","lost_fault":"network")")));
  EXPECT_THAT(cli::statusView(status()), HasSubstr("board: session not open, last heard of 20"));
  EXPECT_TRUE(shows(R"(lianqiao_session_open{peer="board"} 0)"));
  EXPECT_TRUE(shows(R"(lianqiao_session_open{peer="wall"} 1)"));
  EXPECT_THAT(
      metrics(),
      AllOf(HasSubstr(R"(lianqiao_sessions_opened_total{peer="board"} 1)"),
            HasSubstr(R"(lianqiao_sessions_lost_total{peer="board",code="deliver.connect"})"),
            HasSubstr(R"(lianqiao_session_last_heard_seconds{peer="board"} 1)")));
  EXPECT_TRUE(eventually([&] { return log().find("Its session fails") != std::string::npos; }));
  board().start();
  EXPECT_TRUE(
      eventually([&] { return log().find("Its session holds again") != std::string::npos; }));
}

TEST_F(GatewaySessionTest, WhatIsOwedWaitsForTheSessionAndBurnsNoAttempt) {
  start();
  ASSERT_TRUE(eventually([&] { return wall().heard("hello") == 1; }));
  wall().kill();
  ASSERT_TRUE(eventually(
      [&] { return statusOf("wall").find(R"("state":"waiting")") != std::string::npos; }));
  ASSERT_EQ(post("app", "1"), 202);
  ASSERT_TRUE(eventually([&] { return platform_.taken().size() == 1; })) << "grid goes on";
  std::this_thread::sleep_for(1500ms);
  EXPECT_THAT(statusOf("wall"),
              AllOf(HasSubstr(R"("failed_attempts":0)"), HasSubstr("Its session is not open")));
  wall().start();
  EXPECT_TRUE(eventually([&] { return wall().heard("put ") == 1; }));
}

TEST_F(GatewaySessionTest, AReloadOpensItWithTheNewSettings) {
  start();
  ASSERT_TRUE(eventually([&] { return board().heard("hello gateway") == 1; }));
  writeLinePeer("board", "inbound: {mappings: [report]}\n", ", name: another");
  EXPECT_TRUE(reload().complete());
  EXPECT_TRUE(eventually([&] { return board().heard("hello another") == 1; }));
  EXPECT_EQ(board().heard("bye"), 1u) << "the former one was closed first";
  board().send(report("1"));
  EXPECT_TRUE(eventually([&] { return board().heard("ack 1") == 1; }));
}

TEST_F(GatewaySessionTest, AStopClosesIt) {
  start();
  ASSERT_TRUE(eventually([&] { return board().heard("hello") + wall().heard("hello") == 2; }));
  gateway_->stop();
  EXPECT_TRUE(eventually([&] { return board().heard("bye") + wall().heard("bye") == 2; }));
}

// Rule: while Redis is away the spool takes what comes, and that is acknowledged; what its platform
// sends again because it heard nothing of that is recognised.
TEST_F(GatewaySessionTest, WhatTheSpoolKeepsIsAcknowledgedAndSentAgainItIsOne) {
  start();
  ASSERT_TRUE(eventually([&] { return board().heard("hello") == 1; }));
  redis_.reset();
  board().command("deaf");
  board().send(report("1"));
  ASSERT_TRUE(eventually([&] { return board().heard("ack 1") == 1; }));
  ASSERT_TRUE(eventually([&] { return statusOf("board").empty(); })) << "Redis is away";
  board().command("well");
  board().command("drop");
  startRedis();
  EXPECT_TRUE(eventually([&] { return board().heard("ack 1") >= 2; })) << "it was sent again";
  EXPECT_TRUE(eventually([&] {
    return statusOf("board").find(R"("accepted":1,"duplicates":1)") != std::string::npos;
  })) << statusOf("board");
  EXPECT_TRUE(eventually([&] { return wall().heard("put ") == 1; }));
}

TEST_F(GatewaySessionTest, OneThatHangsIsShownAndHoldsNobodyElse) {
  writeLinePeer("board", "inbound: {mappings: [report], poll_deadline: 1s}\n", ", hangs: true");
  start();
  EXPECT_TRUE(eventually([&] {
    return statusOf("board").find(R"("state":"hung","cause":"plugin.hung")") != std::string::npos;
  }));
  ASSERT_EQ(post("app", "1"), 202);
  EXPECT_TRUE(eventually([&] { return wall().heard("put ") == 1; }));
  gateway_->stop();
}

}  // namespace
}  // namespace lianqiao::runtime
