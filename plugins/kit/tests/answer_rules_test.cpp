#include "kit/answers/answer_rules.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "conformance/conformance.h"
#include "kit/answers/answer_fields.h"
#include "kit/answers/json_at.h"
#include "kit/answers/words.h"

namespace lianqiao::kit {
namespace {

constexpr auto kFields = answerFields({.okCodes = "0", .otherCodes = "rejected"});
constexpr Descriptor kAdapter{.name = "rules",
                              .version = "1",
                              .summary = "Rules.",
                              .summaryZh = "规则。",
                              .settings = kFields};

/// The answer to a record, judged by rules of which `given` is set.
struct Judged {
  Judged(int status, std::string body, const std::vector<conformance::Given>& given,
         std::string_view sent = {}, Headers headers = {}) {
    answer.response = {status, std::move(headers), std::move(body)};
    AnswerRules(conformance::settingsOf(kAdapter, given), {.credentials = "the key"})
        .judge(sent, answer);
  }
  [[nodiscard]] Verdict verdict() const { return answer.outcome.verdict; }
  [[nodiscard]] const std::string& detail() const { return answer.outcome.detail; }
  Answer answer;
};

TEST(AnswerRules, LeaveItToTheStatusWhereNoFieldIsNamed) {
  EXPECT_EQ(Judged(200, "", {}).verdict(), Verdict::delivered);
  EXPECT_EQ(Judged(200, "<html>", {}).verdict(), Verdict::delivered);
  EXPECT_EQ(Judged(422, "", {}).verdict(), Verdict::rejected);
  EXPECT_EQ(Judged(404, "", {}).verdict(), Verdict::refused);
  const Judged receipt(201, R"({"data":{"id":17}})", {{"receipt_field", "data.id"}});
  EXPECT_EQ(receipt.answer.outcome.receipt, "17");
}

TEST(AnswerRules, ReadTheVerdictFromTheCode) {
  const std::vector<conformance::Given> given{
      {"code_field", "head.rc"},       {"ok_codes", "S*, true"},    {"refused_codes", "E-106"},
      {"refused_words", "no licence"}, {"throttled_codes", "slow"}, {"retry_codes", "B7"},
      {"rejected_codes", "B*"}};
  const std::pair<const char*, Verdict> rows[] = {
      {R"("S00")", Verdict::delivered}, {"true", Verdict::delivered},
      {R"("E-106")", Verdict::refused}, {R"("slow")", Verdict::throttled},
      {R"("B7")", Verdict::retry},      {R"("B12")", Verdict::rejected},
      {"17", Verdict::rejected},        {R"("")", Verdict::retry},
      {"null", Verdict::retry},         {R"({"deep":1})", Verdict::retry}};
  for (const auto& [code, verdict] : rows) {
    const std::string body = R"({"head":{"rc":)" + std::string(code) + "}}";
    EXPECT_EQ(Judged(200, body, given).verdict(), verdict) << code;
  }
  const std::string words = R"({"head":{"rc":"9"},"message":"No Licence"})";
  EXPECT_EQ(Judged(200, words, given).verdict(), Verdict::refused);
  EXPECT_NE(Judged(200, words, given).detail().find("check the key"), std::string::npos);
  auto others = given;
  others.push_back({"other_codes", "retry"});
  EXPECT_EQ(Judged(200, R"({"head":{"rc":17}})", others).verdict(), Verdict::retry);
}

// A pattern for every code means every code that is there.
TEST(AnswerRules, TakeNoAnswerWithoutACodeForSuccess) {
  const std::vector<conformance::Given> given{{"code_field", "code"}, {"ok_codes", "*"}};
  EXPECT_EQ(Judged(200, R"({"code":"any"})", given).verdict(), Verdict::delivered);
  EXPECT_EQ(Judged(200, R"({"other":1})", given).answer.outcome.code, codes::kProtocol);
  EXPECT_EQ(Judged(200, "<html>", given).answer.outcome.code, codes::kProtocol);
}

TEST(AnswerRules, NeverTakeAFailingStatusForSuccess) {
  const std::vector<conformance::Given> given{{"code_field", "code"}, {"rejected_codes", "bad"}};
  EXPECT_EQ(Judged(500, R"({"code":"0"})", given).verdict(), Verdict::retry);
  EXPECT_EQ(Judged(500, R"({"code":"bad"})", given).verdict(), Verdict::rejected);
  EXPECT_EQ(Judged(500, R"({"code":"17"})", given).verdict(), Verdict::retry)
      << "what no list names says no more than the status";
}

TEST(AnswerRules, KeepHowLongAPeerAsksToWait) {
  Headers headers;
  headers.add("Retry-After", "7");
  const Judged judged(429, R"({"code":"slow"})",
                      {{"code_field", "code"}, {"throttled_codes", "slow"}}, {}, headers);
  EXPECT_EQ(judged.verdict(), Verdict::throttled);
  EXPECT_EQ(judged.answer.outcome.notBefore, std::chrono::seconds(7));
}

TEST(AnswerRules, TellNothingOfTheRecord) {
  const std::vector<conformance::Given> given{{"code_field", "code"}};
  const std::string sent = R"({"phone":"13800000000","no":"123456"})";
  EXPECT_NE(Judged(200, R"({"code":"13800000000"})", given, sent).detail().find("a value of"),
            std::string::npos);
  EXPECT_NE(Judged(200, R"({"code":"张三丰 is unknown"})", given, sent).detail().find("(a text)"),
            std::string::npos);
  EXPECT_NE(Judged(200, R"({"code":"123456"})", given, sent).detail().find("code=123456"),
            std::string::npos)
      << "a short one stands there by chance";
}

TEST(AnswerRules, HandOverThePeersOwnWordsOfAFailureOnly) {
  const std::vector<conformance::Given> given{{"code_field", "code"}};
  EXPECT_EQ(Judged(200, R"({"code":7,"msg":"张三丰"})", given).answer.message, "张三丰");
  EXPECT_EQ(Judged(200, R"({"code":0,"msg":"张三丰"})", given).answer.message, "");
  EXPECT_EQ(Judged(500, std::string(1u << 20, 'x'), given).answer.message.size(), 8192u);
}

TEST(AnswerFields, KeepTheNamesThatWebhookHad) {
  std::map<std::string_view, std::string_view> former;
  for (const FieldSpec& field : kFields) {
    if (!field.formerly.empty()) former[field.formerly] = field.name;
  }
  const std::map<std::string_view, std::string_view> want{{"ok_field", "code_field"},
                                                          {"ok_values", "ok_codes"},
                                                          {"retry_values", "retry_codes"},
                                                          {"refused_values", "refused_codes"}};
  EXPECT_EQ(former, want);
}

TEST(AnswerFields, BearOneSetOfNames) {
  std::set<std::string_view> names;
  for (const FieldSpec& field : kFields) EXPECT_TRUE(names.insert(field.name).second) << field.name;
  for (const FieldSpec& field : kFields) {
    if (field.formerly.empty()) continue;
    EXPECT_TRUE(names.insert(field.formerly).second) << field.name;
  }
}

TEST(JsonAt, WalksDottedPathsAndReadsScalars) {
  json::Document document;
  ASSERT_TRUE(json::parse(R"({"a":{"b":[1],"c":true}})", document).ok());
  EXPECT_EQ(scalarText(at(document.root, "a.c")), "true");
  EXPECT_EQ(scalarText(at(document.root, "a.b")), "");
  EXPECT_EQ(at(document.root, "a.c.d"), nullptr);
  EXPECT_EQ(at(document.root, "x.y"), nullptr);
  EXPECT_EQ(scalarText(nullptr), "");
  EXPECT_TRUE(at(document.root, "")->isObject());
}

TEST(Words, AreFoundWhateverTheirCase) {
  EXPECT_TRUE(saysAny("Invalid Access KEY!", {"", "access key"}));
  EXPECT_FALSE(saysAny("anything", {""}));
}

}  // namespace
}  // namespace lianqiao::kit
