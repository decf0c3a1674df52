#include "intake/service.h"

#include <csignal>
#include <fstream>
#include <list>

#include "intake/replay.h"
#include "lianqiao/codes.h"
#include "service_run.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;

using test::badOrderOf;
using test::eventually;
using test::orderOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string between(const std::string& text, std::string_view before, char end = '"') {
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return {};
  return text.substr(at + before.size(), text.find(end, at + before.size()) - at - before.size());
}

// An adapter proves who sends, by the body; who fetches has none and is answered as a stranger is.
TEST_F(IntakeServiceTest, NoOutboxIsOpenThatOnlyTheAdapterGuards) {
  peer("province").auth.kind = config::CallerAuth::Kind::adapter;
  for (const auto& [method, path] : {std::pair("GET", "/v1/peers/province/outbox"),
                                     std::pair("POST", "/v1/peers/province/outbox/ack")})
    expectRefusal(call(method, path, {}, {}), 401, codes::kUnauthenticated);
}

TEST_F(IntakeServiceTest, A202MeansThatTheRecordIsStored) {
  const std::string answer = post(orderOf("a"));
  ASSERT_EQ(http::statusOf(answer), 202) << answer;
  const auto trail = queue_->records().trail(between(answer, "\"id\":\""));
  ASSERT_TRUE(trail.ok());
  EXPECT_EQ(trail->size(), 1u);
  EXPECT_EQ(counts("province").owed, 1u);
  EXPECT_EQ(seen("hotline 202"), 1);
}

TEST_F(IntakeServiceTest, WhatEndedTheProcessThreeTimesIsAnExceptionAndNotRead) {
  const std::string body = orderOf("poison");
  dieOf(body, 3);
  const std::string answer = post(body);
  EXPECT_EQ(http::statusOf(answer), 422) << answer;
  EXPECT_THAT(answer, HasSubstr("\"plugin.crashed\""));
  EXPECT_EQ(http::statusOf(post(orderOf("good"))), 202);
  const std::string again = post(body);
  const auto found = exceptions("hotline");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(between(again, "\"exception\":\""), found[0].id);
  const auto whole = queue_->records().exception(found[0].id);
  ASSERT_TRUE(whole.ok() && whole->has_value());
  EXPECT_EQ((*whole)->seen, 2u);
  EXPECT_EQ((*whole)->code, codes::kPluginCrashed);
  EXPECT_EQ((*whole)->evidence, body);
  EXPECT_EQ((*whole)->origin, "POST /v1/peers/hotline/records");
  const auto replayed =
      Replay(queue_->submissions(), queue_->records(), *entries_).one(found[0].id);
  ASSERT_TRUE(replayed.ok());
  EXPECT_EQ(replayed->result, ReplayItem::Result::failing);
  EXPECT_THAT(replayed->message, HasSubstr("have it sent again"));
  EXPECT_EQ(counts("hotline").accepted, 1u);
}

TEST_F(IntakeServiceTest, APeerWhoseRequestsEndTheProcessAgainAndAgainIsRefusedAndTheOthersAreNot) {
  config::PeerConfig another = peer("hotline");
  another.name = "another";
  config_.peers.push_back(another);
  for (int i = 0; i < CrashGuard::kPeers.out; ++i) dieOf(orderOf(std::to_string(i)), 1);
  expectRefusal(post(orderOf("good")), 503, codes::kPluginCrashed);
  EXPECT_EQ(http::statusOf(call("GET", "/v1/peers/another/check")), 200);
  EXPECT_EQ(guard_->forgive("hotline"), 1u);
  EXPECT_EQ(http::statusOf(post(orderOf("also good"))), 202);
}

TEST_F(IntakeServiceTest, OfACallQuarantinedNoValueOfAParameterIsKept) {
  const std::string path = "/v1/peers/hotline/check";
  dieOf("sign=s3cret&echo&time=", 3, path);
  EXPECT_EQ(http::statusOf(call("GET", path + "?sign=s3cret&echo&time=")), 422);
  const auto found = exceptions("hotline");
  ASSERT_EQ(found.size(), 1u);
  const auto whole = queue_->records().exception(found[0].id);
  ASSERT_TRUE(whole.ok() && whole->has_value());
  EXPECT_EQ((*whole)->evidence, path + "?sign=&echo&time=");
}

TEST_F(IntakeServiceTest, ASuspectIsReadWhenNoOtherOneIsAndPassesForGood) {
  const std::string body = orderOf("suspect");
  dieOf(body, 2);
  start();
  const PeerGuard other(*guard_, "hotline", "b");
  {
    const Permit same = other.request("/v1/peers/hotline/records", body);
    expectRefusal(post(body), 503, codes::kOverloaded);
    EXPECT_EQ(http::statusOf(post(orderOf("good"))), 202) << "who is no suspect does not wait";
  }
  EXPECT_EQ(http::statusOf(post(body)), 202);
}

TEST_F(IntakeServiceTest, WhatIsSentAgainIsADuplicateWithTheFirstId) {
  const std::string first = post(orderOf("a"));
  const std::string second = post(orderOf("a"));
  EXPECT_EQ(http::statusOf(second), 202);
  EXPECT_EQ(between(second, "\"id\":\""), between(first, "\"id\":\""));
  EXPECT_THAT(first, HasSubstr("\"duplicate\":false"));
  EXPECT_THAT(second, HasSubstr("\"duplicate\":true"));
  EXPECT_EQ(counts("hotline").accepted, 1u);
}

TEST_F(IntakeServiceTest, APartlyBadBatchSaysWhichAndWhy) {
  const std::string answer =
      post("[" + orderOf("a") + "," + badOrderOf("b") + "," + orderOf("c") + "]");
  ASSERT_EQ(http::statusOf(answer), 202) << answer;
  EXPECT_THAT(answer, HasSubstr("{\"index\":1,\"exception\":\""));
  EXPECT_THAT(answer, HasSubstr("normalize.unmapped_code"));
  const auto exception = queue_->records().exception(between(answer, "\"exception\":\""));
  ASSERT_TRUE(exception.ok() && exception->has_value());
  EXPECT_EQ((*exception)->body, badOrderOf("b"));
  EXPECT_EQ(counts("hotline").accepted, 2u);
  EXPECT_EQ(counts("hotline").quarantined, 1u);
}

TEST_F(IntakeServiceTest, AllBadIs422AndKept) {
  const std::string answer = post(badOrderOf("a"));
  EXPECT_EQ(http::statusOf(answer), 422) << answer;
  EXPECT_EQ(exceptions("hotline").size(), 1u);
}

TEST_F(IntakeServiceTest, RefusalsHaveOneShape) {
  config_.intake.itemsPerRequest = 2;
  peer("hotline").inbound.body = 4096;
  const std::string json = "Content-Type: application/json\r\n";
  expectRefusal(call("POST", "/v1/peers/hotline/records", orderOf("a"), json), 401,
                codes::kUnauthenticated);
  expectRefusal(call("POST", "/v1/peers/hotline/records", orderOf("a"),
                     json + "Authorization: Bearer wrong\r\n"),
                401, codes::kUnauthenticated);
  expectRefusal(call("POST", "/v1/peers/off/records", orderOf("a")), 403, codes::kForbidden);
  expectRefusal(call("GET", "/v1/peers/hotline/outbox"), 403, codes::kForbidden);
  expectRefusal(call("POST", "/v1/peers/nobody/records", orderOf("a")), 401,
                codes::kUnauthenticated);
  expectRefusal(call("GET", "/elsewhere"), 404, codes::kNotFound);
  expectRefusal(call("POST", "/v1/peers/hotline"), 404, codes::kNotFound);
  const std::string method = call("GET", "/v1/peers/hotline/records");
  expectRefusal(method, 405, codes::kMethod);
  EXPECT_THAT(method, HasSubstr("Allow: POST\r\n"));
  expectRefusal(post("[{\"a\":1}"), 400, codes::kBadJson);
  expectRefusal(post("[" + orderOf("a") + "," + orderOf("b") + "," + orderOf("c") + "]"), 413,
                codes::kTooLarge);
  expectRefusal(post(std::string(5000, ' ')), 413, codes::kTooLarge);
  expectRefusal(call("POST", "/v1/peers/hotline/records", orderOf("a"),
                     "Authorization: Bearer t0ken\r\nContent-Type: text/plain\r\n"),
                415, codes::kMediaType);
  EXPECT_EQ(counts("hotline").accepted, 0u);
  EXPECT_EQ(counts("hotline").quarantined, 0u);
  EXPECT_EQ(seen("hotline 401"), 2) << "refusals are counted, too";
  EXPECT_EQ(seen("off 403"), 1);
  EXPECT_EQ(http::statusOf(call("GET", "/health")), 200);
}

TEST_F(IntakeServiceTest, APeerThatIsNotSetToSendCannotPost) {
  // Province has no authentication since it only takes.
  expectRefusal(call("POST", "/v1/peers/province/records", orderOf("a"),
                     "Content-Type: application/json\r\n"),
                403, codes::kForbidden);
  EXPECT_EQ(http::statusOf(call("GET", "/v1/peers/province/outbox", {}, "")), 200);
  expectRefusal(call("POST", "/v1/peers/province/outbox", "{}", ""), 405, codes::kMethod);
  EXPECT_TRUE(exceptions().empty());
}

// The rule: a request of many records is stored in slices, and answered as one.
TEST_F(IntakeServiceTest, ARequestOfManySlicesIsAnsweredWholeAndInOrder) {
  std::string body = "[";
  for (int i = 0; i < 2500; ++i) {
    body += i == 0 ? "" : ",";
    body += i == 1700 ? badOrderOf("odd") : orderOf("s" + std::to_string(i));
  }
  const std::string answer = post(body + "]");
  EXPECT_EQ(http::statusOf(answer), 202);
  EXPECT_EQ(counts("hotline").accepted, 2499u);
  EXPECT_EQ(counts("hotline").quarantined, 1u);
  EXPECT_THAT(answer, HasSubstr("{\"index\":1700,\"exception\":"));
  std::size_t at = 0;
  for (const char* id :
       {"\"s0\"", "\"s999\"", "\"s1000\"", "\"s1999\"", "\"s2000\"", "\"s2499\""}) {
    const std::size_t found = answer.find(id, at);
    ASSERT_NE(found, std::string::npos) << id;
    at = found;
  }
}

TEST_F(IntakeServiceTest, APeerOverItsRateIsAskedToComeLater) {
  peer("hotline").inbound.ratePerSecond = 0.1;
  peer("hotline").inbound.burst = 2;
  EXPECT_EQ(http::statusOf(post("[" + orderOf("a") + "," + orderOf("b") + "]")), 202);
  expectRefusal(post(orderOf("c")), 429, codes::kRateLimited);
  EXPECT_EQ(counts("hotline").accepted, 2u);
}

TEST_F(IntakeServiceTest, ABackloggedPeerIsAskedToComeLater) {
  start();
  endpoints_.at("hotline")->backlogged = true;
  expectRefusal(post(orderOf("a")), 503, codes::kOverloaded);
}

TEST_F(IntakeServiceTest, WithoutRedisNothingIsAcceptedAndLaterAllIs) {
  ASSERT_EQ(http::statusOf(post(orderOf("a"))), 202);
  pid_t server = 0;
  std::ifstream(folder_.path() / "redis" / "redis.pid") >> server;
  ASSERT_GT(server, 0);
  ::kill(server, SIGKILL);
  // What is not answered 202 is sent again, as a sender does.
  std::string answer;
  ASSERT_TRUE(eventually([&] {
    answer = post(orderOf("b"));
    EXPECT_THAT(http::statusOf(answer), ::testing::AnyOf(202, 503)) << answer;
    return http::statusOf(answer) == 202;
  }));
  EXPECT_EQ(counts("hotline").accepted, 2u) << "nothing was lost and nothing was doubled";
}

TEST_F(IntakeServiceTest, WhatRedisSaidIsForTheLogAndNotForTheSender) {
  start();
  pid_t server = 0;
  std::ifstream(folder_.path() / "redis" / "redis.pid") >> server;
  ASSERT_GT(server, 0);
  ::kill(server, SIGSTOP);
  const std::string answer = post(orderOf("a"));
  ::kill(server, SIGCONT);
  expectRefusal(answer, 503, codes::kQueueAway);
  for (const char* word : {"Redis", "redis", ".sock"})
    EXPECT_THAT(answer, ::testing::Not(HasSubstr(word)));
}

TEST_F(IntakeServiceTest, AReceiverThatThrowsStoresNothing) {
  expectRefusal(call("POST", "/v1/peers/hotline/throws", orderOf("a")), 500, codes::kPluginThrew);
  EXPECT_EQ(counts("hotline").accepted, 0u);
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(http::statusOf(post(orderOf("a"))), 202) << "the next request is taken";
}

TEST_F(IntakeServiceTest, WhatAnAdapterThrowsIsForTheLogAndNotForTheCaller) {
  const std::string answer = call("POST", "/v1/peers/hotline/throws", orderOf("a"));
  expectRefusal(answer, 500, codes::kPluginThrew);
  EXPECT_THAT(answer, Not(HasSubstr("index out of range")));
  EXPECT_THAT(answer, Not(HasSubstr("adapter")));
  EXPECT_THAT(faults_,
              ElementsAre(::testing::AllOf(HasSubstr("hotline: "),
                                           HasSubstr("threw in receive: index out of range"))));
}

TEST_F(IntakeServiceTest, WhatThrowsInsideUsEndsTheRequestAndNotTheGateway) {
  start();
  memoryIsShort_ = true;
  expectRefusal(post(orderOf("a")), 500, codes::kInternal);
  {
    const std::lock_guard lock(mutex_);
    memoryIsShort_ = false;
    EXPECT_THAT(faults_, ElementsAre(HasSubstr("hotline: A request of this peer failed inside")));
  }
  EXPECT_EQ(http::statusOf(post(orderOf("a"))), 202);
  EXPECT_EQ(counts("hotline").accepted, 1u) << "sent again, recognised";
}

TEST_F(IntakeServiceTest, AnAnswerThatThrowsIsReplacedByTheStandardOne) {
  const std::string answer =
      call("POST", "/v1/peers/hotline/records", orderOf("a"),
           "Authorization: Bearer t0ken\r\nContent-Type: application/json\r\nX-Throw: 1\r\n");
  EXPECT_EQ(http::statusOf(answer), 202) << answer;
  EXPECT_EQ(counts("hotline").accepted, 1u);
  EXPECT_THAT(faults_, ElementsAre(HasSubstr("threw in answer: no answer")));
}

TEST_F(IntakeServiceTest, APeerWhoseAdapterHangsLeavesRoomForTheOthers) {
  config::PeerConfig other = peer("hotline");
  other.name = "other";
  config_.peers.push_back(other);
  config_.intake.connections = 20;
  config_.intake.bodiesInFlight = 1 << 20;
  start();
  const auto request = [](const std::string& path, std::size_t size) {
    return "POST /v1/peers/" + path +
           " HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer t0ken\r\n" +
           "Content-Type: application/json\r\nContent-Length: " + std::to_string(size) +
           "\r\n\r\n" + std::string(size, ' ');
  };
  std::list<http::RawClient> hanging;
  const auto fill = [&](std::size_t size) {
    for (;;) {
      http::RawClient& client = hanging.emplace_back(front_->port());
      client.send(request("hotline/hangs", size));
      if (!client.readSome(300ms)) continue;
      expectRefusal(client.answer(), 503, codes::kOverloaded);
      hanging.pop_back();
      return hanging.size();
    }
  };
  EXPECT_EQ(fill(0), 10u) << "half of the connections";
  EXPECT_EQ(http::statusOf(call("GET", "/v1/peers/other/check")), 200);
  receiver_.release();
  for (http::RawClient& client : hanging) EXPECT_EQ(http::statusOf(client.answer()), 400);
}

TEST_F(IntakeServiceTest, WhatAReceiverAnswersByItselfIsSentAndCounted) {
  const std::string answer = call("GET", "/v1/peers/hotline/check");
  EXPECT_EQ(http::statusOf(answer), 200);
  EXPECT_THAT(answer, HasSubstr("\r\n\r\necho"));
  EXPECT_EQ(seen("hotline 200"), 1);
}

TEST_F(IntakeServiceTest, ARequestWithoutItemsIsAnswered) {
  EXPECT_EQ(http::statusOf(call("POST", "/v1/peers/hotline/nothing")), 202);
}

TEST_F(IntakeServiceTest, APullingPeerFetchesAndAcknowledges) {
  ASSERT_EQ(http::statusOf(post(orderOf("a"))), 202);
  const std::string owed = call("GET", "/v1/peers/province/outbox?limit=10", {}, "");
  ASSERT_EQ(http::statusOf(owed), 200);
  const std::string lease = between(owed, "\"lease\":\"");
  const std::string acknowledged =
      call("POST", "/v1/peers/province/outbox/ack",
           R"({"items":[{"lease":")" + lease + R"(","result":"delivered","receipt":"P-1"}]})", "");
  EXPECT_EQ(http::statusOf(acknowledged), 200) << acknowledged;
  EXPECT_THAT(acknowledged, HasSubstr("{\"acknowledged\":1,\"unknown\":[]}"));
  EXPECT_EQ(counts("province").delivered, 1u);
}

}  // namespace
}  // namespace lianqiao::intake
