#include "lianqiao/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lianqiao/codes.h"

namespace lianqiao {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

HttpRequest post(std::string type, std::string body) {
  HttpRequest request;
  request.method = "POST";
  if (!type.empty()) request.headers.add("content-type", std::move(type));
  request.body = std::move(body);
  return request;
}

std::string codeOf(const HttpRequest& request) {
  const Result<Reception> reception = receiveStandard(request);
  return reception.ok() ? "ok" : reception.error().code;
}

TEST(ReceiveStandard, TakesOneObjectAnArrayOrLines) {
  const auto one = receiveStandard(post("application/json", " {\"a\":1}\n"));
  ASSERT_TRUE(one);
  ASSERT_EQ(one->items.size(), 1u);
  EXPECT_EQ(one->items[0].body, "{\"a\":1}");
  EXPECT_TRUE(one->items[0].evidence.empty());
  EXPECT_FALSE(one->answer.has_value());

  const auto array = receiveStandard(post("application/json", "[{\"a\":1},{\"b\":}]"));
  ASSERT_TRUE(array);
  ASSERT_EQ(array->items.size(), 2u);
  EXPECT_EQ(array->items[1].body, "{\"b\":}");

  const auto lines = receiveStandard(post("application/x-ndjson", "{\"a\":1}\r\n\n{\"b\":2}\n"));
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->items.size(), 2u);
  EXPECT_EQ(lines->items[1].body, "{\"b\":2}");
}

TEST(ReceiveStandard, TakesTheUsualMediaTypes) {
  for (const char* type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"", "application/cloudevents+json; charset=utf-8",
        "application/x-ndjson", "application/ndjson; charset=utf-8", "application/jsonl",
        "application/json; version=1"}) {
    EXPECT_EQ(codeOf(post(type, "{}")), "ok") << type;
  }
}

TEST(ReceiveStandard, RefusesOtherMediaTypes) {
  for (const char* type : {"", "text/plain", "application/xml", "application/x-www-form-urlencoded",
                           "application/json; charset=gbk", "+json", "json",
                           "application/x-ndjson; charset=gb18030"}) {
    EXPECT_EQ(codeOf(post(type, "{}")), codes::kMediaType) << type;
  }
}

TEST(ReceiveStandard, RefusesEmptyInputWithARemedy) {
  for (const char* body : {"", " \n", "[]", " [ ] "}) {
    const auto reception = receiveStandard(post("application/json", body));
    ASSERT_FALSE(reception.ok()) << body;
    EXPECT_EQ(reception.error().code, codes::kBadJson);
    EXPECT_THAT(reception.error().detail, HasSubstr("send one JSON object"));
  }
  EXPECT_EQ(codeOf(post("application/x-ndjson", "\n\n")), codes::kBadJson);
  EXPECT_EQ(codeOf(post("application/json", "[{}")), codes::kBadJson);
}

TEST(AnswerStandard, SaysWhatBecameOfEachItem) {
  const std::vector<ItemVerdict> verdicts = {
      {ItemVerdict::Status::accepted, "r1", "工单-1", {}},
      {ItemVerdict::Status::duplicate, "r0", "s\"2", {}},
      {ItemVerdict::Status::quarantined,
       "e1",
       "s3",
       {{"normalize.missing", "/title", "is missing"}, {"validate.schema", "", "no"}}}};
  const HttpResponse answer = answerStandard(verdicts);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(answer.body, R"({"items":[{"id":"r1","sourceid":"工单-1","duplicate":false},)"
                         R"({"id":"r0","sourceid":"s\"2","duplicate":true},)"
                         R"({"index":2,"exception":"e1","errors":[)"
                         R"({"code":"normalize.missing","path":"/title","message":"is missing"},)"
                         R"({"code":"validate.schema","path":"","message":"no"}]}]})");
}

TEST(AnswerStandard, Is422WhenEveryItemWasQuarantined) {
  const ItemVerdict bad{ItemVerdict::Status::quarantined, "e", "", {}};
  EXPECT_EQ(answerStandard(std::vector{bad, bad}).status, 422);
  EXPECT_EQ(answerStandard(std::vector{bad, ItemVerdict{}}).status, 202);
  EXPECT_EQ(answerStandard({}).status, 202);
  EXPECT_EQ(answerStandard({}).body, R"({"items":[]})");
}

TEST(OutcomeOfHttp, ReadsTheStatus) {
  const auto verdict = [](int status) { return outcomeOfHttp({status, {}, {}}).verdict; };
  for (const int status : {200, 201, 202, 204, 299}) EXPECT_EQ(verdict(status), Verdict::delivered);
  for (const int status : {408, 425, 500, 502, 504, 599, 100}) {
    EXPECT_EQ(verdict(status), Verdict::retry) << status;
  }
  for (const int status : {429, 503}) EXPECT_EQ(verdict(status), Verdict::throttled);
  for (const int status : {401, 403, 407}) EXPECT_EQ(verdict(status), Verdict::refused);
  for (const int status : {400, 406, 409, 410, 413, 415, 422}) {
    EXPECT_EQ(verdict(status), Verdict::rejected) << status;
  }
}

TEST(OutcomeOfHttp, AWrongAddressBurnsNoRecords) {
  for (const int status : {301, 302, 304, 307, 308, 404, 405, 421, 501}) {
    const Outcome outcome = outcomeOfHttp({status, {}, {}});
    EXPECT_EQ(outcome.verdict, Verdict::refused) << status;
    EXPECT_THAT(outcome.detail, HasSubstr("URL")) << status;
  }
}

TEST(OutcomeOfHttp, NamesTheStatusButNothingOfTheBody) {
  const Outcome outcome = outcomeOfHttp({422, {}, "phone 13800138000 is unknown"});
  EXPECT_EQ(outcome.code, codes::kRejected);
  EXPECT_THAT(outcome.detail, HasSubstr("422"));
  EXPECT_EQ(outcome.detail.find("138"), std::string::npos);
  EXPECT_TRUE(outcomeOfHttp({200, {}, {}}).code.empty());
}

TEST(OutcomeOfHttp, TakesRetryAfterAsSecondsOrAsDate) {
  const auto wait = [](std::string retryAfter, std::string date = {}) {
    HttpResponse answer{503, {}, {}};
    answer.headers.add("Retry-After", std::move(retryAfter));
    if (!date.empty()) answer.headers.add("Date", std::move(date));
    return outcomeOfHttp(answer).notBefore;
  };
  EXPECT_EQ(wait("120"), 120s);
  EXPECT_EQ(wait(" 0 "), 0s);
  EXPECT_EQ(wait("99999999999999999999"), 24h * 366);
  EXPECT_EQ(wait("-5"), std::nullopt);
  EXPECT_EQ(wait("soon"), std::nullopt);
  EXPECT_EQ(wait("Tue, 14 Nov 2023 22:14:50 GMT"), std::nullopt);
  EXPECT_EQ(wait("Tue, 14 Nov 2023 22:14:50 GMT", "Tue, 14 Nov 2023 22:13:20 GMT"), 90s);
  EXPECT_EQ(wait("Tue, 14 Nov 2023 22:13:19 GMT", "Tue, 14 Nov 2023 22:13:20 GMT"), 0s);
  EXPECT_EQ(wait("Mon, 14 Nov 2023 22:14:50 GMT", "Tue, 14 Nov 2023 22:13:20 GMT"), std::nullopt);
  EXPECT_EQ(outcomeOfHttp({429, {}, {}}).notBefore, std::nullopt);
}

TEST(OutcomeOfError, RetriesWhatTheNetworkDid) {
  for (const auto code : {codes::kConnect, codes::kTls, codes::kDeliverTimeout, codes::kProtocol}) {
    const Outcome outcome = outcomeOfError({std::string(code), "why"});
    EXPECT_EQ(outcome.verdict, Verdict::retry);
    EXPECT_EQ(outcome.code, code);
    EXPECT_EQ(outcome.detail, "why");
  }
  EXPECT_EQ(outcomeOfError({std::string(codes::kRefused), ""}).verdict, Verdict::refused);
  EXPECT_EQ(outcomeOfError({std::string(codes::kRejected), ""}).verdict, Verdict::rejected);
  EXPECT_EQ(outcomeOfError({std::string(codes::kThrottled), ""}).verdict, Verdict::throttled);
}

class EchoSink final : public Sink {
 public:
  Outcome deliver(const Delivery& delivery, Deadline) override {
    return Outcome::delivered(std::string(delivery.recordId));
  }
};

TEST(Roles, DefaultsAreTheStandardForm) {
  Receiver receiver;
  EXPECT_TRUE(receiver.receive(post("application/json", "{}")));
  EXPECT_EQ(receiver.answer({}, {}).status, 202);

  EchoSink sink;
  std::vector<Delivery> deliveries(2);
  deliveries[0].recordId = "a";
  deliveries[1].recordId = "b";
  const std::vector<Outcome> outcomes = sink.deliverBatch(deliveries, {});
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[1].receipt, "b");
  EXPECT_EQ(sink.batchLimit(), 1u);
  EXPECT_TRUE(sink.probe({}));
}

HttpRequest pushed(std::string_view type, std::string body) {
  HttpRequest request;
  request.headers.add("Content-Type", std::string(type));
  request.body = std::move(body);
  return request;
}

TEST(ReceiveStandard, KnowsTheLineOfEachItemOfNdjson) {
  const auto reception =
      receiveStandard(pushed("application/x-ndjson", "{\"a\":1}\n\r\n  {\"b\":2\n{\"c\":3}"));
  ASSERT_TRUE(reception.ok());
  ASSERT_EQ(reception->items.size(), 3u);
  const RawItem& bad = reception->items[1];
  EXPECT_EQ(reception->items[0].line, 1u);
  EXPECT_EQ(bad.line, 3u);
  EXPECT_EQ(reception->items[2].line, 4u);
  json::Document document;
  const auto parsed = json::parse(bad.body, document, {.line = bad.line});
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().detail.find("line 3, column 7: "), 0u) << parsed.error().detail;
}

TEST(ReceiveStandard, BearsAByteOrderMark) {
  for (const char* type : {"application/json", "application/x-ndjson"}) {
    const auto reception = receiveStandard(pushed(type, "\xEF\xBB\xBF{\"a\":1}"));
    ASSERT_TRUE(reception.ok()) << type;
    EXPECT_EQ(reception->items.at(0).body, "{\"a\":1}");
  }
}

/// A gateway that answers as told, in order, and then no more.
class ScriptedWorld final : public MockWorld {
 public:
  explicit ScriptedWorld(std::vector<Result<HttpResponse>> answers)
      : answers_(std::move(answers)) {}
  [[nodiscard]] std::string_view gatewayUrl() const override { return {}; }
  Result<HttpResponse> send(const HttpCall&) override {
    if (sent < answers_.size()) return answers_[sent++];
    return Error{codes::kConnect, "away"};
  }
  [[nodiscard]] WallTime now() const override { return time; }
  std::string nonce(std::size_t) override { return {}; }
  [[nodiscard]] std::size_t records() const override { return 0; }
  bool pause(std::chrono::milliseconds) override { return ++pauses < 10; }
  void log(std::string_view) override {}

  WallTime time;
  std::size_t sent = 0;
  int pauses = 0;

 private:
  const std::vector<Result<HttpResponse>> answers_;
};

TEST(MockWorld, CountsFromBeyondWhatARunBeforeCanHaveGiven) {
  ScriptedWorld world({});
  world.time = WallTime(std::chrono::hours(24));
  const std::size_t before = world.firstNumber();
  world.time += std::chrono::milliseconds(20);
  EXPECT_GE(world.firstNumber(), before + 20'000) << "more than a mock gives in so short a time";
}

TEST(MockWorld, SendsAgainUntilTheGatewayHasIt) {
  ScriptedWorld world({Error{codes::kConnect, "away"}, HttpResponse{503, {}, {}},
                       HttpResponse{202, {}, {}}, HttpResponse{422, {}, {}}});
  EXPECT_TRUE(world.sendUntilTaken({}));
  EXPECT_EQ(world.sent, 3u);
  EXPECT_EQ(world.pauses, 2);
  EXPECT_TRUE(world.sendUntilTaken({})) << "what is quarantined is kept, too";
  EXPECT_FALSE(world.sendUntilTaken({})) << "the mock is to stop";
}

}  // namespace
}  // namespace lianqiao
