#include <gtest/gtest.h>

#include "platform.h"

namespace lianqiao::data_exchange {
namespace {

using namespace test;

struct Judged {
  Outcome outcome;
  bool staleKey = false;
};

Judged judge(int status, std::string body, std::string_view scheme = "gjgxjhpt",
             const Givens& more = {}, std::string date = {}) {
  const PlatformRules rules(settingsWith(scheme, more));
  PlatformAnswer answer;
  answer.response.status = status;
  answer.response.body = std::move(body);
  if (!date.empty()) answer.response.headers.add("Date", std::move(date));
  rules.judge(WallTime(std::chrono::milliseconds(1700000000000)), {}, answer);
  return {answer.outcome, answer.staleKey};
}

TEST(Answer, TellsFromTheCodeOfATwoHundredWhatBecame) {
  EXPECT_EQ(judge(200, R"({"code":"0"})").outcome.verdict, Verdict::delivered);
  EXPECT_EQ(judge(200, R"({"code":0})").outcome.verdict, Verdict::delivered);
  EXPECT_EQ(judge(200, R"({"code":"200"})", "gjzwfwpt").outcome.verdict, Verdict::delivered);
  EXPECT_EQ(judge(200, R"({"code":200})", "client-id").outcome.verdict, Verdict::delivered);
  EXPECT_EQ(judge(200, R"({"code":"200"})").outcome.verdict, Verdict::retry);
  EXPECT_EQ(judge(200, R"({"code":"catalog-001"})").outcome.verdict, Verdict::rejected);
  EXPECT_EQ(judge(200, R"({"code":"db-004"})").outcome.verdict, Verdict::retry);
  EXPECT_EQ(judge(200, R"({"code":"429"})").outcome.verdict, Verdict::throttled);
  EXPECT_EQ(judge(200, R"({"code":"-1","message":"接口调用失败"})").outcome.verdict,
            Verdict::retry);
  EXPECT_EQ(judge(200, R"({"code":"E-106"})").outcome.verdict, Verdict::refused);
  EXPECT_EQ(judge(200, R"({"code":"-1","data":"E-106"})").outcome.verdict, Verdict::refused);
  EXPECT_EQ(judge(200, R"({"ok":true})").outcome.code, codes::kProtocol);
  EXPECT_EQ(judge(200, "<html>").outcome.code, codes::kProtocol);
  EXPECT_EQ(judge(200, "<html>", "gjgxjhpt", {{"code_field", ""}}).outcome.verdict,
            Verdict::delivered);
}

TEST(Answer, LetsTheListsOfCodesBeChanged) {
  const Givens lists{{"code_field", "head.rc"},
                     {"ok_codes", "S00"},
                     {"rejected_codes", "B*"},
                     {"retry_codes", "B7"},
                     {"other_codes", "rejected"}};
  EXPECT_EQ(judge(200, R"({"head":{"rc":"S00"}})", "tif", lists).outcome.verdict,
            Verdict::delivered);
  EXPECT_EQ(judge(200, R"({"head":{"rc":"B7"}})", "tif", lists).outcome.verdict, Verdict::retry);
  EXPECT_EQ(judge(200, R"({"head":{"rc":"B12"}})", "tif", lists).outcome.verdict,
            Verdict::rejected);
  EXPECT_EQ(judge(200, R"({"head":{"rc":"?"}})", "tif", lists).outcome.verdict, Verdict::rejected);
}

TEST(Answer, NeverTakesAFailingStatusForSuccess) {
  EXPECT_EQ(judge(500, R"({"code":"0"})").outcome.verdict, Verdict::retry);
  EXPECT_EQ(judge(400, R"({"code":"0"})").outcome.verdict, Verdict::rejected);
  EXPECT_EQ(judge(500, R"({"code":"res-001"})").outcome.verdict, Verdict::rejected);
}

TEST(Answer, FindsTheAddressAndNotTheRecordAtFaultWhereThereIsNoInterface) {
  for (const int status : {301, 302, 404, 405}) {
    const Outcome outcome = judge(status, "").outcome;
    EXPECT_EQ(outcome.verdict, Verdict::refused) << status;
    EXPECT_NE(outcome.detail.find("this peer's URL"), std::string::npos);
  }
}

TEST(Answer, TellsWhichOfTheFourGatewayRefusalsItIs) {
  const auto detail = [](int status, std::string_view words, std::string date = {}) {
    const Judged judged = judge(status, R"({"message":")" + std::string(words) + R"("})", "bg-hmac",
                                {}, std::move(date));
    EXPECT_EQ(judged.outcome.verdict, Verdict::refused) << words;
    EXPECT_EQ(judged.outcome.code, codes::kRefused);
    EXPECT_EQ(judged.staleKey, words == "Invalid signature") << words;
    return judged.outcome.detail;
  };
  EXPECT_NE(detail(401, "Invalid signature").find("check secret"), std::string::npos);
  EXPECT_NE(detail(401, "Invalid access key").find("check the setting id"), std::string::npos);
  EXPECT_NE(detail(403, "The route_id is forbidden.").find("apply for it"), std::string::npos);
  EXPECT_NE(detail(401, "Clock skew exceeded").find("clock"), std::string::npos);
  EXPECT_NE(detail(401, "Clock skew exceeded", "Tue, 14 Nov 2023 22:10:00 GMT")
                .find("200 s ahead of the platform's Date"),
            std::string::npos);
  EXPECT_NE(detail(401, "Clock skew exceeded", "Tue, 14 Nov 2023 22:15:00 GMT")
                .find("100 s behind the platform's Date"),
            std::string::npos);
}

TEST(Answer, ACodeThatCondemnsTheRecordOutweighsWords) {
  const Judged judged = judge(200, R"({"code":"res-007","message":"附件缺少签名"})");
  EXPECT_EQ(judged.outcome.verdict, Verdict::rejected);
  EXPECT_FALSE(judged.staleKey);
}

TEST(Answer, WordsInTheDataOfAGoodAnswerMeanNothing) {
  EXPECT_EQ(judge(200, R"({"code":"0","data":"Invalid signature"})").outcome.verdict,
            Verdict::delivered);
  EXPECT_EQ(judge(200, R"({"code":"res-1","data":{"title":"E-106 签名"}})").outcome.verdict,
            Verdict::rejected);
}

// Whoever cuts before the values of the record are looked for hands on what is found no more.
TEST(Answer, HandsTheGatewayWholeWords) {
  std::string content;
  for (int i = 0; i < 300; ++i) content += "幸福路";
  const auto messageOf = [](int status, const std::string& body) {
    PlatformAnswer answer;
    answer.response.status = status;
    answer.response.body = body;
    PlatformRules(settingsWith("gjgxjhpt")).judge(WallTime{}, {}, answer);
    return answer.message;
  };
  EXPECT_EQ(messageOf(500, " <p>" + content + "</p> "), "<p>" + content + "</p>");
  EXPECT_EQ(messageOf(500, R"({"message":")" + content + "\"}"), content);
  EXPECT_LE(messageOf(500, std::string(1u << 20, 'x')).size(), 8192u) << "bounded";
  EXPECT_LE(messageOf(500, R"({"message":")" + std::string(1u << 20, 'x') + "\"}").size(), 8192u);
}

TEST(Blotted, LeavesNoPartOfANumberWhereItCuts) {
  for (std::size_t before = 140; before <= 170; ++before) {
    for (const std::string_view number : {"13911112222", "139 1111 2222"}) {
      const std::string left =
          blotted(std::string(before, 'x') + std::string(number) + std::string(99, 'y'));
      EXPECT_LE(left.size(), 160u);
      const bool whole = left.find(number) != std::string::npos;
      EXPECT_TRUE(whole || left.find_first_of("0123456789") == std::string::npos) << left;
    }
  }
}

TEST(Blotted, KeepsNumbersOfPersonsOutAndIsBounded) {
  EXPECT_EQ(blotted("字段缺失"), "字段缺失");
  EXPECT_EQ(blotted("电话 13911112222 不合法"), "电话 ########### 不合法");
  EXPECT_EQ(blotted(std::string(1000, 'x')).size(), 160U);
}

// An answer that nobody can read is no "no JSON": the message says which encoding came, and where a
// 204 means success a setting says so.
TEST(Answer, SaysWhyAnAnswerCannotBeReadAndWhatMayBeDone) {
  PlatformAnswer unread;
  unread.response.status = 200;
  unread.response.unread = "it came in the encoding br";
  PlatformRules(settingsWith("gjgxjhpt")).judge(WallTime{}, {}, unread);
  EXPECT_EQ(unread.outcome.verdict, Verdict::retry);
  EXPECT_NE(unread.outcome.detail.find("the encoding br"), std::string::npos);
  for (const int status : {200, 204}) {
    PlatformAnswer empty;
    empty.response.status = status;
    PlatformRules(settingsWith("gjgxjhpt")).judge(WallTime{}, {}, empty);
    EXPECT_EQ(empty.outcome.verdict, Verdict::retry);
    EXPECT_NE(empty.outcome.detail.find("empty_answer: delivered"), std::string::npos);
    PlatformRules(settingsWith("gjgxjhpt", {{"empty_answer", "delivered"}}))
        .judge(WallTime{}, {}, empty);
    EXPECT_EQ(empty.outcome.verdict, Verdict::delivered);
    PlatformRules(settingsWith("gjgxjhpt", {{"empty_answer", "delivered"}}))
        .judge(WallTime{}, {}, unread);
    EXPECT_EQ(unread.outcome.verdict, Verdict::retry) << "it was not empty";
  }
}

}  // namespace
}  // namespace lianqiao::data_exchange
