#include "drop_fixture.h"
#include "lianqiao/codes.h"

/// Every sheet and every row of a workbook is read or named.
namespace lianqiao::file_drop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

struct Part {
  std::string name;
  std::string rows;
  bool hidden = false;
};

std::string text(const std::string& reference, const std::string& value) {
  return "<c r=\"" + reference + "\" t=\"str\"><v>" + value + "</v></c>";
}

const std::string kHead = "<row r=\"1\">" + text("A1", "案号") + text("B1", "案由") + "</row>";

std::string dataRow(const std::string& number) {
  return "<row r=\"2\">" + text("A2", number) + text("B2", "邻里") + "</row>";
}

std::string workbookOf(const std::vector<Part>& parts) {
  ZipWriter zip;
  zip.add(
      "_rels/.rels",
      R"(<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>)");
  std::string sheets;
  std::string relations;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string id = "s" + std::to_string(i);
    sheets += "<sheet name=\"" + parts[i].name + "\" id=\"" + id + "\"" +
              (parts[i].hidden ? " state=\"hidden\"" : "") + "/>";
    relations += "<Relationship Id=\"" + id + "\" Type=\"x/worksheet\" Target=\"" + id + ".xml\"/>";
    zip.add("xl/" + id + ".xml",
            "<worksheet><sheetData>" + parts[i].rows + "</sheetData></worksheet>");
  }
  zip.add("xl/workbook.xml", "<workbook><sheets>" + sheets + "</sheets></workbook>");
  zip.add("xl/_rels/workbook.xml.rels", "<Relationships>" + relations + "</Relationships>");
  return zip.finish();
}

ReadOptions twoColumns() {
  ReadOptions options;
  options.shapes = {{{"案号", "案由"}, {{"案号"}}}};
  return options;
}

TEST(Sheets, AllThatHaveTheHeaderAreReadAndOneWithoutIsNamedOnce) {
  const Read read = readBytes("a.xlsx",
                              workbookOf({{"一月", kHead + dataRow("7")},
                                          {"说明", "<row>" + text("A1", "周五前报送") + "</row>"},
                                          {"空表", ""},
                                          {"二月", kHead + dataRow("8")},
                                          {"选项", "<row>" + text("A1", "甲") + "</row>", true}}),
                              twoColumns());
  EXPECT_EQ(read.errorDetail, "");
  ASSERT_THAT(read.items, SizeIs(3));
  EXPECT_EQ(read.bodies[0], R"({"案号":"7","案由":"邻里"})");
  EXPECT_EQ(read.items[1].sheet, "说明");
  EXPECT_EQ(read.items[1].raw.problems.at(0).code, codes::kBadFile);
  EXPECT_EQ(read.items[2].sheet, "二月");
}

TEST(Sheets, AHiddenOneWithTheHeaderIsNamed) {
  const Read read = readBytes(
      "a.xlsx", workbookOf({{"甲", kHead}, {"乙", kHead + dataRow("8"), true}}), twoColumns());
  ASSERT_THAT(read.items, SizeIs(1));
  EXPECT_THAT(read.items[0].raw.problems.at(0).message, HasSubstr("hidden"));
}

TEST(Sheets, WithoutAnyHeaderTheFileIsOneException) {
  const std::string rows = "<row>" + text("A1", "7") + text("B1", "邻里") + "</row>";
  const Read read = readBytes("a.xlsx", workbookOf({{"甲", rows}, {"乙", rows}}), twoColumns());
  EXPECT_THAT(read.items, SizeIs(0));
  EXPECT_THAT(read.errorDetail, HasSubstr("none of the columns that the mappings read"));
  EXPECT_THAT(readBytes("a.xlsx", workbookOf({{"甲", ""}, {"乙", ""}}), twoColumns()).errorDetail,
              HasSubstr("no row on any visible sheet"));
}

TEST(Sheets, TheOneThatIsNamedIsReadAloneAndWithoutMappingsTheOthersAreNamed) {
  const std::string bytes =
      workbookOf({{"甲", kHead + dataRow("7")}, {"乙", kHead + dataRow("8")}});
  auto options = twoColumns();
  options.sheet = "乙";
  EXPECT_THAT(readBytes("a.xlsx", bytes, options).bodies,
              ElementsAre(R"({"案号":"8","案由":"邻里"})"));
  const Read unknown = readBytes("a.xlsx", bytes);
  ASSERT_THAT(unknown.items, SizeIs(2));
  EXPECT_THAT(unknown.items[1].raw.problems.at(0).message, HasSubstr("was not read"));
}

Read sheet(const std::string& rows, const std::string& behind = {},
           ReadOptions options = twoColumns()) {
  return readBytes("a.xlsx",
                   workbookOf({{"s", kHead + rows + "</sheetData>" + behind + "<sheetData>"}}),
                   std::move(options));
}

TEST(Sheets, ARowInPiecesIsOneRow) {
  const Read read = sheet("<row r=\"2\">" + text("A2", "7") + "</row><row r=\"2\">" +
                          text("B2", "a") + "</row><row r=\"3\">" + text("A3", "8") +
                          "</row><row r=\"3\"/><row r=\"2\">" + text("B2", "late") + "</row>");
  ASSERT_THAT(read.items, SizeIs(3));
  EXPECT_EQ(read.bodies[0], R"({"案号":"7","案由":"a"})");
  EXPECT_EQ(read.bodies[1], R"({"案号":"8"})");
  EXPECT_THAT(read.items[2].raw.problems.at(0).message, HasSubstr("stands behind"));
}

TEST(Sheets, AFormulaWithoutResultQuarantinesItsRow) {
  const Read read = sheet(
      "<row r=\"2\"><c r=\"A2\"><f>1+1</f></c></row><row r=\"3\"><c "
      "r=\"A3\"><f>1+1</f><v></v></c></row>"
      "<row r=\"4\"><c r=\"A4\"><f>1+1</f><v>2</v></c><c r=\"B4\" "
      "t=\"str\"><f>\"\"</f><v></v></c></row>");
  ASSERT_THAT(read.items, SizeIs(3));
  for (const std::size_t row : {0u, 1u})
    EXPECT_THAT(read.items[row].raw.problems.at(0).message, HasSubstr("without its result"));
  EXPECT_EQ(read.bodies[2], R"({"案号":2})");
}

TEST(Sheets, ANumberBeyondFifteenDigitsQuarantinesItsRow) {
  const Read read = sheet(
      "<row r=\"2\"><c r=\"A2\"><v>4.1018100000000001E+17</v></c></row>"
      "<row r=\"3\"><c r=\"A3\"><v>999999999999999</v></c></row>");
  EXPECT_THAT(read.items.at(0).raw.problems.at(0).message, HasSubstr("15 digits"));
  EXPECT_EQ(read.bodies.at(1), R"({"案号":999999999999999})");
}

TEST(Sheets, ACellMergedDownwardsStandsInEachRowThatItCovers) {
  const std::string rows = "<row r=\"2\">" + text("A2", "7") + text("B2", "邻里") +
                           "</row><row r=\"3\">" + text("A3", "8") + "</row><row r=\"5\">" +
                           text("A5", "9") + "</row><row r=\"6\">" + text("A6", "10") + "</row>";
  const std::string merged =
      "<mergeCells><mergeCell ref=\"B2:B5\"/><mergeCell ref=\"A1:B1\"/></mergeCells>";
  EXPECT_THAT(sheet(rows, merged).bodies,
              ElementsAre(R"({"案号":"7","案由":"邻里"})", R"({"案号":"8","案由":"邻里"})",
                          R"({"案号":"9","案由":"邻里"})", R"({"案号":"10"})"));
  auto refusing = twoColumns();
  refusing.fillMerged = false;
  const Read read = sheet(rows, merged, refusing);
  ASSERT_THAT(read.items, SizeIs(4));
  EXPECT_THAT(read.items[1].raw.problems.at(0).message, HasSubstr("merged"));
  EXPECT_TRUE(read.items[3].raw.problems.empty());
}

// A workbook was unpacked once more for each look at each sheet. Rule: that a sheet holds no merged
// cells is found once for a file, however often it is read.
TEST(Sheets, ThatTheyHoldNoMergedCellsIsFoundOnce) {
  const std::string merged =
      "</sheetData><mergeCells><mergeCell ref=\"A2:A3\"/></mergeCells><sheetData>";
  const std::string bytes =
      workbookOf({{"a", kHead + dataRow("7")}, {"b", kHead + dataRow("8") + merged}});
  ReadOptions options = twoColumns();
  options.unmerged = std::make_shared<std::set<std::string>>();
  const Read first = readBytes("a.xlsx", bytes, options);
  EXPECT_THAT(*options.unmerged, ElementsAre("xl/s0.xml"));
  EXPECT_EQ(readBytes("a.xlsx", bytes, options).bodies, first.bodies);
}

// 256 columns, each merged over a million rows from a top of 256 KiB, made every row 64 MiB.
// Rule: a row holds at most max_row, whatever is merged into it.
TEST(Sheets, WhatIsMergedIntoARowCountsAgainstItsLimit) {
  const std::string value(300, 'x');
  std::string rows = "<row r=\"2\">" + text("A2", "7") + text("B2", value) + text("C2", value) +
                     "</row><row r=\"3\">" + text("A3", "8") + text("D3", value) +
                     text("E3", value) + "</row><row r=\"4\">" + text("A4", "9") +
                     "</row><row r=\"5\">" + text("A5", "10") + "</row><row r=\"6\">" +
                     text("A6", "11") + "</row>";
  std::string merged = "<mergeCells>";
  for (const std::string column : {"B", "C", "D", "E"})
    merged += "<mergeCell ref=\"" + column + (column < "D" ? "2:" : "3:") + column + "5\"/>";
  for (const bool fill : {true, false}) {
    ReadOptions options;
    options.maxRow = 1000;
    options.fillMerged = fill;
    const std::string head = "<row r=\"1\">" + text("A1", "a") + text("B1", "b") + text("C1", "c") +
                             text("D1", "d") + text("E1", "e") + "</row>";
    const Read read = readBytes(
        "a.xlsx",
        workbookOf({{"s", head + rows + "</sheetData>" + merged + "</mergeCells><sheetData>"}}),
        options);
    ASSERT_THAT(read.items, SizeIs(5)) << read.errorDetail;
    for (const std::size_t row : {1u, 2u, 3u}) {
      ASSERT_THAT(read.items[row].raw.problems, SizeIs(1)) << row;
      EXPECT_EQ(read.items[row].raw.problems[0].code, codes::kDecodeLimit);
      EXPECT_LT(read.items[row].raw.body.size() + read.items[row].raw.evidence.size(), 2000u);
    }
    EXPECT_EQ(read.bodies[4], R"({"a":"11"})") << "the row below is whole again";
  }
}

// Every style that used a format had a copy of it, and a sheet's name stands in every item.
TEST(Sheets, WhatAllCellsShareIsShort) {
  const Read styled = readBytes(
      "a.xlsx",
      wrapWorkbook("s", "<row><c t=\"str\"><v>k</v></c></row><row><c s=\"0\"><v>7</v></c></row>",
                   "",
                   "<numFmts><numFmt numFmtId=\"170\" formatCode=\"" + std::string(2000, '0') +
                       "\"/></numFmts><cellXfs><xf numFmtId=\"170\"/></cellXfs>"));
  EXPECT_THAT(styled.bodies, ElementsAre(R"({"k":7})"));
  EXPECT_THAT(
      readBytes("a.xlsx", workbookOf({{std::string(256, 'n'), kHead}}), twoColumns()).errorDetail,
      HasSubstr("name of a sheet"));
}

TEST(Sheets, AColumnBeyondThoseAllowedRefusesTheHeader) {
  const std::string far =
      "<row r=\"1\">" + text("A1", "案号") + text("B1", "案由") + text("XFD1", "注") + "</row>";
  EXPECT_EQ(readBytes("a.xlsx", workbookOf({{"s", far + dataRow("7")}}), twoColumns()).errorCode,
            codes::kDecodeLimit);
}

TEST(Sheets, TablesOfTextUnderAWorkbooksNameAreReadAndOtherFilesNamed) {
  EXPECT_THAT(readBytes("a.xls", "案号\t案由\n7\ta\n", twoColumns()).bodies,
              ElementsAre(R"({"案号":"7","案由":"a"})"));
  for (const std::string page :
       {"<html><table>", "<?xml version=\"1.0\"?><Workbook/>", "MIME-Version: 1.0\n"}) {
    for (const std::string name : {"a.xls", "a.csv"})
      EXPECT_THAT(readBytes(name, page, twoColumns()).errorDetail, HasSubstr("save it as .xlsx"));
  }
  EXPECT_THAT(readBytes("a.xls", std::string_view("a\0b", 3), twoColumns()).errorDetail,
              HasSubstr("no workbook"));
}

}  // namespace
}  // namespace lianqiao::file_drop::test
