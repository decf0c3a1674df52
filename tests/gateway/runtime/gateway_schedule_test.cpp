// What goes at set times waits for them, is shown so, and goes late where nobody ran then.
#include "base/rfc3339.h"
#include "cli/status_view.h"
#include "gateway_fixture.h"

namespace lianqiao::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SetTimeTest : public GatewayTest {
 protected:
  /// A schedule whose set time is so far from now, in the peers' zone.
  static std::string schedule(std::chrono::minutes ahead) {
    const auto time = base::SystemClock().wall() + 8h + ahead;
    const auto minutes = std::chrono::floor<std::chrono::minutes>(
        time - std::chrono::floor<std::chrono::days>(time));
    char text[8];
    std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(minutes.count() / 60),
                  static_cast<int>(minutes.count() % 60));
    return "schedule: {at: [\"" + std::string(text) + "\"], within: 1h}";
  }
  std::string status(const std::string& peer) {
    return admin("GET", "/v1/status?peer=" + peer).body;
  }
};

TEST_F(SetTimeTest, WhatIsOwedWaitsVisiblyAndIsNoFailure) {
  write("peers/grid.yaml", gridText("mappings: [plain], " + schedule(30min)));
  write("peers/archive.yaml",
        "adapter: webhook\nauth: {kind: none}\noutbound: {pull: true, " + schedule(30min) + "}\n");
  start();
  ASSERT_EQ(post("app", "A-1"), 202);
  std::this_thread::sleep_for(500ms);
  EXPECT_THAT(platform_.taken(), IsEmpty());
  const std::string grid = status("grid");
  EXPECT_THAT(grid, HasSubstr(R"("waiting":1,"leased":0,"retrying":0)"));
  EXPECT_THAT(grid, HasSubstr(R"("state":"scheduled","cause":"","fault":"")"));
  EXPECT_THAT(grid, HasSubstr(R"("next_try":")"));
  EXPECT_THAT(grid, HasSubstr(R"("outages":[])"));
  EXPECT_THAT(cli::statusView(grid), HasSubstr("  grid: 1 wait for its set time, "));
  EXPECT_THAT(status("archive"), HasSubstr(R"("state":"scheduled")"));
  EXPECT_THAT(call("GET", "/v1/peers/archive/outbox"),
              HasSubstr(R"({"items":[],"lease_seconds":60,"opens":")"));
}

TEST_F(SetTimeTest, ASetTimeThatBeganBeforeTheStartIsMadeUpForAndSaysSo) {
  write("peers/grid.yaml", gridText("mappings: [plain], " + schedule(-20min)));
  start();
  ASSERT_EQ(post("app", "A-1"), 202);
  EXPECT_TRUE(test::eventually([&] { return !platform_.taken().empty(); }));
  EXPECT_THAT(platform_.taken(), ElementsAre("A-1"));
  EXPECT_THAT(log(), HasSubstr("Its set time began at "));
}

TEST_F(SetTimeTest, AReloadGivesAPeerAnotherTime) {
  write("peers/grid.yaml", gridText("mappings: [plain], " + schedule(30min)));
  start();
  ASSERT_EQ(post("app", "A-1"), 202);
  write("peers/grid.yaml", gridText("mappings: [plain], " + schedule(-20min)));
  EXPECT_TRUE(reload().complete());
  EXPECT_TRUE(test::eventually([&] { return !platform_.taken().empty(); }));
}

}  // namespace
}  // namespace lianqiao::runtime
