#include <algorithm>

#include "drop_fixture.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Csv, EveryLineEndAndQuoteOfRfc4180IsRead) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const Read read =
        readBytes("a.csv", "k,v" + end + "1,\"a" + end + "b,\"\"c\"\"\"" + end + end + "2,x");
    ASSERT_EQ(read.bodies.size(), 2u);
    std::string text;
    json::writeText("a" + end + "b,\"c\"", text);
    EXPECT_EQ(read.bodies[0], "{\"k\":\"1\",\"v\":" + text + "}");
    EXPECT_EQ(read.items[1].row, 5u) << "the quoted line end counts as a line";
  }
}

TEST(Csv, ARowNamesFileLineAndOrigin) {
  const Read read = readBytes("台账 1.csv", "编号,内容\n7,好\n");
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].raw.body,
            R"({"编号":"7","内容":"好","_origin":{"file":"台账 1.csv","row":2}})");
  EXPECT_EQ(read.items[0].raw.origin, "台账 1.csv, line 2");
  EXPECT_TRUE(read.items[0].raw.evidence.empty());
}

TEST(Csv, ARowWithTooManyColumnsIsQuarantinedWithItsCellsAndTheRestGoesOn) {
  const Read read = readBytes("a.csv", "a,b\n1,2\n1,2,3,4\n5,6\n");
  ASSERT_EQ(read.items.size(), 3u);
  ASSERT_EQ(read.items[1].raw.problems.size(), 1u);
  EXPECT_THAT(read.items[1].raw.problems[0].message, HasSubstr("row 3, column C"));
  EXPECT_THAT(read.items[1].raw.evidence, HasSubstr(R"(["D","4"])"));
  EXPECT_EQ(read.bodies[2], R"({"a":"5","b":"6"})");
}

TEST(Csv, AShortRowIsQuarantinedUnlessItMayBeShort) {
  EXPECT_EQ(readBytes("a.csv", "a,b,c\n1,2\n").items.at(0).raw.problems.size(), 1u);
  ReadOptions options;
  options.acceptShortRows = true;
  const Read read = readBytes("a.csv", "a,b,c\n1,2\n", options);
  EXPECT_TRUE(read.items.at(0).raw.problems.empty());
}

TEST(Csv, AnUnclosedQuoteNamesItsLineAndSwallowsNothing) {
  const Read read = readBytes("a.csv", "a,b\n1,\"2\n3,4\n5,6\n");
  ASSERT_EQ(read.items.size(), 3u);
  EXPECT_THAT(read.items[0].raw.problems.at(0).message,
              HasSubstr("line 2 opens a quote that never closes"));
  EXPECT_EQ(read.items[0].raw.evidence, "1,\"2");
  EXPECT_EQ(read.bodies[1], R"({"a":"3","b":"4"})");
  EXPECT_EQ(read.bodies[2], R"({"a":"5","b":"6"})");
}

TEST(Csv, TextBehindAClosingQuoteIsQuarantined) {
  const Read read = readBytes("a.csv", "a,b\n1,\"x\"y\n3,4\n");
  ASSERT_EQ(read.items.size(), 2u);
  EXPECT_EQ(read.items[0].raw.problems.at(0).code, codes::kBadRow);
  EXPECT_EQ(read.bodies[1], R"({"a":"3","b":"4"})");
}

TEST(Csv, ALineThatCannotBeDecodedIsKeptRawAndTheRestGoesOn) {
  const Read read = readBytes("a.csv", "标题,b\n好,1\n\xFF\xFE!,2\n行,3\n");
  ASSERT_EQ(read.items.size(), 3u);
  EXPECT_EQ(read.items[1].raw.problems.at(0).code, codes::kBadEncoding);
  EXPECT_EQ(read.items[1].raw.evidence, "\xFF\xFE!,2");
  EXPECT_THAT(read.items[1].raw.problems[0].message, HasSubstr("line 3, column A"));
  EXPECT_EQ(read.bodies[2], R"({"标题":"行","b":"3"})");
}

TEST(Csv, GbkIsFoundByLookingAndBySetting) {
  const std::string text = *toGb18030("编号,内容\r\n1,噪声扰民\r\n");
  for (const std::string encoding : {"auto", "gbk", "gb18030"}) {
    ReadOptions options;
    options.encoding = encoding;
    EXPECT_THAT(readBytes("a.csv", text, options).bodies,
                ElementsAre(R"({"编号":"1","内容":"噪声扰民"})"));
  }
  ReadOptions options;
  options.encoding = "utf-8";
  EXPECT_EQ(readBytes("a.csv", text, options).errorCode, codes::kBadEncoding)
      << "the header is not text";
}

TEST(Csv, TheEncodingIsJudgedWhereTheFirstForeignByteStands) {
  std::string text = "a,b\n";
  for (int i = 0; i < 50'000; ++i) text += "1,plain\n";
  text += *toGb18030("2,路灯\n");
  const Read read = readBytes("a.csv", text);
  ASSERT_EQ(read.bodies.size(), 50'001u);
  EXPECT_EQ(read.bodies.back(), R"({"a":"2","b":"路灯"})");
}

TEST(Csv, DelimitersAreFoundOrGiven) {
  EXPECT_THAT(readBytes("a.csv", "a;b\n1;2,5\n").bodies, ElementsAre(R"({"a":"1","b":"2,5"})"));
  EXPECT_THAT(readBytes("a.txt", "a\tb\n1\t2\n").bodies, ElementsAre(R"({"a":"1","b":"2"})"));
  ReadOptions options;
  options.delimiter = ';';
  EXPECT_THAT(readBytes("a.csv", "a,b;c\n1;2\n", options).bodies,
              ElementsAre(R"({"a,b":"1","c":"2"})"));
}

TEST(Csv, TwoColumnsOfOneNameRefuseTheFile) {
  const Read read = readBytes("a.csv", "标题,x, 标题\n1,2,3\n");
  EXPECT_TRUE(read.items.empty());
  EXPECT_THAT(read.errorDetail, HasSubstr("columns A and C are both named \"标题\""));
}

TEST(Csv, AValueBelowNoHeaderIsQuarantined) {
  const Read read = readBytes("a.csv", "a,,c\n1,,3\n1,2,3\n");
  EXPECT_TRUE(read.items.at(0).raw.problems.empty());
  EXPECT_THAT(read.items.at(1).raw.problems.at(0).message, HasSubstr("row 3, column B"));
}

TEST(Csv, TitleRowsOfALedgerArePassedOver) {
  const Read read =
      readBytes("a.csv", "2020年台账,,\n填报：办公室,2020-01,\n编号,标题,内容\n1,x,y\n");
  EXPECT_THAT(read.bodies, ElementsAre(R"({"编号":"1","标题":"x","内容":"y"})"));
  ReadOptions options;
  options.headerRow = 3;
  EXPECT_EQ(readBytes("a.csv", "t,,\n,x,\nk,l,m\n1,2,3\n", options).bodies.size(), 1u);
  EXPECT_THAT(readBytes("a.csv", "k\n1\n\n2\n").bodies,
              ElementsAre(R"({"k":"1"})", R"({"k":"2"})"));
}

TEST(Csv, EscapedCarriageReturnsOfBadExportsAreMended) {
  EXPECT_THAT(readBytes("a.csv", "a\n\"x_x000D_\ny_x000D_z\"\n").bodies,
              ElementsAre(R"({"a":"x\r\ny_x000D_z"})"));
  EXPECT_THAT(readBytes("a.jsonl", R"({"a":"x_x000D_\ny"})").bodies,
              ElementsAre(R"({"a":"x\r\ny"})"));
}

TEST(Csv, NulBytesAreQuarantined) {
  const Read read = readBytes("a.csv", std::string_view("a,b\n1,\0002\n", 9));
  EXPECT_EQ(read.items.at(0).raw.problems.at(0).code, codes::kBadRow);
}

TEST(Csv, LongLinesCellsAndTablesMeetTheirLimits) {
  ReadOptions options;
  options.maxRow = 1000;
  options.maxCell = 100;
  options.maxRows = 3;
  const Read read = readBytes(
      "a.csv", "a,b\n1," + std::string(200, 'x') + "\n2," + std::string(300'000, 'y') + "\n3,z\n",
      options);
  ASSERT_EQ(read.items.size(), 3u);
  EXPECT_EQ(read.items[0].raw.problems.at(0).code, codes::kDecodeLimit);
  EXPECT_EQ(read.items[1].raw.problems.at(0).code, codes::kDecodeLimit);
  EXPECT_LE(read.items[1].raw.evidence.size(), 65'536u);
  EXPECT_EQ(read.bodies[2], R"({"a":"3","b":"z"})");
  EXPECT_EQ(read.items[2].row, 4u);
  EXPECT_EQ(readBytes("a.csv", "a\n1\n2\n3\n4\n", options).errorCode, codes::kDecodeLimit);
  options.maxColumns = 1;
  EXPECT_EQ(readBytes("a.csv", "a,b\n1,2\n", options).errorCode, codes::kDecodeLimit);
  options.maxFile = 2;
  EXPECT_THAT(readBytes("big.csv", "a\n1\n", options).errorDetail, HasSubstr("big.csv is larger"));
}

TEST(Csv, IdColumnsMakeTheSourceId) {
  ReadOptions options;
  options.idColumns = {"编号", "用户"};
  const Read read = readBytes("a.csv", "编号,用户,x\n1,U1,a\n2,,b\n", options);
  EXPECT_EQ(read.items.at(0).raw.sourceId, "1|U1");
  EXPECT_EQ(read.items.at(1).raw.problems.at(0).code, codes::kMissing);
}

TEST(Csv, NoTruncationAndNoDamageCrashes) {
  const TempFolder folder(true);
  const std::string text = *toGb18030("编号,内容\r\n1,\"路\"\"灯\r\n不亮\"\r\n2,𠮷祥\r\n3,x\r\n");
  for (std::size_t size = 0; size <= text.size(); ++size)
    readLedger(folder.write("a.csv", text.substr(0, size)));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char byte : {'"', '\r', '\n', ',', '\xFF', '\0', '\x30'}) {
      std::string damaged = text;
      damaged[at] = byte;
      readLedger(folder.write("a.csv", damaged));
    }
  }
}

TEST(Jsonl, EachLineIsAnItemAndABrokenOneIsQuarantined) {
  const Read read = readBytes("a.jsonl",
                              "\xEF\xBB\xBF{\"n\":1.50,\"t\":\"路\"}\r\n\n{\"n\":\n[1]\n"
                              "{\"_origin\":\"x\",\"n\":20200106000001234567}");
  ASSERT_EQ(read.items.size(), 4u);
  EXPECT_EQ(read.bodies[0], R"({"n":1.50,"t":"路"})");
  EXPECT_EQ(read.items[1].raw.problems.at(0).code, codes::kBadJson);
  EXPECT_EQ(read.items[1].raw.evidence, "{\"n\":");
  EXPECT_EQ(read.items[1].raw.origin, "a.jsonl, line 3");
  EXPECT_EQ(read.items[2].raw.problems.at(0).code, codes::kBadJson);
  EXPECT_EQ(read.bodies[3], R"({"n":20200106000001234567})");
}

TEST(Jsonl, ALineTooLongIsQuarantinedInBoundedMemory) {
  ReadOptions options;
  options.maxRow = 1000;
  const Read read =
      readBytes("a.jsonl", "{\"a\":\"" + std::string(200'000, 'x') + "\"}\n{\"a\":1}\n", options);
  ASSERT_EQ(read.items.size(), 2u);
  EXPECT_EQ(read.items[0].raw.problems.at(0).code, codes::kDecodeLimit);
  EXPECT_EQ(read.bodies[1], R"({"a":1})");
}

/// {header: value} for each row below the first, as the reader would write it; empty cells left
/// out.
std::vector<std::string> objectsOf(const json::Value& rows) {
  std::vector<std::string> objects;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    std::string object;
    const auto header = rows.elements()[0].elements();
    const auto cells = rows.elements()[i].elements();
    for (std::size_t column = 0; column < header.size(); ++column) {
      if (cells[column].text().empty()) continue;
      object += object.empty() ? "{" : ",";
      json::write(header[column], object);
      object += ':';
      json::write(cells[column], object);
    }
    objects.push_back(object + "}");
  }
  return objects;
}

TEST(CsvSuite, TheFifteenByteStringsGiveTheirRows) {
  LIANQIAO_NEEDS_DATA("suites/csv/csv_cases.json");
  const std::string text =
      lianqiao::test::readFile(lianqiao::test::sharedData("suites/csv/csv_cases.json"));
  json::Document document;
  ASSERT_TRUE(json::parse(text, document).ok());
  int compared = 0;
  for (const json::Value& one : document.root.find("cases")->elements()) {
    const std::string name(one.find("name")->text());
    const Read read = readBytes("a.csv", *unbase64(one.find("bytes_base64")->text()));
    const json::Value* rows = one.find("expected_rows");
    ++compared;
    if (!rows->isNull()) {
      EXPECT_EQ(read.errorCode, "") << name;
      EXPECT_EQ(read.bodies, objectsOf(*rows)) << name;
      continue;
    }
    const bool flagged = !read.errorCode.empty() ||
                         std::any_of(read.items.begin(), read.items.end(),
                                     [](const Item& item) { return !item.raw.problems.empty(); });
    EXPECT_TRUE(flagged) << name;
  }
  EXPECT_EQ(compared, 15);
}

TEST(CsvSuite, CsvSpectrumGivesItsJson) {
  LIANQIAO_NEEDS_DATA("suites/csv/csv-spectrum-2.0.0.tar.xz");
  const TempFolder folder;
  const std::string archive = lianqiao::test::sharedData("suites/csv/csv-spectrum-2.0.0.tar.xz");
  const std::string command = "tar -xJf '" + archive + "' -C '" + folder.path().native() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  for (const std::string& file : namesIn(folder.path() / "csvs")) {
    const std::string name = file.substr(0, file.rfind('.'));
    const std::string text = lianqiao::test::readFile(folder.path() / "json" / (name + ".json"));
    json::Document document;
    ASSERT_TRUE(json::parse(text, document).ok()) << name;
    // Their expectation of this one differs from their own CSV (other number, U+FFFD is in the
    // file).
    if (name == "location_coordinates") continue;
    std::vector<std::string> expected;
    for (const json::Value& row : document.root.elements()) {
      std::string object;
      for (const json::Member& member : row.members()) {
        if (member.value.text().empty()) continue;
        object += object.empty() ? "{" : ",";
        json::writeText(member.name, object);
        object += ':';
        json::write(member.value, object);
      }
      expected.push_back(object + "}");
    }
    const Read read = readLedger(folder.path() / "csvs" / file);
    EXPECT_EQ(read.errorCode, "") << name;
    EXPECT_EQ(read.bodies, expected) << name;
  }
}

}  // namespace
}  // namespace lianqiao::file_drop::test
