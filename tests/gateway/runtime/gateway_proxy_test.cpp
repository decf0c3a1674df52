// A whole gateway that delivers through a proxy which we did not write.
#include "gateway/http/tinyproxy.h"
#include "gateway_fixture.h"
#include "lianqiao/json.h"

namespace lianqiao::runtime {
namespace {

using test::eventually;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class GatewayProxyTest : public GatewayTest {
 protected:
  void SetUp() override {
    GatewayTest::SetUp();
    std::ifstream stream(config() / "lianqiao.yaml");
    node_ = {std::istreambuf_iterator<char>(stream), {}};
    write("secrets/proxy", "hunter2");
  }
  void useProxy(const std::string& place, const std::string& more = {}) const {
    write("lianqiao.yaml",
          node_ + "outbound: {proxy: {url: \"http://" + place + "\"" + more + "}}\n");
  }
  bool takes(const std::string& number) {
    return eventually([&] {
      const auto taken = platform_.taken();
      return std::find(taken.begin(), taken.end(), number) != taken.end();
    });
  }

  std::string node_;
};

TEST_F(GatewayProxyTest, DeliversThroughItAndAReloadExchangesIt) {
  const http::TinyProxy first;
  const http::TinyProxy second("BasicAuth gate hunter2\n");
  useProxy(first.place());
  start();
  EXPECT_EQ(post("app", "R-1"), 202);
  EXPECT_TRUE(takes("R-1"));
  EXPECT_THAT(first.log(), HasSubstr("POST " + platform_.url()));

  useProxy(second.place(), ", user: gate, password: \"${file:secrets/proxy}\"");
  ReloadReport report = reload();
  EXPECT_TRUE(report.complete()) << toJson(report);
  EXPECT_EQ(resultOf(report, "grid"), ReloadOutcome::Result::applied);
  EXPECT_EQ(post("app", "R-2"), 202);
  EXPECT_TRUE(takes("R-2"));
  EXPECT_THAT(second.log(), HasSubstr("POST " + platform_.url()));

  EXPECT_EQ(second.requests(), 1);
  write("peers/grid.yaml", gridText("mappings: [plain], proxy: none"));
  report = reload();
  EXPECT_EQ(resultOf(report, "grid"), ReloadOutcome::Result::applied);
  EXPECT_EQ(resultOf(report, "app"), ReloadOutcome::Result::unchanged);
  EXPECT_EQ(post("app", "R-3"), 202);
  EXPECT_TRUE(takes("R-3"));
  EXPECT_EQ(second.requests(), 1);

  useProxy(first.place());
  EXPECT_EQ(resultOf(reload(), "grid"), ReloadOutcome::Result::unchanged) << "it has its own word";
}

TEST_F(GatewayProxyTest, WrongCredentialsPauseThePeerAndBurnNoRecord) {
  const http::TinyProxy proxy("BasicAuth gate hunter2\n");
  useProxy(proxy.place());
  write("peers/grid.yaml", gridText("mappings: [plain], breaker: {rest: 1s}"));
  start();
  EXPECT_EQ(post("app", "R-1"), 202);
  const auto shown = [&] { return admin("GET", "/v1/status").body; };
  EXPECT_TRUE(eventually([&] { return shown().find("\"paused\"") != std::string::npos; }));
  EXPECT_THAT(shown(),
              AllOf(HasSubstr(R"("cause":"deliver.refused")"), HasSubstr(R"("fault":"credential")"),
                    HasSubstr("outbound.proxy: " + proxy.place() + " answered 407")));
  EXPECT_THAT(platform_.taken(), Not(Contains("R-1")));

  useProxy(proxy.place(), ", user: gate, password: \"${file:secrets/proxy}\"");
  EXPECT_TRUE(reload().complete());
  EXPECT_TRUE(takes("R-1"));
  EXPECT_THAT(log(), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace lianqiao::runtime
