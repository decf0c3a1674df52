#include "app/status_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::app {
namespace {

using ::testing::HasSubstr;

TEST(StatusView, ShowsTheWorstFirstAndSaysWhy) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[{"name":"fine","in":{"accepted":5,"duplicates":1,"quarantined":0}},)"
      R"({"name":"odd","exceptions":2,"in":{"accepted":5,"duplicates":1,"quarantined":2}},)"
      R"({"name":"down","out":{"delivered":3,"waiting":4,"leased":0,"retrying":1,"buried":0,"oldest_seconds":300,)"
      R"("state":"resting","cause":"deliver.connect","fault":"network","detail":"connection refused"}}],)"
      R"("totals":{"accepted":10,"owed":8,"delivered":3,"open":5,"quarantined":9,"buried":0,"exceptions":2,"duplicates":2}})");
  EXPECT_LT(view.find("down"), view.find("odd"));
  EXPECT_LT(view.find("odd"), view.find("fine"));
  EXPECT_THAT(view,
              HasSubstr("  down: resting, the network, deliver.connect: connection refused\n"));
  EXPECT_THAT(view, HasSubstr("5min"));
  EXPECT_THAT(view,
              HasSubstr("TOTAL accepted=10 owed=8 delivered=3 open=5 exceptions=2 duplicates=2"));
}

TEST(StatusView, SaysThatRedisIsAway) {
  EXPECT_THAT(statusView(R"({"queue_available":false,"peers":[]})"),
              HasSubstr("Redis does not answer"));
  EXPECT_THAT(statusView("<html>"), HasSubstr("cannot be read"));
}

TEST(StatusView, ShowsTheSpoolWhileItHoldsSomething) {
  const std::string view = statusView(
      R"({"queue_available":false,"spool":{"requests":12,"bytes":3145728,"limit":1073741824,)"
      R"("aside":1,"oldest_seconds":300},"queue_error":"away"})");
  EXPECT_THAT(view, HasSubstr("records are kept in the spool"));
  EXPECT_THAT(view, HasSubstr("12 requests wait for Redis, the oldest for 5min; 3 of 1024 MiB."));
  EXPECT_THAT(view, HasSubstr("1 requests are refused by Redis for good"));
  EXPECT_THAT(
      statusView(
          R"({"queue_available":true,"spool":{"requests":0,"bytes":0,"limit":9,"aside":0},"peers":[]})"),
      ::testing::Not(HasSubstr("pool")));
}

}  // namespace
}  // namespace lianqiao::app
