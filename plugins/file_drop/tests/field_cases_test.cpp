#include "lianqiao/codes.h"
#include "town_ledger.h"

/// Each table of the shared field cases has its right value; see their README for the kinds. The
/// kinds themselves are held by the other tests of this folder, with values of their own.
namespace lianqiao::file_drop::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kFirst = "3001/U1/20260302080409";

class FieldCases : public TownLedger {
 protected:
  static Read read(const std::string& name, const ReadOptions& options) {
    return readLedger(lianqiao::test::sharedData("field-cases/" + name), options);
  }
  Read read(const std::string& name) const { return read(name, options()); }

  /// Per item the key of its record, or "quarantined: " with what is said; or "file: " with what is
  /// said of the whole.
  std::vector<std::string> fates(const Read& read) {
    std::vector<std::string> all;
    for (const Item& item : read.items) {
      const pipeline::Processed made = process(item.raw);
      constexpr std::string_view kPeer = "town-ledger:";
      all.push_back(made.problems.empty() ? made.record.key.substr(kPeer.size())
                                          : "quarantined: " + made.problems.front().message);
    }
    if (!read.errorCode.empty()) all.push_back("file: " + read.errorDetail);
    return all;
  }
  std::vector<std::string> fates(const std::string& name) { return fates(read(name)); }
};

#define NEEDS_FIELD_CASES() LIANQIAO_NEEDS_DATA("field-cases/README.md")

TEST_F(FieldCases, ASheetBehindACoverSheetIsReadAndTheCoverIsNamed) {
  NEEDS_FIELD_CASES();
  EXPECT_THAT(fates("i03_cover_sheet_first.xlsx"),
              ElementsAre(HasSubstr("填表说明"), kFirst, "3002/U2/20260302080409"));
}

TEST_F(FieldCases, AFileWithoutHeaderIsOneException) {
  NEEDS_FIELD_CASES();
  EXPECT_THAT(fates("i70_no_header.csv"),
              ElementsAre(HasSubstr("none of the columns that the mappings read")));
}

TEST_F(FieldCases, TheHeaderIsFoundBelowTitlesAndByItsNames) {
  NEEDS_FIELD_CASES();
  EXPECT_THAT(fates("i71_preamble_300.txt"), SizeIs(300));
  EXPECT_THAT(fates("i71_preamble_300.txt"), Each(::testing::StartsWith("7")));
  for (const std::string name :
       {"i35_title_tab.txt", "i35b_title_comma.csv", "i35c_title_comma_padded.csv", "i34_pipe.csv",
        "i34b_pipe.txt", "i36_sep_line.csv", "i13_header_breaks.xlsx"}) {
    EXPECT_THAT(fates(name), ElementsAre(kFirst)) << name;
  }
  EXPECT_THAT(fates("i04_preamble_pairs.xlsx"), ElementsAre(kFirst, "3002/U2/20260302080409"));
}

TEST_F(FieldCases, WhatASpreadsheetHasDamagedIsQuarantined) {
  NEEDS_FIELD_CASES();
  EXPECT_THAT(fates("i01_long_numbers.xlsx"),
              ElementsAre(HasSubstr("15 digits"), HasSubstr("15 digits")));
  EXPECT_THAT(fates("i37d_sci.csv"), ElementsAre(HasSubstr("exponent")));
  EXPECT_THAT(fates("i37e_hash.csv"), ElementsAre(HasSubstr("too narrow")));
  const Read formulas = read("i62_formulas.xlsx", {});
  ASSERT_THAT(formulas.items, SizeIs(1));
  EXPECT_EQ(formulas.items[0].raw.problems.at(0).path, "/无缓存");
  EXPECT_THAT(formulas.items[0].raw.problems, SizeIs(1));
}

TEST_F(FieldCases, WhatASpreadsheetHasWrappedIsUndone) {
  NEEDS_FIELD_CASES();
  for (const std::string name : {"i37_excel_text_formula.csv", "i37b_tab_prefixed.csv"})
    EXPECT_THAT(fates(name), ElementsAre("0003001/U1/20260302080409")) << name;
  EXPECT_THAT(fates("i02b_data_rows_in_pieces.xlsx"),
              ElementsAre(kFirst, "3002/U2/20260302080409"));
}

TEST_F(FieldCases, AMergedCategoryStandsInEachRow) {
  NEEDS_FIELD_CASES();
  const auto records = processAll(read("i06b_merged_category.xlsx"));
  ASSERT_THAT(records, SizeIs(2));
  for (const auto& one : records) EXPECT_THAT(one.record.event, HasSubstr("城乡建设"));
}

TEST_F(FieldCases, ADateOfZeroIsAbsent) {
  NEEDS_FIELD_CASES();
  const auto records = processAll(read("i12_zero_date.xlsx"));
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_THAT(records[0].problems, SizeIs(0));
  EXPECT_THAT(records[0].record.event, HasSubstr(R"("replies":[{"content":"已修复"}])"));
}

TEST_F(FieldCases, AnInstantIsTheSameFromAnIsoCellAndFromASerial) {
  NEEDS_FIELD_CASES();
  const auto iso = processAll(read("i63_iso_cell_strict.xlsx"));
  const auto serial = processAll(read("i63b_serial_cell.xlsx"));
  EXPECT_EQ(iso.at(0).record.key, "town-ledger:3001/U1/20260302160000");
  EXPECT_EQ(iso.at(0).record.key, serial.at(0).record.key);
  EXPECT_EQ(iso.at(0).record.fingerprint, serial.at(0).record.fingerprint);
}

TEST_F(FieldCases, TotalsAndSignaturesAreSkippedWhereThatIsDeclared) {
  NEEDS_FIELD_CASES();
  ReadOptions skipping = options();
  skipping.skip = {"合计", "填表人*", "注：*"};
  const Read declared = read("i07_totals_at_end.xlsx", skipping);
  EXPECT_THAT(fates(declared), ElementsAre(kFirst, "3002/U2/20260302080409"));
  EXPECT_EQ(declared.passed.rows, 3u);
  EXPECT_THAT(fates("i07_totals_at_end.xlsx"), SizeIs(5)) << "each is an exception otherwise";
}

TEST_F(FieldCases, WhatWasRightStaysRight) {
  NEEDS_FIELD_CASES();
  EXPECT_THAT(fates("i08_hidden_rows.xlsx"), ElementsAre(kFirst, "3002/U2/20260302080409"));
  EXPECT_THAT(fates("i11_v_and_is.xlsx"), ElementsAre(kFirst));
  EXPECT_THAT(fates("i16_1904.xlsx"), ElementsAre(kFirst));
  EXPECT_THAT(fates("i40_hk_rare.csv"), ElementsAre(kFirst));
  EXPECT_THAT(read("i49_short_gbk.csv", {}).bodies, ElementsAre(R"({"a":"1","b":"联通"})"));
  EXPECT_THAT(read("i61_escapes.xlsx", {}).bodies,
              ElementsAre(R"({"a":"SH_x000D_Z002","b":"line1\nline2","c":"中文_xZZZZ_"})"));
  const Read formats = read("i60_formats.xlsx", {});
  std::size_t dates = 0;
  std::size_t numbers = 0;
  for (const std::string& body : formats.bodies) {
    dates += body.find(R"("值":"2026-03-02T20:04:09")") != std::string::npos ? 1u : 0u;
    numbers += body.find(R"("值":46083.8362152778)") != std::string::npos ? 1u : 0u;
  }
  EXPECT_GE(dates, 20u);
  EXPECT_GE(numbers, 6u);
}

TEST_F(FieldCases, AJsonArrayIsReadElementByElement) {
  NEEDS_FIELD_CASES();
  EXPECT_THAT(fates("i39_json_array.jsonl"), ElementsAre(kFirst));
}

TEST_F(FieldCases, WhatIsCalledXlsIsReadWhereItIsText) {
  NEEDS_FIELD_CASES();
  for (const std::string name : {"i30_tsv_gbk.xls", "i31_tsv_utf16le_bom.xls"})
    EXPECT_THAT(fates(name), ElementsAre(kFirst)) << name;
  for (const std::string name : {"i32_html.xls", "i33_xmlss.xls"})
    EXPECT_THAT(fates(name), ElementsAre(HasSubstr("save it as .xlsx"))) << name;
}

TEST_F(FieldCases, OtherCodePagesAreQuarantinedAndTheEuroIsRead) {
  NEEDS_FIELD_CASES();
  for (const std::string name :
       {"i41_big5.csv", "i42_cp949.csv", "i43_latin1.csv", "i44_sjis.csv"}) {
    EXPECT_THAT(fates(name), ElementsAre(HasSubstr("encoding"))) << name;
    const Read unknown = read(name, {});
    EXPECT_THAT(unknown.items, SizeIs(0)) << name;
    EXPECT_EQ(unknown.errorCode, codes::kBadEncoding) << name;
  }
  EXPECT_THAT(read("i48_gbk_euro.csv", {}).bodies, ElementsAre(R"({"编号":"1","金额":"€100"})"));
}

}  // namespace
}  // namespace lianqiao::file_drop::test
