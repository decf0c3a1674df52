#include "http/http_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http_front.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"

namespace lianqiao::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

TEST(HttpAnswer, HasStatusLineDateAndLength) {
  HttpResponse response{202, {}, "ok"};
  response.headers.add("Content-Type", "text/plain");
  EXPECT_THAT(
      frame(response, {}).head,
      MatchesRegex("HTTP/1.1 202 Accepted\r\nDate: [A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] "
                   "20[0-9][0-9] [0-9:]+ GMT\r\nContent-Length: 2\r\n"
                   "Content-Type: text/plain\r\n\r\nok"));
}

TEST(HttpAnswer, HeadTellsTheLengthAndSendsNoBody) {
  const WireAnswer answer = frame({200, {}, "12345"}, {.headOnly = true, .keepAlive = true});
  EXPECT_THAT(answer.head, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(answer.head, EndsWith("\r\n\r\n"));
  EXPECT_EQ(answer.body, "");
}

TEST(HttpAnswer, NoContentHasNeitherLengthNorBody) {
  const WireAnswer answer = frame({204, {}, "12345"}, {});
  EXPECT_THAT(answer.head, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(answer.head, EndsWith("\r\n\r\n"));
}

TEST(HttpAnswer, FramingHeadersOfTheResponseAreLeftOut) {
  HttpResponse response{200, {}, "a"};
  for (const char* name : {"Content-Length", "transfer-encoding", "Connection", "date"}) {
    response.headers.add(name, "99");
  }
  const std::string head = frame(response, {.headOnly = false, .keepAlive = false}).head;
  EXPECT_THAT(head, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("99")));
}

TEST(HttpAnswer, LineBreaksInHeadersCannotSplitTheAnswer) {
  HttpResponse response;
  response.headers.add("X", "a\r\nSet-Cookie: b");
  EXPECT_THAT(frame(response, {}).head, HasSubstr("X: a  Set-Cookie: b\r\n"));
}

TEST(HttpAnswer, AnImpossibleStatusIs500) {
  for (const int status : {0, -1, 100, 101, 199, 600, 1000}) {
    EXPECT_THAT(frame({status, {}, ""}, {}).head, StartsWith("HTTP/1.1 500 ")) << status;
  }
}

TEST(HttpAnswer, ErrorsHaveOneShape) {
  const HttpResponse response = errorResponse({"decode.json", "line 1: \"x\" is no number"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.get("content-type"), "application/json");
  EXPECT_EQ(response.body,
            R"({"error":{"code":"decode.json","message":"line 1: \"x\" is no number"}})");
}

TEST(HttpAnswer, RefusalsForNowSayWhenToComeBack) {
  EXPECT_TRUE(errorResponse({std::string(codes::kRateLimited), ""}).headers.has("Retry-After"));
  EXPECT_TRUE(errorResponse({std::string(codes::kOverloaded), ""}).headers.has("Retry-After"));
  EXPECT_FALSE(errorResponse({std::string(codes::kMalformed), ""}).headers.has("Retry-After"));
}

TEST(HttpAnswer, EveryCodeOfIntakeHasItsStatus) {
  const std::pair<std::string_view, int> expected[] = {
      {codes::kMalformed, 400},     {codes::kUnauthenticated, 401}, {codes::kClockSkew, 401},
      {codes::kReplayedNonce, 401}, {codes::kForbidden, 403},       {codes::kUnknownPeer, 404},
      {codes::kNotFound, 404},      {codes::kMethod, 405},          {codes::kTooLarge, 413},
      {codes::kMediaType, 415},     {codes::kRateLimited, 429},     {codes::kOverloaded, 503},
      {codes::kQueueAway, 503},     {codes::kTimeout, 408},         {codes::kBadJson, 400},
      {codes::kMissing, 422},       {codes::kSchema, 422},          {codes::kNoRoute, 422},
      {codes::kQueueFull, 503},     {codes::kInternal, 500},        {"never.heard", 500}};
  for (const auto& [code, status] : expected) EXPECT_EQ(statusOfCode(code), status) << code;
}

}  // namespace
}  // namespace lianqiao::http
