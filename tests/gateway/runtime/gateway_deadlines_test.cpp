// A deadline in a whole gateway: from the record to the reminder at a peer, on every screen.
#include "cli/exception_view.h"
#include "cli/status_peer_view.h"
#include "cli/status_view.h"
#include "gateway_fixture.h"

namespace lianqiao::runtime {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GatewayDeadlines : public GatewayTest {
 protected:
  void SetUp() override {
    GatewayTest::SetUp();
    std::filesystem::copy_file(LIANQIAO_SOURCE_DIR "/config/calendar.yaml",
                               config() / "calendar.yaml");
    writeLimit("2 s");
    write("mappings/remind.yaml",
          "mapping: remind\ndirection: outbound\ntype: [reminder]\nfields: {orderNo: data.number, "
          "stage: data.stage}\n");
    remove("peers/archive.yaml");
    write("peers/grid.yaml", gridText());
    write("peers/duty.yaml", "adapter: webhook\nsettings: {url: \"" + other_.url() +
                                 "\"}\noutbound: {mappings: [remind]}\n");
    write("routes.yaml",
          "routes:\n  - {name: all, when: {type: work_order}, to: [grid]}\n"
          "  - {name: late, when: {type: reminder, data.stage: due}, to: [duty]}\n");
  }
  void writeLimit(const std::string& limit) const {
    write("deadlines.yaml",
          "deadlines:\n  - {name: reply, source: test, type: work_order, step: replied, start: "
          "receipt, limit: " +
              limit + "}\n");
  }
};

TEST_F(GatewayDeadlines, AnOrderThatNobodyAnswersReachesWhoIsOnDuty) {
  start();
  ASSERT_EQ(post("app", "A-1"), 202);
  ASSERT_TRUE(test::eventually([&] { return !other_.taken().empty(); }));
  EXPECT_THAT(other_.taken(), ElementsAre("A-1"));
  EXPECT_THAT(platform_.taken(), ElementsAre("A-1")) << "the order itself";
  const std::string status = admin("GET", "/v1/status").body;
  EXPECT_THAT(status, HasSubstr(R"("deadlines":{"near":0,"past":1})"));
  EXPECT_THAT(cli::statusView(status), ContainsRegex("app: of what it sent 1 past a deadline"));
  const std::string app = admin("GET", "/v1/status?peer=app").body;
  EXPECT_THAT(cli::statusPeerView(app, plugin::Language::english), HasSubstr("1 past, 0 near"));
  EXPECT_THAT(app, HasSubstr(R"("accepted":1)")) << "the reminder was sent by nobody";
  const std::string trail = admin("GET", "/v1/trail/A-1").body;
  EXPECT_THAT(trail, HasSubstr(R"("deadlines":[{"limit":"reply","stage":"due","at":")"));
  EXPECT_THAT(trail, HasSubstr(R"("told":true)"));
  EXPECT_THAT(trail, ContainsRegex(R"("inside_ms":[0-9]+)"));
  EXPECT_THAT(cli::trailView(trail), ContainsRegex("deadline .* reply: due, told"));
  EXPECT_THAT(cli::trailView(trail), ContainsRegex("[0-9]+ ms in the gateway"));
}

TEST_F(GatewayDeadlines, AReloadBringsALimitToWhatIsOpen) {
  writeLimit("1 h");
  start();
  ASSERT_EQ(post("app", "A-1"), 202);
  ASSERT_TRUE(test::eventually([&] {
    return admin("GET", "/v1/trail/A-1").body.find("\"deadlines\"") != std::string::npos;
  }));
  EXPECT_THAT(admin("GET", "/v1/trail/A-1").body, HasSubstr(R"("told":false)"));
  writeLimit("1 s");
  EXPECT_TRUE(reload().complete());
  ASSERT_TRUE(test::eventually([&] { return !other_.taken().empty(); }));
  remove("deadlines.yaml");
  EXPECT_TRUE(reload().complete());
  EXPECT_TRUE(test::eventually(
      [&] { return admin("GET", "/v1/status").body.find("\"deadlines\"") == std::string::npos; }));
}

}  // namespace
}  // namespace lianqiao::runtime
