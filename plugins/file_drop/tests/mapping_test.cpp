#include <set>

#include "lianqiao/text.h"
#include "town_ledger.h"

/// The shipped peer, mapping and code table, from the dropped bytes to the record.
namespace lianqiao::file_drop::test {
namespace {

using ::testing::HasSubstr;

const std::string kRows =
    "留言编号,留言用户,留言主题,留言时间,留言详情,一级标签,点赞数,反对数,答复意见,答复时间,备注\n"
    "17,U5,　路灯不亮 ,2019/2/28 "
    "11:25:05,\"\n\t\t　　三盏灯不亮。\n\",城乡建设,3,0,已修好。,2019/3/1 8:00:00,急\n"
    "18,U6,噪声,2019/2/28 1:05:05,夜间施工,新类别,,,,,\n";

TEST_F(TownLedger, ARowBecomesAWorkOrder) {
  ASSERT_TRUE(pipeline_);
  const auto records = processAll(readBytes("a.csv", kRows, options()));
  ASSERT_EQ(records.size(), 2u);
  for (const Problem& problem : records[0].problems)
    ADD_FAILURE() << problem.path << " " << problem.message;
  EXPECT_THAT(
      records[0].record.event,
      HasSubstr(
          R"("data":{"orderNo":"17","title":"路灯不亮","content":"三盏灯不亮。","category":{"code":"urban-construction",)"
          R"("text":"城乡建设"},"reporter":{"name":"U5"},"createdTime":"2019-02-28T11:25:05+08:00",)"
          R"("votes":{"for":3,"against":0},"replies":[{"content":"已修好。","time":"2019-03-01T08:00:00+08:00"}],)"
          R"("sourceFields":{"备注":"急","_origin":"{\"file\":\"a.csv\",\"row\":2}"}})"));
  EXPECT_THAT(records[1].record.event, HasSubstr(R"("category":{"code":"other","text":"新类别"})"));
  EXPECT_THAT(records[1].record.event, Not(HasSubstr("replies")));
}

TEST_F(TownLedger, TheSameRowFromAnyFileIsTheSameRecordAndAnotherOfItsNumberIsNot) {
  ASSERT_TRUE(pipeline_);
  const auto csv = processAll(readBytes("a.csv", kRows, options()));
  const auto gb = processAll(readBytes("b.csv", *toGb18030(kRows), options()));
  const std::string sheet =
      R"(<row><c t="str"><v>留言编号</v></c><c t="str"><v>留言用户</v></c><c t="str"><v>留言主题</v></c>)"
      R"(<c t="str"><v>留言时间</v></c><c t="str"><v>留言详情</v></c><c t="str"><v>一级分类</v></c></row>)"
      R"(<row><c><v>18</v></c><c t="str"><v>U6</v></c><c t="str"><v>噪声</v></c><c s="1"><v>43524.045196759258</v></c>)"
      R"(<c t="str"><v>夜间施工</v></c><c t="str"><v>新类别</v></c></row>)"
      R"(<row><c><v>18</v></c><c t="str"><v>U7</v></c><c t="str"><v>噪声</v></c><c s="1"><v>43524.045196759258</v></c>)"
      R"(<c t="str"><v>夜间施工</v></c></row>)";
  const auto xlsx = processAll(readBytes(
      "c.xlsx",
      wrapWorkbook("s", sheet, "", R"(<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>)")));
  EXPECT_EQ(csv[0].record.fingerprint, gb[0].record.fingerprint);
  EXPECT_EQ(csv[1].record.sourceId, xlsx.at(0).record.sourceId);
  EXPECT_EQ(csv[1].record.fingerprint, xlsx.at(0).record.fingerprint);
  EXPECT_EQ(csv[1].record.key, xlsx.at(0).record.key);
  EXPECT_NE(xlsx[0].record.sourceId, xlsx.at(1).record.sourceId);
}

TEST_F(TownLedger, ARowWithoutItsNumberIsAnExceptionThatSaysSo) {
  ASSERT_TRUE(pipeline_);
  const auto records = processAll(readBytes(
      "a.csv", "留言编号,留言用户,留言主题,留言时间,留言详情\n,U,t,2019/1/1 1:01:01,d\n"));
  ASSERT_FALSE(records.at(0).problems.empty());
}

TEST_F(TownLedger, TheComplaintWorkbooksBecomeRecordsAndTheirTwinsTheSame) {
  LIANQIAO_NEEDS_DATA("complaints-zh");
  ASSERT_TRUE(pipeline_);
  std::map<std::string, std::set<std::string>> known;
  const auto take = [&](const std::string& name, std::size_t fresh, std::size_t revisions) {
    std::size_t problems = 0;
    std::size_t made = 0;
    std::size_t revised = 0;
    for (const auto& one :
         processAll(readLedger(lianqiao::test::sharedData("complaints-zh/" + name), options()))) {
      problems += one.problems.empty() ? 0u : 1u;
      const auto [at, first] = known.try_emplace(one.record.sourceId);
      const bool other = at->second.insert(one.record.fingerprint).second;
      made += first ? 1u : 0u;
      revised += other && !first ? 1u : 0u;
    }
    EXPECT_EQ(problems, 0u) << name << ": rows that became no record";
    EXPECT_EQ(made, fresh) << name;
    EXPECT_EQ(revised, revisions) << name;
  };
  // One message of this ledger stands in it twice, in two classes.
  take("labelled_dev.xlsx", 494, 1);
  take("hotspot_dev.xlsx", 2172, 0);
  take("replied_dev.xlsx", 1438, 0);
  take("labelled_dev_original_structure.xlsx", 0, 0);
  take("hotspot_dev_300_utf8_lf.csv", 0, 0);
  take("hotspot_dev_300_gbk_crlf.csv", 0, 0);
  take("replied_dev_300_utf8bom_crlf.csv", 0, 0);
  take("replied_dev_300_gb18030_crlf.csv", 0, 0);
}

// Rule: a cell's text is the time that it says, to the part that it names; what can be meant in two
// ways is quarantined.
TEST_F(TownLedger, TimesInCellsAreReadAsWhatTheySayOrQuarantined) {
  LIANQIAO_NEEDS_DATA("field-cases/i09_time_texts.xlsx");
  ASSERT_TRUE(pipeline_);
  const std::vector<std::string> expected = {
      "2026-03-02T20:05:09+08:00",
      "2026-03-02T08:05:09+08:00",
      "2026-03-02T08:05:00+08:00",
      "2026-03-02T08:05:00+08:00",
      "2026-03-02T15:00:00+08:00",
      "2026-03-02T08:05:00+08:00",
      "2026-03-02T08:05:00+08:00",
      "2026-03-02T20:05:09+08:00",
      "quarantined",  // 03/02: which is the month?
      "2026-03-02T00:00:00+08:00",
      "2026-03-02T16:05:09+08:00",
      "quarantined",                    // a month
      "quarantined",                    // two digits of a year
      "2026-03-02T08:05:09.123+08:00",  // six digits of a second
      "2026-03-02T08:05:00+08:00",      // with its weekday
      "quarantined",                    // 24:00
      "quarantined",                    // CST: of China or of Chicago
      "quarantined",                    // a serial number in a text
      "2026-03-02T08:05:00+08:00",
      "quarantined",  // 45 days
  };
  const auto records =
      processAll(readLedger(lianqiao::test::sharedData("field-cases/i09_time_texts.xlsx")));
  ASSERT_EQ(records.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [record, problems, derived] = records[i];
    EXPECT_TRUE(derived.empty());
    const bool quarantined = !problems.empty() && problems.front().code == "normalize.bad_time";
    const std::string wanted = R"("time":")" + expected[i] + '"';
    EXPECT_EQ(quarantined, expected[i] == "quarantined") << "row " << i + 2;
    if (quarantined) continue;
    EXPECT_THAT(record.event, HasSubstr(wanted)) << "row " << i + 2;
  }
}

}  // namespace
}  // namespace lianqiao::file_drop::test
