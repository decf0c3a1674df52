#include "record/quote_mask.h"

#include <gtest/gtest.h>

namespace lianqiao::record {
namespace {

/// What is left of `said` about these payloads.
std::string masked(const std::string& said, const std::vector<std::string>& payloads) {
  std::vector<json::Document> documents(payloads.size());
  std::vector<json::Value> sent;
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    EXPECT_TRUE(json::parse(payloads[i], documents[i])) << payloads[i];
    sent.push_back(documents[i].root);
  }
  return QuoteMask(std::move(sent)).mask(said);
}

std::string payload(const std::string& content) {
  std::string text = "{\"content\":";
  json::writeText(content, text);
  return text + '}';
}

const std::string kContent =
    "王小明反映：幸福路12号3单元楼下的路灯已经三天不亮，\n联系人李桂兰，住在\"和平里\"小区5号楼，"
    "老人和孩子夜间出行很不方便，希望有关部门尽快派人维修。";

TEST(QuoteMask, HidesWhateverOfTheRecordAPlatformRepeats) {
  const auto said = [](const std::string& text) {
    return masked(text, {R"({"name":"张三丰","tel":"03948260000","n":40,"deep":{"list":)"
                         R"([" 幸福路12号 "]},"x":"7","ok":true})"});
  };
  EXPECT_EQ(said("缺少字段 areacode"), "缺少字段 areacode");
  EXPECT_EQ(said("姓名张三丰不合法，电话03948260000"), "姓名***不合法，电话***");
  EXPECT_EQ(said("地址[幸福路12号]过长"), "地址[***]过长");
  EXPECT_EQ(said("field 40 of 404"), "field *** of 404");
  EXPECT_EQ(said("another 13800008000"), "another 138****8000");
  EXPECT_EQ(said("true"), "true");
  EXPECT_EQ(said("  \n"), "");
  EXPECT_EQ(said("\xff"), "(no text)");
  EXPECT_EQ(said(std::string(5000, 'x')).size(), 160u) << "bounded";
  EXPECT_EQ(said(std::string(2047, 'x') + "错错").size(), 160u) << "cut within no character";
}

// It was cut to 160 characters first: of a longer value these stood in the trail and in the log.
TEST(QuoteMask, HidesAValueThatIsLongerThanWhatIsShown) {
  std::string content;
  for (int i = 0; i < 60; ++i) content += std::to_string(i * 7919) + "号住户王小明反映路灯不亮；";
  EXPECT_EQ(masked("内容过长：" + content, {payload(content)}), "内容过长：***");
  EXPECT_EQ(masked("内容过长：" + content.substr(0, 900) + "，最多500字", {payload(content)}),
            "内容过长：***，最多500字");
}

/// Rule: a platform that repeats a part, or writes it otherwise, shows no six characters of it.
TEST(QuoteMask, HidesAPartOfAValueToo) {
  const auto said = [](const std::string& text) { return masked(text, {payload(kContent)}); };
  const std::string cut = kContent.substr(0, 9 * 3 + 6);
  EXPECT_EQ(said("[" + cut + "...]不合法"), "[***...]不合法");
  EXPECT_EQ(said("含敏感词：三天不亮，\n联系人李桂兰，住"), "含敏感词：***");
  std::string escaped;
  json::writeText(kContent, escaped);
  const std::string left = said("{\"error\":" + escaped);
  for (const char* part : {"王小明", "幸福路", "李桂兰", "小区5号楼"})
    EXPECT_EQ(left.find(part), std::string::npos) << left;
}

// What is cut off a long answer may be the beginning of a name or of a number.
TEST(QuoteMask, ShowsNoHalfOfWhatStandsWhereItsReadingEnds) {
  const std::string hidden = "幸福路12号3单元楼下的路灯";
  for (const std::string& last : {std::string("欧阳小明明"), std::string("138 0000 8000")}) {
    for (std::size_t before = 2012; before < 2060; ++before) {
      std::string said;
      while (said.size() + hidden.size() < before) said += hidden;
      said += std::string(before - said.size(), ' ') + last + std::string(500, '.');
      const std::string left = masked(said, {payload(hidden), R"({"name":"欧阳小明明"})"});
      EXPECT_EQ(left.find("欧阳"), std::string::npos) << left;
      EXPECT_EQ(left.find("138 0"), std::string::npos) << left;
    }
  }
}

// Of a batch there is one answer: it stood with each record, masked by that one record alone.
TEST(QuoteMask, HidesTheValuesOfAllThatWereSent) {
  EXPECT_EQ(masked("第2条：李桂兰 不合法", {payload("王小明"), R"({"n":"李桂兰"})"}),
            "第2条：*** 不合法");
}

/// Rule: what would cost too much is not done, and what was not looked for is not shown.
TEST(QuoteMask, LeavesOutWhatItCannotLookThrough) {
  std::vector<json::Value> sent(4'000'000, json::Value::ofText("ab"));
  QuoteMask mask(std::move(sent));
  EXPECT_EQ(mask.mask("why"), "(left out)");
  const std::string text(4096, 'a');
  QuoteMask alike(std::vector<json::Value>(1000, json::Value::ofText(std::string_view(text))));
  EXPECT_EQ(alike.mask(text), "(left out)");
}

}  // namespace
}  // namespace lianqiao::record
