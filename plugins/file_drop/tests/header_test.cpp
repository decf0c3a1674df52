#include "drop_fixture.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

/// The header of a table is where the columns that the mappings read are named; what cannot be it
/// is one exception for the file.
namespace lianqiao::file_drop::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

ReadOptions reading(std::vector<ItemShape> shapes) {
  ReadOptions options;
  options.shapes = std::move(shapes);
  return options;
}

ReadOptions cases() {
  return reading({{{"案号", "申请人", "案由", "电话"}, {{"案号"}, {"案由", "事由"}}}});
}

TEST(Header, StandsBelowAnyPreambleWhateverPartsTheColumns) {
  for (const std::string part : {",", ";", "\t", "|"}) {
    std::string text = "某县调解台账（2026年3月，第1期；内部）\n制表,某科,某某\n";
    for (int i = 0; i < 300; ++i) text += "说明" + std::to_string(i) + "\n";
    text += "案号" + part + "申请人" + part + "案由\n7" + part + "甲" + part + "邻里\n";
    for (const bool gbk : {false, true}) {
      const Read read = readBytes("a.csv", gbk ? *toGb18030(text) : text, cases());
      EXPECT_EQ(read.errorDetail, "") << part;
      EXPECT_THAT(read.bodies, ElementsAre(R"({"案号":"7","申请人":"甲","案由":"邻里"})")) << part;
      EXPECT_EQ(read.passed.rows, 302u) << "what stands above is counted";
    }
  }
}

TEST(Header, MatchesByWhatAPersonReads) {
  const Read read = readBytes(
      "a.csv", "\"案\n号\",申 请　人＊,★案由（必填）,【选填】电话,ＩＤ\n7,甲,邻里,1,2\n", cases());
  EXPECT_THAT(read.bodies,
              ElementsAre(R"({"案号":"7","申请人":"甲","案由":"邻里","电话":"1","ＩＤ":"2"})"));
}

TEST(Header, OfTwoLinesIsReadAsOne) {
  const auto options =
      reading({{{"案号", "申请人姓名", "申请人电话", "案由"}, {{"案号"}, {"案由"}}}});
  EXPECT_THAT(
      readBytes("a.csv", "台账\n案号,申请人,,案由\n,姓名,电话,\n7,甲,1,邻里\n", options).bodies,
      ElementsAre(R"({"案号":"7","申请人姓名":"甲","申请人电话":"1","案由":"邻里"})"));
  EXPECT_THAT(readBytes("a.csv", "案号,案由\n7,案由\n", cases()).bodies,
              ElementsAre(R"({"案号":"7","案由":"案由"})"))
      << "a row whose value is a name is still a row";
}

TEST(Header, ThatIsWrongIsOneExceptionWithTheNearestNames) {
  const Read read =
      readBytes("a.csv", "台账\n案 件号,申请人,案由\n7,甲,邻里\n8,乙,借款\n", cases());
  EXPECT_THAT(read.items, SizeIs(0));
  EXPECT_EQ(read.errorCode, codes::kBadFile);
  EXPECT_THAT(read.errorDetail,
              AllOf(HasSubstr("line 2"), HasSubstr("lacks 案号 (is it 案 件号?)")));
}

TEST(Header, ThatIsMissingIsOneExceptionWithoutAnybodysData) {
  const Read read = readBytes("a.csv", "7,张某某,邻里,13800000000\n8,李某,借款,1\n", cases());
  EXPECT_THAT(read.items, SizeIs(0));
  EXPECT_THAT(
      read.errorDetail,
      AllOf(HasSubstr("none of the columns that the mappings read (案号, 申请人, 案由, 电话)"),
            Not(HasSubstr("张某某")), Not(HasSubstr("138"))));
}

TEST(Header, ThatIsGivenMustFitTheMappings) {
  auto options = cases();
  options.headerRow = 2;
  EXPECT_THAT(readBytes("a.csv", "x\n案号,案由\n7,a\n", options).bodies, SizeIs(1));
  options.headerRow = 3;
  EXPECT_THAT(readBytes("a.csv", "x\n案号,案由\n7,a\n", options).errorDetail, HasSubstr("none of"));
}

TEST(Header, OfAnyOfThePeersMappingsWillDo) {
  const auto options = reading({{{"a", "b"}, {{"a"}, {"b"}}}, {{"k"}, {{"k"}}}});
  EXPECT_THAT(readBytes("a.csv", "k,z\n1,2\n", options).bodies,
              ElementsAre(R"({"k":"1","z":"2"})"));
}

TEST(Header, ThatComesAgainIsPassedOverAndCounted) {
  const Read read = readBytes("a.csv", "案号,案由\n7,a\n案号,案由\n8,b\n", cases());
  EXPECT_THAT(read.bodies, SizeIs(2));
  EXPECT_EQ(read.passed.rows, 1u);
  EXPECT_THAT(read.passed.places, HasSubstr("line 3"));
}

TEST(Header, TwoColumnsThatMayMeanOneNameAreNotGuessed) {
  EXPECT_THAT(readBytes("a.csv", "案号,案由（必填）,案 由\n7,a,b\n", cases()).errorDetail,
              HasSubstr("two columns may mean \"案由\""));
  EXPECT_THAT(readBytes("a.csv", "案号,案由,案由（选填）\n7,a,b\n", cases()).bodies,
              ElementsAre(R"({"案号":"7","案由":"a","案由（选填）":"b"})"));
}

// 金额（万元） was read as 金额, ten thousand times too small.
// Rule: what stands in brackets is part of the name, unless it says how the column is filled in.
TEST(Header, AUnitInBracketsMakesAnotherName) {
  const auto options = reading({{{"案号", "金额"}, {{"案号"}}}});
  for (const std::string unit : {"（万元）", "(UTC)", "【小时】", "[备用]", "（单位：天）",
                                 "（年）", "（日）", "(dd/mm/yyyy)", "（必填，万元）"}) {
    EXPECT_THAT(readBytes("a.csv", "案号,金额" + unit + "\n7,3\n", options).bodies,
                ElementsAre("{\"案号\":\"7\",\"金额" + unit + "\":\"3\"}"));
  }
  for (const std::string note : {"（必填）", "(Required)", "【选填项】", "[可选]", "（示例：12）",
                                 "\n（年月日）", "(YYYY-MM-DD HH:mm)"}) {
    EXPECT_THAT(readBytes("a.csv", "案号,\"金额" + note + "\"\n7,3\n", options).bodies,
                ElementsAre(R"({"案号":"7","金额":"3"})"))
        << note;
  }
  const auto needed = reading({{{"案号", "金额（万元）"}, {{"案号"}, {"金额（万元）"}}}});
  EXPECT_THAT(readBytes("a.csv", "案号,金额(万元)【必填】\n7,3\n", needed).bodies,
              ElementsAre(R"({"案号":"7","金额（万元）":"3"})"));
}

TEST(Header, ThatLacksAColumnShowsTheOneThatBracketsAlonePart) {
  const auto options = reading({{{"案号", "金额"}, {{"案号"}, {"金额"}}}});
  const Read read = readBytes("a.csv", "案号,金额（人民币万元）\n7,3\n8,4\n", options);
  EXPECT_THAT(read.items, SizeIs(0));
  EXPECT_THAT(read.errorDetail, HasSubstr("lacks 金额 (is it 金额（人民币万元）?)"));
}

TEST(Header, AUnitInTheSecondOfTwoLinesMakesAnotherName) {
  const auto options = reading({{{"案号", "申请人姓名", "金额"}, {{"案号"}, {"申请人姓名"}}}});
  const auto below = [&](const std::string& text) {
    return readBytes("a.csv", "案号,申请人,金额\n,姓名," + text + "\n7,甲,3\n", options).bodies;
  };
  for (const std::string unit : {"（万元）", "万元"})
    EXPECT_THAT(below(unit),
                ElementsAre("{\"案号\":\"7\",\"申请人姓名\":\"甲\",\"金额" + unit + "\":\"3\"}"));
  for (const std::string note : {"", "（必填）", "选填"})
    EXPECT_THAT(below(note), ElementsAre(R"({"案号":"7","申请人姓名":"甲","金额":"3"})"));
}

TEST(Header, AloneIsSuccessWithNothingUnlessRowsAreExpected) {
  EXPECT_EQ(readBytes("a.csv", "案号,案由\n", cases()).errorCode, "");
  auto options = cases();
  options.expectRows = true;
  EXPECT_THAT(readBytes("a.csv", "案号,案由\n", options).errorDetail, HasSubstr("no row"));
  EXPECT_THAT(readBytes("a.csv", "", cases()).errorDetail, HasSubstr("empty"));
}

TEST(Header, NamelessColumnsAtItsEndMakeNoRowShort) {
  EXPECT_TRUE(readBytes("a.csv", "案号,案由,,\n7,a\n", cases()).items.at(0).raw.problems.empty());
  EXPECT_FALSE(
      readBytes("a.csv", "案号,案由,,\n7,a,,x\n", cases()).items.at(0).raw.problems.empty());
}

TEST(Header, TheLineOfExcelSaysWhatPartsTheColumns) {
  EXPECT_THAT(readBytes("a.csv", "SEP=;\r\n案号;案由\r\n7;a,b\r\n", cases()).bodies,
              ElementsAre(R"({"案号":"7","案由":"a,b"})"));
  EXPECT_EQ(readBytes("a.csv", "sep=;\na;b\n1;2\n").items.at(0).row, 3u);
}

TEST(Header, AByteOfACharacterIsNoSeparator) {
  // 苵 and 珅 end in 7C in GBK.
  const Read read = readBytes("a.csv", *toGb18030("案号|案由\n7|苵珅|\n"), cases());
  EXPECT_THAT(read.bodies, ElementsAre(R"({"案号":"7","案由":"苵珅"})"));
}

TEST(Rows, AreSkippedByADeclaredConditionAlone) {
  auto options = cases();
  options.skip = {"合 计", "制表人：*", "第?页"};
  const Read read = readBytes(
      "a.csv", "案号,案由\n7,a\n合计,1\n 制表人: 某,\n第3页,\n合计数,x\n,合计\n", options);
  EXPECT_EQ(read.passed.rows, 4u) << read.passed.places;
  ASSERT_THAT(read.items, SizeIs(2));
  EXPECT_EQ(read.items[1].row, 6u) << "合计数 is not declared";
}

TEST(JsonFiles, AnArrayIsReadElementByElementHoweverItIsLaidOut) {
  const Read read = readBytes("a.jsonl",
                              "\xEF\xBB\xBF[\n {\"a\": \"x]}\\\"\",\n  \"b\": [1, {\"c\": 2}]},\n"
                              "{\"a\":2} , 7,\n{\"a\":}]\n[{\"a\":3}]\n");
  ASSERT_THAT(read.items, SizeIs(5));
  EXPECT_EQ(read.bodies[0], R"({"a":"x]}\"","b":[1,{"c":2}]})");
  EXPECT_EQ(read.items[1].row, 4u);
  EXPECT_EQ(read.items[2].raw.problems.at(0).code, codes::kBadJson);
  EXPECT_EQ(read.items[3].raw.problems.at(0).code, codes::kBadJson);
  EXPECT_EQ(read.bodies[4], R"({"a":3})");
  EXPECT_THAT(readBytes("a.json", "{\n \"a\": 1\n}\n{\"a\":2}").bodies,
              ElementsAre(R"({"a":1})", R"({"a":2})"));
}

TEST(JsonFiles, AnArrayThatIsCutOffIsSaidToBe) {
  const Read read = readBytes("a.json", "[{\"a\":1},");
  EXPECT_THAT(read.errorDetail, HasSubstr("cut off"));
  EXPECT_EQ(readBytes("a.json", "[{\"a\":1},{\"a\"").errorCode, codes::kBadJson);
}

TEST(JsonFiles, AnElementBeyondItsLimitIsQuarantinedInBoundedMemory) {
  ReadOptions options;
  options.maxRow = 1000;
  const Read read =
      readBytes("a.json", "[{\"a\":\"" + std::string(300'000, 'x') + "\"},{\"a\":1}]", options);
  ASSERT_THAT(read.items, SizeIs(2));
  EXPECT_EQ(read.items[0].raw.problems.at(0).code, codes::kDecodeLimit);
  EXPECT_EQ(read.bodies[1], R"({"a":1})");
}

}  // namespace
}  // namespace lianqiao::file_drop::test
