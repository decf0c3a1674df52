#include "runtime/reload_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::runtime {
namespace {

using ::testing::HasSubstr;

TEST(ReloadReport, IsCompleteOnlyWhenEverythingIsInForce) {
  ReloadReport report;
  report.peers["a"].result = ReloadOutcome::Result::applied;
  EXPECT_TRUE(report.complete());
  ReloadReport restart = report;
  restart.restart = {"redis"};
  EXPECT_FALSE(restart.complete());
  ReloadReport refused = report;
  refused.peers["b"].refuse("why");
  EXPECT_FALSE(refused.complete());
  ReloadReport routes = report;
  routes.routes.refuse("why");
  EXPECT_FALSE(routes.complete());
  ReloadReport whole = report;
  whole.detail = "why";
  EXPECT_FALSE(whole.complete());
  EXPECT_TRUE(whole.refusedWhole());
}

TEST(ReloadReport, ReadsAsOneLineForEachChangeWithItsErrorsBelow) {
  ReloadReport report;
  report.peers["app"].result = ReloadOutcome::Result::applied;
  report.peers["grid"];
  report.peers["web"].refuse("it goes on with its former configuration");
  report.peers["web"].findings.add(
      {"peers/web.yaml", {3, 9}, "inbound", "there is no such key", "leave it out"});
  report.restart = {"listen", "redis"};
  const std::string view = reloadView(toJson(report));
  EXPECT_EQ(view,
            "app: applied\n"
            "web: refused: it goes on with its former configuration\n"
            "  peers/web.yaml:3:9: inbound: there is no such key; leave it out\n"
            "These settings of lianqiao.yaml changed and take a restart: listen redis\n"
            "1 peer unchanged.\n");
}

TEST(ReloadReport, OfARefusedWholeSaysSoFirst) {
  ReloadReport report;
  report.findings.add({"routes.yaml", {2, 1}, "", "is no list", ""});
  EXPECT_THAT(reloadView(toJson(report)), HasSubstr("Nothing was applied"));
  EXPECT_THAT(reloadView(toJson(report)), HasSubstr("  routes.yaml:2:1: is no list\n"));
  EXPECT_EQ(reloadView("<html>"), "<html>\n");
}

}  // namespace
}  // namespace lianqiao::runtime
