#include "reconcile/report.h"

#include <gmock/gmock.h>

#include "lianqiao/json.h"

namespace lianqiao::reconcile {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Difference difference(std::string identity, std::string record = "01RECORD") {
  Difference made;
  made.identity = std::move(identity);
  made.type = "work_order";
  made.record = std::move(record);
  return made;
}

Comparison compared() {
  Comparison made;
  made.day = "2026-11-20";
  made.ours = 1204;
  made.theirs = 1201;
  made.onlyOurs = {difference("202611200000000017"), difference("=cmd|'/c calc'!A1", "02RECORD"),
                   difference("tel 13800138000")};
  made.onlyOurs[0].confirmed = WallTime(std::chrono::seconds(1'795'147'100));
  made.onlyOurs[1].confirmed = WallTime(std::chrono::seconds(1'795'147'300));
  made.differing = {difference("R-4")};
  made.differing[0].fields = {1};
  made.findings.emplace_back("reconcile.duplicate", "", "lists \"13800138000\" twice");
  return made;
}

Reported about() {
  Reported about;
  about.peer = "county";
  about.fields = {"status", "reply"};
  about.missingBefore = {"02RECORD", "01RECORD"};
  about.before = WallTime(std::chrono::seconds(1'795'147'200));
  return about;
}

TEST(Report, IsJsonWithCountsAndMaskedNumbers) {
  const std::string text = jsonOf(compared(), about());
  json::Document document;
  ASSERT_TRUE(json::parse(text, document).ok()) << text;
  EXPECT_EQ(document.root.find("counts")->find("only_ours")->integer(), 3);
  EXPECT_FALSE(document.root.find("equal")->boolean());
  const auto ours = document.root.find("only_ours")->elements();
  EXPECT_EQ(ours[0].find("confirmed_again"), nullptr);
  EXPECT_TRUE(ours[1].find("confirmed_again")->boolean());
  EXPECT_EQ(ours[2].find("id")->text(), "tel 138****8000");
  EXPECT_EQ(document.root.find("differing")->elements()[0].find("fields")->text(), "reply");
  EXPECT_THAT(text, testing::Not(HasSubstr("13800138000")));
}

TEST(Report, IsACsvThatASpreadsheetDoesNotSpoil) {
  const std::string text = csvOf(compared(), about());
  EXPECT_THAT(text, StartsWith("\xEF\xBB\xBF"
                               "result / 结果,id / 编号,"));
  EXPECT_THAT(text, HasSubstr("\"missing at your side / 贵方缺少\",\"'202611200000000017\","));
  EXPECT_THAT(text, HasSubstr(",\"'=cmd|'/c calc'!A1\","));
  EXPECT_THAT(text, HasSubstr("\"tel 138****8000\""));
  EXPECT_THAT(text,
              HasSubstr("\"differs / 内容不同\",\"R-4\",\"work_order\",\"01RECORD\",\"\",\"\","
                        "\"reply\",\"\",\"\"\n"));
  EXPECT_THAT(text, HasSubstr("\"reconcile.duplicate\",\"lists \"\"138****8000\"\" twice\"\n"));
}

}  // namespace
}  // namespace lianqiao::reconcile
