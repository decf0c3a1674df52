// A peer asks after its own, and learns nothing of what is not: by any id, in any way, in no less
// time.
#include "intake/own_records.h"

#include <chrono>

#include "service_run.h"

namespace lianqiao::intake {
namespace {

using test::badOrderOf;
using test::orderOf;
using ::testing::HasSubstr;
using ::testing::Not;

class OwnRecordsTest : public IntakeServiceTest {
 protected:
  void SetUp() override {
    IntakeServiceTest::SetUp();
    for (const char* name : {"grid", "province"}) {
      peer(name).auth.kind = config::CallerAuth::Kind::token;
      peer(name).auth.tokens = {Secret(std::string(name) + "-t0ken")};
    }
    config::PeerConfig other = peer("grid");
    other.name = "other";
    other.auth.tokens = {Secret("other-t0ken")};
    config_.peers.push_back(other);
  }
  std::string ask(const std::string& name, const std::string& id) {
    const std::string token = name == "hotline" ? "t0ken" : name + "-t0ken";
    return call("GET", "/v1/peers/" + name + "/records/" + id, {},
                "Authorization: Bearer " + token + "\r\n");
  }
  /// Sent by the hotline, delivered to the grid with that receipt. Our id.
  std::string delivered(const std::string& thing, const std::string& receipt) {
    const std::string id = submit({orderOf(thing)}).at(0).id;
    auto leases = queue_->deliveries().lease("grid", 1, std::chrono::seconds(30));
    EXPECT_TRUE(leases.ok() && leases->size() == 1);
    queue::Settlement settlement;
    settlement.lease = std::move(leases->at(0));
    settlement.receipt = receipt;
    EXPECT_TRUE(queue_->deliveries().settleNow({settlement}).ok());
    return id;
  }
};

TEST_F(OwnRecordsTest, WhoSentARecordLearnsWhereItIs) {
  const std::string id = delivered("g-1", "R-1");
  for (const std::string& asked : {id, std::string("g-1")}) {
    const std::string answer = ask("hotline", asked);
    ASSERT_EQ(http::statusOf(answer), 200) << answer;
    EXPECT_THAT(answer, HasSubstr(R"("id":")" + id + R"(","direction":"sent")"));
    EXPECT_THAT(answer, HasSubstr(R"("peer":"grid","state":"delivered","at":")"));
    EXPECT_THAT(answer, HasSubstr(R"({"peer":"province","state":"waiting"})"));
    EXPECT_THAT(answer, Not(HasSubstr("R-1"))) << "the receipt is between the grid and us";
    EXPECT_THAT(answer, HasSubstr("138****2345"));
    EXPECT_THAT(answer, Not(HasSubstr("13800012345")));
  }
}

TEST_F(OwnRecordsTest, WhoIsOwedARecordLearnsOfItsOwnDeliveryAlone) {
  const std::string id = delivered("g-1", "R-1");
  for (const std::string& asked : {id, std::string("R-1")}) {
    const std::string answer = ask("grid", asked);
    ASSERT_EQ(http::statusOf(answer), 200) << answer;
    EXPECT_THAT(answer, HasSubstr(R"("direction":"owed","deliveries":[{"peer":"grid")"));
    EXPECT_THAT(answer, HasSubstr(R"("receipt":"R-1")"));
    EXPECT_THAT(answer, Not(HasSubstr("province")));
    EXPECT_THAT(answer, Not(HasSubstr("event")));
  }
}

TEST_F(OwnRecordsTest, NobodyLearnsOfWhatIsNotHis) {
  const std::string id = delivered("g-1", "R-1");
  const std::string bad = submit({badOrderOf("b")}).at(0).id;
  std::string unlike = ask("other", "01HZ0000000000000000000000");
  const std::string body = unlike.substr(unlike.find("\r\n\r\n"));
  expectRefusal(unlike, 404, "intake.not_found");
  for (const std::string& asked : {id, bad, std::string("g-1"), std::string("R-1")}) {
    const auto begun = std::chrono::steady_clock::now();
    const std::string answer = ask("other", asked);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, OwnRecords::kNotFoundAfter);
    EXPECT_EQ(http::statusOf(answer), 404);
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n")), body) << asked;
  }
  EXPECT_EQ(http::statusOf(ask("province", "R-1")), 404) << "a receipt of the grid's";
  EXPECT_EQ(http::statusOf(ask("grid", bad)), 404);
}

TEST_F(OwnRecordsTest, WhatWasSetAsideIsToldToWhoSentIt) {
  const std::string bad = submit({badOrderOf("b")}).at(0).id;
  const std::string answer = ask("hotline", bad);
  EXPECT_EQ(http::statusOf(answer), 200);
  EXPECT_THAT(answer, HasSubstr(R"("records":[],"exceptions":[{"id":")" + bad +
                                R"(","code":"normalize.unmapped_code","at":")"));
}

TEST_F(OwnRecordsTest, WhatTheQueueHasForgottenComesFromTheHistory) {
  older_ = {{"01HZ0000000000000000000000", true, {}, {{"grid", "delivered", clock_.wall(), {}}}}};
  const std::string answer = ask("hotline", "long-ago");
  EXPECT_EQ(http::statusOf(answer), 200);
  EXPECT_THAT(answer, HasSubstr(R"("id":"01HZ0000000000000000000000","direction":"sent",)"
                                R"("deliveries":[{"peer":"grid","state":"delivered")"));
}

TEST_F(OwnRecordsTest, OnlyWhoProvesToBeThePeerMayAsk) {
  const std::string id = submit({orderOf("g-1")}).at(0).id;
  peer("province").auth = {};
  expectRefusal(call("GET", "/v1/peers/hotline/records/" + id, {}, ""), 401,
                "intake.unauthenticated");
  expectRefusal(
      call("GET", "/v1/peers/hotline/records/" + id, {}, "Authorization: Bearer grid-t0ken\r\n"),
      401, "intake.unauthenticated");
  const std::string open = call("GET", "/v1/peers/province/records/" + id, {}, "");
  EXPECT_NE(http::statusOf(open), 200) << "where anybody may call, nothing is told";
  expectRefusal(ask("off", id), 401, "intake.unauthenticated");
  expectRefusal(call("DELETE", "/v1/peers/hotline/records/" + id), 405,
                "intake.method_not_allowed");
  expectRefusal(ask("hotline", std::string(301, 'a')), 400, "intake.malformed");
}

TEST_F(OwnRecordsTest, QuestionsCountAgainstThePeersRate) {
  peer("hotline").inbound.ratePerSecond = 1;
  peer("hotline").inbound.burst = 1;
  const std::string id = submit({orderOf("g-1")}).at(0).id;
  EXPECT_EQ(http::statusOf(ask("hotline", id)), 200);
  expectRefusal(ask("hotline", id), 429, "intake.rate_limited");
}

}  // namespace
}  // namespace lianqiao::intake
