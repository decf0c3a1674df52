#include "file_drop/artefacts.h"

#include "drop_fixture.h"
#include "file_drop/csv_reader.h"
#include "file_drop/number_format.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

/// What spreadsheets leave in a value is undone, or the value is quarantined: the same row from
/// XLSX and from CSV is the same item.
namespace lianqiao::file_drop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Cell after(std::string text) {
  Cell cell{0, Cell::Kind::text, Damage::none, std::move(text)};
  undoArtefacts(cell);
  return cell;
}

TEST(Artefacts, WhatProtectsATextIsTakenOff) {
  EXPECT_EQ(after("=\"00420\"").text, "00420");
  EXPECT_EQ(after("'00420").text, "00420");
  EXPECT_EQ(after("'=A1").text, "=A1");
  EXPECT_EQ(after("\t\t00420\t").text, "00420");
  for (const std::string same : {"'quoted'", "'n Haus", "=\"a\"&\"b\"", "=A1+1", "'1'", "x\ty",
                                 "first\n\tsecond\t", "#12 楼"}) {
    EXPECT_EQ(after(same).text, same);
    EXPECT_EQ(after(same).damage, Damage::none) << same;
  }
}

TEST(Artefacts, WhatHasLostDigitsIsDamaged) {
  for (const std::string lost : {"2.0260302E+18", "1E+15", "-4.5e+07", "'7.1E+11"})
    EXPECT_EQ(after(lost).damage, Damage::exponent) << lost;
  // Numbers of rooms and small measures: no spreadsheet writes an id so.
  for (const std::string kept : {"3E10", "12E+3", "1.5E-5", "E+5", "2.5E+", "1.2.3E+4"})
    EXPECT_EQ(after(kept).damage, Damage::none) << kept;
  EXPECT_EQ(after("######").damage, Damage::narrow);
  EXPECT_EQ(after("##").damage, Damage::none);
  EXPECT_EQ(after("#N/A").damage, Damage::formula);
  EXPECT_EQ(after("#DIV/0!").damage, Damage::formula);
}

// " 2.02603E+17 " passed, and the mapping's trim made one order number of many.
// Rule: what a mapping takes off beside a value changes nothing of what is said of the value.
TEST(Artefacts, ABlankBesideAValueHidesNoDamage) {
  struct Blank {
    std::string before, after;
  };
  for (const auto& [before, after_] :
       {Blank{" ", ""}, Blank{"", "  "}, Blank{"\u3000", "\u00A0"}, Blank{"\n", "\r\n"},
        Blank{"\uFEFF", "\u200B"}, Blank{"\t ", " \t"}}) {
    const auto beside = [&](const std::string& text) { return after(before + text + after_); };
    EXPECT_EQ(beside("2.02603E+17").damage, Damage::exponent);
    EXPECT_EQ(beside("####").damage, Damage::narrow);
    EXPECT_EQ(beside("#N/A").damage, Damage::formula);
    EXPECT_THAT(explain(beside("#N/A")), HasSubstr("(#N/A)"));
    EXPECT_EQ(beside("1900/1/0").text, "");
    EXPECT_EQ(beside("=\"0071\"").text, "0071");
    EXPECT_EQ(beside("'0071").text, "0071");
    EXPECT_EQ(beside("=\" 1E+17 \"").damage, Damage::exponent);
    EXPECT_EQ(beside("'1E+17 ").damage, Damage::exponent);
  }
  EXPECT_EQ(after(" 0071 ").text, " 0071 ") << "a value stays as it stands";
  EXPECT_EQ(after("\u3000# 12 楼").text, "\u3000# 12 楼");
  EXPECT_THAT(readBytes("a.csv", "k,v\n\" 2.02603E+17 \",a\n").items.at(0).raw.problems, SizeIs(1));
}

TEST(Artefacts, TheDayZeroIsNoDay) {
  for (const std::string zero : {"1900/1/0", "1900-01-00 00:00:00", "1900/1/0 0:00"})
    EXPECT_EQ(after(zero).text, "") << zero;
  EXPECT_EQ(after("1900/1/05").text, "1900/1/05");
}

TEST(Artefacts, QuarantineTheirRowInACsvAndTheRestGoesOn) {
  const Read read = readBytes("a.csv", "k,v\n1.2E+17,a\n####,b\n#REF!,c\n=\"07\",d\n");
  ASSERT_THAT(read.items, SizeIs(4));
  for (const std::size_t row : {0u, 1u, 2u}) {
    ASSERT_THAT(read.items[row].raw.problems, SizeIs(1));
    EXPECT_EQ(read.items[row].raw.problems[0].path, "/k");
    EXPECT_EQ(read.items[row].raw.problems[0].code, codes::kBadRow);
    EXPECT_FALSE(read.items[row].raw.evidence.empty());
  }
  EXPECT_EQ(read.bodies[3], R"({"k":"07","v":"d"})");
}

TEST(Artefacts, APictureOfZerosMakesATextOfAWholeNumber) {
  const std::string zeros("\0\0\0\0", 4);
  EXPECT_EQ(pictureOfCode("0000"), zeros);
  EXPECT_EQ(writePicture(zeros, "42"), "0042");
  EXPECT_EQ(writePicture(zeros, "123456"), "123456");
  EXPECT_EQ(writePicture(pictureOfCode("\"沪\"00\\-000;@"), "7012"), "沪07-012");
  EXPECT_EQ(writePicture(pictureOfCode("\"沪\"00\\-000"), "1234567"), "沪1234-567");
  for (const std::string_view none :
       {"0", "General", "0.00", "#,##0", "@", "0\"天\"", "00%", "yyyy"})
    EXPECT_EQ(pictureOfCode(none), "") << none;
}

TEST(Artefacts, IsoCellsAreRoundedToTheSecondAsSerialsAre) {
  EXPECT_EQ(isoDateText("2026-12-31T23:59:59.9999"), "2027-01-01T00:00:00");
  EXPECT_EQ(isoDateText("2026-03-02"), "2026-03-02T00:00:00");
  EXPECT_EQ(isoDateText("2026-03-02T08:04"), "2026-03-02T08:04:00");
  for (const std::string_view other :
       {"2026-02-30", "2026-03-02T08:04:09Z", "2026-03-02 08:04", "08:04:09", "2026-03-02T8", "x"})
    EXPECT_EQ(isoDateText(other), std::nullopt) << other;
}

TEST(Artefacts, TheSameRowFromXlsxAndCsvIsOne) {
  const std::string styles =
      "<numFmts><numFmt numFmtId=\"170\" formatCode=\"000000\"/></numFmts>"
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"170\"/><xf numFmtId=\"22\"/></cellXfs>";
  const std::string sheet =
      R"(<row><c t="str"><v>号</v></c><c t="str"><v>时</v></c><c t="str"><v>零</v></c></row>)"
      R"(<row><c s="1"><v>4711</v></c><c s="2"><v>43836.5</v></c><c s="2"><v>0</v></c></row>)"
      R"(<row><c s="1"><v>4711</v></c><c t="d"><v>2020-01-06T11:59:59.9999</v></c></row>)";
  const std::string wanted = R"({"号":"004711","时":"2020-01-06T12:00:00"})";
  EXPECT_THAT(readBytes("a.xlsx", wrapWorkbook("s", sheet, "", styles)).bodies,
              ElementsAre(wanted, wanted));
  EXPECT_THAT(readBytes("a.csv", "号,时,零\n004711,2020-01-06T12:00:00,1900/1/0\n").bodies,
              ElementsAre(wanted));
}

TEST(Encodings, TheEuroOfWindowsIsReadInsideAndBesideCharacters) {
  EXPECT_EQ(fromGb18030("\x80"
                        "1"),
            "€1");
  EXPECT_EQ(fromGb18030("\xB1\xE0\x80\xBA\xC5"), "编€号");
  EXPECT_EQ(fromGb18030("\x81\x80"), fromGb18030("\x81\x80")) << "a second byte 80 is no euro";
  EXPECT_EQ(fromGb18030("\x80\xFF"), std::nullopt);
}

TEST(Encodings, BytesOfOtherCountriesAreNotTakenForChinese) {
  struct Sample {
    const char* name;
    std::string_view bytes;
  };
  const Sample samples[] = {
      {"big5", "no,t\n1,\xA4\xBD\xB6\xE9\xBF\x4F\xAA\xEF\xC3\x61\xBD\xD0\xAD\xD7\xB4\x5F\n"},
      {"shift_jis", "no,t\n1,\x8C\xF6\x89\x80\x82\xCC\x8A\x58\x93\x94\x82\xAA\x8C\xCC\x8F\xE1\n"},
      {"euc-kr",
       "no,t\n1,"
       "\xB0\xF8\xBF\xF8\xB0\xA1\xB7\xCE\xB5\xEE\xC0\xCC\xB0\xED\xC0\xE5\xB3\xAA\xBC\xAD\xBC\xF6"
       "\xB8"
       "\xAE\xB8\xA6\xBF\xE4\xC3\xBB\xC7\xD5\xB4\xCF\xB4\xD9\xB0\xF8\xBF\xF8\xB0\xA1\n"}};
  for (const Sample& sample : samples) {
    const Read guessed = readBytes("a.csv", sample.bytes);
    EXPECT_EQ(guessed.errorCode, codes::kBadEncoding) << sample.name;
    EXPECT_THAT(guessed.errorDetail, HasSubstr("`encoding`"));
    ReadOptions options;
    options.encoding = sample.name;
    const Read named = readBytes("a.csv", sample.bytes, options);
    EXPECT_EQ(named.errorCode, "") << sample.name;
    ASSERT_THAT(named.bodies, SizeIs(1));
    EXPECT_TRUE(named.items[0].raw.problems.empty()) << named.bodies[0];
  }
  ReadOptions options;
  options.encoding = "latin1";
  EXPECT_THAT(readBytes("a.csv", "n\xE9\n\xFCx\n", options).bodies, ElementsAre(R"({"né":"üx"})"));
  options.encoding = "big5";
  EXPECT_EQ(readBytes("a.csv", "k\n\xA4\xFF\n", options).items.at(0).raw.problems.at(0).code,
            codes::kBadEncoding);
}

TEST(Encodings, AHeaderThatIsUnderstoodProvesTheEncoding) {
  ReadOptions options;
  options.shapes = {{{"编号", "内容"}, {{"编号"}}}};
  // Traditional characters are rare in GB 2312.
  const std::string text = "编号,内容\n1,東側三盞路燈損壞請儘快維修謝謝\n";
  EXPECT_THAT(readBytes("a.csv", *toGb18030(text), options).bodies, SizeIs(1));
}

TEST(Encodings, PlainChineseIsPlausible) {
  for (const std::string text :
       {"路灯不亮", "某镇和平路与学院路交叉口东侧三盏路灯不亮，请尽快维修。"})
    EXPECT_TRUE(isPlausibleChinese(*toGb18030(text))) << text;
}

}  // namespace
}  // namespace lianqiao::file_drop::test
