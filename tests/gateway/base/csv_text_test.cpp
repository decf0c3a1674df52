#include "base/csv_text.h"

#include <gtest/gtest.h>

#include <array>

namespace lianqiao::base {
namespace {

TEST(CsvText, ACellIsTextWhateverASpreadsheetWouldMakeOfIt) {
  EXPECT_EQ(csvCell("水务局"), "\"水务局\"");
  EXPECT_EQ(csvCell("a \"b\", c"), "\"a \"\"b\"\", c\"");
  EXPECT_EQ(csvCell("line\r\nend"), "\"line  end\"");
  for (const char* formula : {"=1+1", "+1", "-1", "@SUM(A1)", "|cmd", "%x"})
    EXPECT_EQ(csvCell(formula), "\"'" + std::string(formula) + "\"");
  EXPECT_EQ(csvCell(""), "\"\"");
}

TEST(CsvText, AnIdKeepsItsDigits) {
  EXPECT_EQ(csvIdCell("340421202611300001"), "\"'340421202611300001\"");
  EXPECT_EQ(csvIdCell("12345"), "\"12345\"");
  EXPECT_EQ(csvIdCell("R-340421202611300001"), "\"R-340421202611300001\"");
}

TEST(CsvText, ALineEndsWithALineFeed) {
  std::string out;
  addCsvLine(std::array<std::string, 2>{csvCell("a"), csvCell("b")}, out);
  EXPECT_EQ(out, "\"a\",\"b\"\n");
}

}  // namespace
}  // namespace lianqiao::base
