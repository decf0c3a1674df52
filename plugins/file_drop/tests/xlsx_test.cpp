#include <zlib.h>

#include <random>

#include "drop_fixture.h"
#include "file_drop/number_format.h"
#include "file_drop/shared_strings.h"
#include "lianqiao/codes.h"

namespace lianqiao::file_drop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(NumberFormats, TellDatesFromNumbers) {
  for (const std::string_view code :
       {"yyyy/m/d\\ h:mm:ss", "yyyy\"年\"m\"月\"d\"日\"", "yyyy年m月d日", "[$-804]yyyy-mm-dd",
        "d-mmm-yy", "[DBNum1][$-804]yyyy\"年\"m\"月\";@", "[$-F800]dddd, mmmm dd, yyyy"}) {
    EXPECT_EQ(formatOfCode(code), NumberFormat::date) << code;
  }
  for (const std::string_view code : {"h:mm AM/PM", "上午/下午h\"时\"mm\"分\"", "mm:ss.0"}) {
    EXPECT_EQ(formatOfCode(code), NumberFormat::time) << code;
  }
  EXPECT_EQ(formatOfCode("[h]:mm:ss"), NumberFormat::elapsed);
  for (const std::string_view code :
       {"General", "G/通用格式", "0.00", "#,##0", "0.00E+00", "@", "0\"d\"", "[Red]0", "0.0%",
        "_ * #,##0.00_ ;_ * \\-#,##0.00_ "}) {
    EXPECT_EQ(formatOfCode(code), NumberFormat::plain) << code;
  }
  for (const unsigned id : {14u, 17u, 22u, 27u, 31u, 36u, 50u, 58u})
    EXPECT_EQ(builtinFormat(id), NumberFormat::date);
  for (const unsigned id : {18u, 21u, 45u, 47u, 33u})
    EXPECT_EQ(builtinFormat(id), NumberFormat::time);
  for (const unsigned id : {0u, 1u, 9u, 13u, 23u, 37u, 44u, 48u, 49u, 59u, 999u}) {
    EXPECT_EQ(builtinFormat(id), NumberFormat::plain);
  }
}

TEST(NumberFormats, NumbersAreWrittenAsExcelShowsThem) {
  EXPECT_EQ(numberText("13800000000"), "13800000000");
  EXPECT_EQ(numberText("1.1010519491231E+17"), "110105194912310000");
  EXPECT_EQ(numberText("0.1"), "0.1");
  EXPECT_EQ(numberText("0.30000000000000004"), "0.3");
  EXPECT_EQ(numberText("-1.5E-5"), "-0.000015");
  EXPECT_EQ(numberText("3.0"), "3");
  EXPECT_EQ(numberText("-0"), "0");
  EXPECT_EQ(numberText("1E+300"), "1e+300");
  EXPECT_EQ(numberText("x"), std::nullopt);
  EXPECT_EQ(numberText("1e999"), std::nullopt);
}

TEST(NumberFormats, SerialsBecomeLocalTimes) {
  const auto date = [](std::string_view serial, bool from1904 = false) {
    return dateText(serial, NumberFormat::date, from1904);
  };
  EXPECT_EQ(date("43836.506689814814"), "2020-01-06T12:09:38");
  EXPECT_EQ(date("1"), "1900-01-01T00:00:00");
  EXPECT_EQ(date("59"), "1900-02-28T00:00:00");
  EXPECT_EQ(date("60"), "1900-02-29T00:00:00");
  EXPECT_EQ(date("61"), "1900-03-01T00:00:00");
  EXPECT_EQ(date("42374", true), "2020-01-06T00:00:00");
  EXPECT_EQ(date("43836.999999999"), "2020-01-07T00:00:00") << "rounded to the second";
  EXPECT_EQ(date("-1"), std::nullopt);
  EXPECT_EQ(date("2958466"), std::nullopt);
  EXPECT_EQ(dateText("0.5", NumberFormat::time, false), "12:00:00");
  EXPECT_EQ(dateText("1.25", NumberFormat::elapsed, false), "30:00:00");
}

TEST(RichTexts, EscapesAreDecodedOnlyWhereTheyAreOnes) {
  EXPECT_EQ(decodeEscapes("a_x000D__x000A_b"), "a\r\nb");
  EXPECT_EQ(decodeEscapes("_x005F_x0041_"), "_x0041_");
  EXPECT_EQ(decodeEscapes("_xD83D__xDE00_"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(decodeEscapes("_xD83D_"), "_xD83D_");
  EXPECT_EQ(decodeEscapes("_x0000_ _xZZZZ_ _x12"), "_x0000_ _xZZZZ_ _x12");
  EXPECT_EQ(decodeEscapes("_x8DEF_"), "路");
}

TEST(Xlsx, CellsOfEveryTypeAreRead) {
  const std::string sheet =
      "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c t=\"inlineStr\"><is><t>b</t></is></c>"
      "<c r=\"C1\" t=\"str\"><v>c</v></c><c r=\"D1\" t=\"s\"><v>1</v></c></row>"
      "<row r=\"4\"><c r=\"D4\" t=\"e\"><v>#N/A</v></c><c r=\"A4\"><v>7</v></c><c r=\"B4\" "
      "t=\"b\"><v>0</v></c>"
      "<c r=\"C4\" s=\"1\"><v>43836.5</v></c></row>"
      "<row r=\"5\" s=\"1\"><c r=\"A5\" s=\"1\"/><c r=\"B5\"/></row>"
      "<row><c><v>8</v></c><c t=\"d\"><v>2020-01-06</v></c></row>";
  const std::string strings = "<si><t>a</t></si><si><r><t>d</t></r><rPh><t>x</t></rPh></si>";
  const std::string styles =
      "<cellStyleXfs><xf numFmtId=\"9\"/></cellStyleXfs>"
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs>";
  const Read read = readBytes("a.xlsx", wrapWorkbook("表 1", sheet, strings, styles));
  EXPECT_EQ(read.errorDetail, "");
  EXPECT_THAT(read.bodies, ElementsAre(R"({"a":7,"b":false,"c":"2020-01-06T12:00:00"})",
                                       R"({"a":8,"b":"2020-01-06T00:00:00"})"));
  EXPECT_EQ(read.items.at(0).raw.origin, "a.xlsx, sheet 表 1, row 4");
  EXPECT_EQ(read.items.at(0).raw.problems.size(), 1u) << "of D4 alone";
  EXPECT_EQ(read.items.at(1).row, 6u);
  EXPECT_THAT(read.items.at(0).raw.body,
              HasSubstr(R"("_origin":{"file":"a.xlsx","sheet":"表 1","row":4})"));
}

TEST(Xlsx, ACellWhoseFormulaFailedQuarantinesItsRowNotTheOthers) {
  const std::string head = "<row><c t=\"str\"><v>k</v></c><c t=\"str\"><v>n</v></c></row>";
  for (const std::string shown : {"#N/A", "#REF!", "#DIV/0!", "#NAME?"}) {
    const Read read = readBytes(
        "a.xlsx", wrapWorkbook("s",
                               head + "<row><c><v>1</v></c><c t=\"e\"><v>" + shown +
                                   "</v></c></row><row><c><v>2</v></c><c><v>3</v></c></row>",
                               "", ""));
    ASSERT_EQ(read.items.size(), 2u) << read.errorDetail;
    ASSERT_EQ(read.items[0].raw.problems.size(), 1u);
    EXPECT_EQ(read.items[0].raw.problems[0].code, codes::kBadRow);
    EXPECT_EQ(read.items[0].raw.problems[0].path, "/n");
    EXPECT_THAT(read.items[0].raw.problems[0].message, HasSubstr(shown));
    EXPECT_THAT(read.items[0].raw.evidence, HasSubstr(shown));
    EXPECT_TRUE(read.items[1].raw.problems.empty());
  }
  const Read said = readBytes(
      "a.xlsx", wrapWorkbook("s", head + "<row><c t=\"e\"><v>#13800000000</v></c></row>", "", ""));
  EXPECT_EQ(said.items.at(0).raw.problems.at(0).message.find("138"), std::string::npos);
  EXPECT_EQ(readBytes("a.xlsx",
                      wrapWorkbook("s", "<row><c t=\"e\"><v>#REF!</v></c></row>" + head, "", ""))
                .errorCode,
            codes::kBadFile);
}

TEST(Xlsx, The1904SystemIsHeeded) {
  const std::string sheet =
      "<row><c t=\"str\"><v>d</v></c></row><row><c s=\"1\"><v>42374</v></c></row>";
  const Read read = readBytes(
      "a.xlsx", wrapWorkbook("s", sheet, "", "<cellXfs><xf/><xf numFmtId=\"14\"/></cellXfs>",
                             "<workbookPr date1904=\"1\"/>"));
  EXPECT_THAT(read.bodies, ElementsAre(R"({"d":"2020-01-06T00:00:00"})"));
}

TEST(Xlsx, ARowBeyondTheHeaderIsQuarantinedWithItsCells) {
  const Read read =
      readBytes("a.xlsx", writeWorkbook("s", {{"a", "b"}, {"1", "2", "", "4"}, {"5"}}));
  ASSERT_EQ(read.items.size(), 2u);
  EXPECT_THAT(read.items[0].raw.problems.at(0).message, HasSubstr("row 2, column D"));
  EXPECT_THAT(read.items[0].raw.evidence, HasSubstr(R"(["D","4"])"));
  EXPECT_TRUE(read.items[1].raw.problems.empty());
}

TEST(Xlsx, SheetsAreChosenByNameNumberOrAll) {
  ReadOptions options;
  const std::string bytes = writeWorkbook("台账", {{"k"}, {"v"}});
  for (const std::string sheet : {"", "台账", "1", "*"}) {
    options.sheet = sheet;
    EXPECT_EQ(readBytes("a.xlsx", bytes, options).bodies.size(), 1u) << sheet;
  }
  options.sheet = "2";
  EXPECT_THAT(readBytes("a.xlsx", bytes, options).errorDetail,
              HasSubstr("no sheet \"2\"; there are: 台账"));
}

TEST(Xlsx, OtherFilesAreNamedForWhatTheyAre) {
  const std::string compound = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
  const auto why = [](std::string_view bytes) { return readBytes("a.xlsx", bytes).errorDetail; };
  EXPECT_THAT(why(compound), HasSubstr("old .xls"));
  EXPECT_THAT(why(compound + std::string("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", 32)),
              HasSubstr("protected by a password"));
  EXPECT_THAT(why("\n<html><table>"), HasSubstr("web page"));
  EXPECT_THAT(why("a,b\n1,2\n"), HasSubstr("no workbook"));
  EXPECT_THAT(why(""), HasSubstr("is empty"));
  ZipWriter zip;
  zip.add("x.txt", "hello");
  EXPECT_THAT(why(zip.finish()), HasSubstr("not a workbook"));
  EXPECT_EQ(readBytes("renamed.csv", writeWorkbook("s", {{"k"}, {"v"}})).bodies.size(), 1u)
      << "the content decides";
}

TEST(Xlsx, DeclaredEntitiesAreRefused) {
  ZipWriter zip;
  zip.add("_rels/.rels",
          "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
          "\"&a;&a;&a;\">]><Relationships>&b;</Relationships>");
  EXPECT_THAT(readBytes("a.xlsx", zip.finish()).errorDetail, HasSubstr("DOCTYPE"));
}

TEST(Xlsx, ABombIsReadWithinItsBoundsOrRefused) {
  std::string empty;
  for (int i = 3; i < 300'000; ++i)
    empty += "<row r=\"" + std::to_string(i) + "\"><c s=\"1\"/><c s=\"1\"/></row>";
  const std::string sheet = "<row r=\"1\"><c t=\"str\"><v>k</v></c></row>" + empty +
                            "<row r=\"300001\"><c t=\"str\"><v>last</v></c></row>";
  const std::string bytes = wrapWorkbook("s", sheet);
  EXPECT_GT(sheet.size() / bytes.size(), 10u);
  EXPECT_THAT(readBytes("a.xlsx", bytes).bodies, ElementsAre(R"({"k":"last"})"));
  ReadOptions options;
  options.maxUnpacked = 1u << 20;
  const Read refused = readBytes("a.xlsx", bytes, options);
  EXPECT_EQ(refused.errorCode, codes::kDecodeLimit);
  EXPECT_THAT(refused.errorDetail, HasSubstr("unpacks to more than 1 MiB"));
}

TEST(Xlsx, ManyReferencesToOneLongStringStayBounded) {
  const std::string strings = "<si><t>k</t></si><si><t>" + std::string(200'000, 'x') + "</t></si>";
  std::string sheet = "<row><c t=\"s\"><v>0</v></c></row>";
  for (int row = 0; row < 3; ++row) {
    sheet += "<row>";
    for (int i = 0; i < 300; ++i) sheet += "<c t=\"s\"><v>1</v></c>";
    sheet += "</row>";
  }
  const Read read = readBytes("a.xlsx", wrapWorkbook("s", sheet, strings));
  ASSERT_EQ(read.items.size(), 3u);
  EXPECT_EQ(read.items[0].raw.problems.at(0).code, codes::kDecodeLimit);
  EXPECT_LE(read.items[0].raw.body.size() + read.items[0].raw.evidence.size(), 2u << 20);
}

TEST(Xlsx, ATagWithoutEndIsRefusedInBoundedMemory) {
  const std::string sheet = "<row r=\"" + std::string(3u << 20, '1') + "\"></row>";
  EXPECT_EQ(readBytes("a.xlsx", wrapWorkbook("s", sheet)).errorCode, codes::kDecodeLimit);
}

TEST(Xlsx, SharedStringsBeyondMemoryAreSpilled) {
  std::string strings = "<si><t>k</t></si>";
  std::string sheet = "<row><c t=\"s\"><v>0</v></c></row>";
  constexpr int kRows = 90'000;
  for (int i = 1; i <= kRows; ++i) {
    strings += "<si><t>" + std::to_string(i) + std::string(100, 'z') + "</t></si>";
    sheet += "<row><c t=\"s\"><v>" + std::to_string(kRows + 1 - i) + "</v></c></row>";
  }
  const Read read = readBytes("a.xlsx", wrapWorkbook("s", sheet, strings));
  ASSERT_EQ(read.bodies.size(), static_cast<std::size_t>(kRows)) << read.errorDetail;
  EXPECT_EQ(read.bodies.front(),
            "{\"k\":\"" + std::to_string(kRows) + std::string(100, 'z') + "\"}");
  EXPECT_EQ(read.bodies.back(), "{\"k\":\"1" + std::string(100, 'z') + "\"}");
}

TEST(Xlsx, ASharedStringThatIsNotThereRefusesTheFile) {
  const Read read = readBytes("a.xlsx", wrapWorkbook("s", "<row><c t=\"s\"><v>9</v></c></row>"));
  EXPECT_EQ(read.errorCode, codes::kBadFile);
}

TEST(Xlsx, EveryTruncationIsRefusedAndNoDamageCrashes) {
  const TempFolder folder(true);
  const std::string bytes = writeWorkbook("s", {{"a", "b"}, {"1", "路灯"}, {"2", "不亮"}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Read read = readLedger(folder.write("a.xlsx", bytes.substr(0, size)));
    ASSERT_TRUE(read.items.empty()) << size;
    ASSERT_NE(read.errorCode, "") << size;
  }
  std::mt19937 random(20260101);
  for (int i = 0; i < 1'500; ++i) {
    std::string damaged = bytes;
    for (int n = 0; n < 3; ++n) damaged[random() % damaged.size()] = static_cast<char>(random());
    readLedger(folder.write("a.xlsx", damaged));
  }
}

TEST(Xlsx, WrongChecksumsAreFound) {
  ZipWriter zip;
  zip.add("_rels/.rels", "<Relationships/>", false);
  std::string bytes = zip.finish();
  bytes[bytes.find("<Relationships/>") + 1] = 'r';
  EXPECT_THAT(readBytes("a.xlsx", bytes).errorDetail, HasSubstr("checksum"));
}

/// The rows below the first as objects, null cells left out; numbers compared as texts.
std::string cellsOf(const json::Value& header, const json::Value& row) {
  std::string out;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const json::Value& cell = row.elements()[i];
    if (cell.isNull() || header.elements()[i].isNull()) continue;
    out += std::string(header.elements()[i].text()) + "=" +
           (cell.isBoolean() ? (cell.boolean() ? "true" : "false") : std::string(cell.text())) +
           ";";
  }
  return out;
}

TEST(XlsxSuite, TheEightHandWrittenWorkbooksGiveTheirRows) {
  LIANQIAO_NEEDS_DATA("suites/xlsx/expected.json");
  const std::string text =
      lianqiao::test::readFile(lianqiao::test::sharedData("suites/xlsx/expected.json"));
  json::Document document;
  ASSERT_TRUE(json::parse(text, document).ok());
  int compared = 0;
  for (const json::Value& one : document.root.find("cases")->elements()) {
    const std::string name(one.find("file")->text());
    const json::Value& rows = *one.find("expected");
    std::vector<std::string> expected;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const std::string cells = cellsOf(rows.elements()[0], rows.elements()[i]);
      if (!cells.empty()) expected.push_back(cells);
    }
    const Read read = readLedger(lianqiao::test::sharedData("suites/xlsx/" + name));
    EXPECT_EQ(read.errorDetail, "") << name;
    std::vector<std::string> actual;
    for (const std::string& body : read.bodies) {
      json::Document parsed;
      ASSERT_TRUE(json::parse(body, parsed).ok());
      std::string cells;
      for (const json::Member& member : parsed.root.members()) {
        const json::Value& value = member.value;
        cells +=
            std::string(member.name) + "=" +
            (value.isBoolean() ? (value.boolean() ? "true" : "false") : std::string(value.text())) +
            ";";
      }
      // A cell whose formula failed stands in the problem that quarantines its row.
      for (const Problem& problem : read.items[actual.size()].raw.problems) {
        const std::string& said = problem.message;
        if (said.find("15 digits") != std::string::npos) {
          // What they expect is what Excel has made of an id: its tail is lost.
          cells.insert(cells.find("编号="), problem.path.substr(1) + "=110105194912310000;");
          continue;
        }
        const std::size_t from = said.find('(') + 1;
        cells += problem.path.substr(1) + "=" + said.substr(from, said.find(')') - from) + ";";
      }
      actual.push_back(cells);
    }
    EXPECT_EQ(actual, expected) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 8);
}

TEST(XlsxSuite, AZipSlipNameIsWrittenNowhere) {
  LIANQIAO_NEEDS_DATA("suites/xlsx/zip_slip_entry.xlsx");
  const TempFolder folder;
  std::filesystem::create_directories(folder.path() / "a/b");
  const std::filesystem::path file = folder.path() / "a/b/x.xlsx";
  std::filesystem::copy_file(lianqiao::test::sharedData("suites/xlsx/zip_slip_entry.xlsx"), file);
  EXPECT_EQ(readLedger(file).errorCode, "");
  EXPECT_THAT(namesIn(folder.path()), ElementsAre("a"));
}

}  // namespace
}  // namespace lianqiao::file_drop::test
