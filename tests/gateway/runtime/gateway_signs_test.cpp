// The status tells of each peer when it was last heard of, who was refused in its name, when it was
// away, and whom to call: over restarts.
#include "cli/status_peer_view.h"
#include "cli/status_view.h"
#include "gateway_fixture.h"

namespace lianqiao::runtime {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class SignsTest : public GatewayTest {
 protected:
  std::string status(const std::string& peer = {}) {
    return admin("GET", "/v1/status?peer=" + peer).body;
  }
  void restart() {
    gateway_.reset();
    close(logFile_);
    start();
  }
  bool shows(const std::string& peer, const std::string& text) {
    return test::eventually([&] { return status(peer).find(text) != std::string::npos; });
  }
};

TEST_F(SignsTest, LastInAndLastOutOutliveTheProcess) {
  start();
  EXPECT_THAT(status("app"), Not(HasSubstr("last_in")));
  ASSERT_EQ(post("app", "A-1"), 202);
  ASSERT_TRUE(shows("grid", R"("last_out":")"));
  EXPECT_THAT(status("app"), HasSubstr(R"("last_in":")"));
  restart();
  EXPECT_THAT(status("app"), HasSubstr(R"("last_in":")"));
  EXPECT_THAT(status("grid"), HasSubstr(R"("last_out":")"));
  EXPECT_THAT(status("web"), Not(HasSubstr("last_in")));
}

TEST_F(SignsTest, WhoIsRefusedIsNamedAndThePeersStateIsNotOk) {
  start();
  EXPECT_THAT(status("app"), HasSubstr(R"("state":"ok")"));
  ASSERT_EQ(post("app", "A-1", "wrong"), 401);
  ASSERT_EQ(post("app", "A-1", "wrong"), 401);
  ASSERT_EQ(post("ap", "A-1"), 401);
  const std::string app = status("app");
  EXPECT_THAT(
      app,
      HasSubstr(R"("state":"refusing","cause":"intake.unauthenticated","fault":"credential")"));
  EXPECT_THAT(
      app,
      HasSubstr(R"("refused_callers":[{"address":"127.0.0.1","code":"intake.unauthenticated")"));
  EXPECT_THAT(app, HasSubstr(R"("times":2)"));
  const std::string all = status();
  EXPECT_THAT(
      all, HasSubstr(
               R"("code":"intake.unknown_peer","detail":"Called /v1/peers/ap/records","times":1)"));
  EXPECT_THAT(cli::statusView(all), ContainsRegex("app +refusing"));
  EXPECT_THAT(cli::statusPeerView(app, plugin::Language::english), HasSubstr("127.0.0.1  ×2"));
  // A secret that somebody tried stands nowhere.
  EXPECT_THAT(all, Not(HasSubstr("wrong\"")));
}

TEST_F(SignsTest, AnOutageHasBeginAndEndAndGoesOnOverARestart) {
  write("lianqiao.yaml",
        "data: ../data\nplugins: " LIANQIAO_BUILD_DIR "/plugins\nschemas: " LIANQIAO_SOURCE_DIR
        "/schemas\nadapters: [webhook]\nretry: {default: {first: 50ms, cap: 100ms}}\n"
        "listen: {peers: {address: 127.0.0.1, port: 0}, admin: {address: 127.0.0.1, port: 0}}\n");
  write("peers/grid.yaml", gridText("mappings: [plain], breaker: {failures: 1, rest: 300ms}") +
                               "contact: {name: 王工, phone: \"0394-8123456\"}\n");
  platform_.setDown(true);
  start();
  ASSERT_EQ(post("app", "A-1"), 202);
  ASSERT_TRUE(shows("grid", R"("outages":[{"way":"out","begin":")"));
  const std::string before = status("grid");
  EXPECT_THAT(before, Not(HasSubstr(R"("end":")")));
  EXPECT_THAT(before, HasSubstr(R"("contact":{"name":"王工","phone":"0394-8123456"})"));
  const std::size_t at = before.find(R"("begin":")");
  const std::string begin = before.substr(at, before.find('"', at + 9) - at);
  restart();
  ASSERT_TRUE(shows("grid", begin));
  platform_.setDown(false);
  ASSERT_TRUE(shows("grid", R"("end":")"));
  const std::string after = status("grid");
  EXPECT_THAT(after, HasSubstr(begin)) << "one outage, not two";
  EXPECT_EQ(after.find(R"("way":"out")"), after.rfind(R"("way":"out")"));
}

TEST_F(SignsTest, TheNextTryIsTold) {
  write("peers/grid.yaml", gridText("mappings: [plain], breaker: {failures: 1, rest: 60s}"));
  platform_.setDown(true);
  start();
  ASSERT_EQ(post("app", "A-1"), 202);
  EXPECT_TRUE(shows("grid", R"("next_try":")"));
  EXPECT_EQ(admin("GET", "/v1/status?peer=nobody").status, 404);
}

}  // namespace
}  // namespace lianqiao::runtime
