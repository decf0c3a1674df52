#include "kit/sheet/workbook_writer.h"

#include <gtest/gtest.h>

#include "kit/sheet/column_name.h"

namespace lianqiao::kit {
namespace {

TEST(ColumnName, CountsAsASpreadsheetDoes) {
  EXPECT_EQ(columnName(0), "A");
  EXPECT_EQ(columnName(25), "Z");
  EXPECT_EQ(columnName(26), "AA");
  EXPECT_EQ(columnName(16383), "XFD");
}

// What readers make of them is tested beside file_drop.
TEST(WorkbookWriter, WritesWhatItsCellsSayAndIsStoredWhereThatIsAsked) {
  ZipWriter zip;
  zip.add("a.xml", "<a/>", false);
  const std::string bytes = zip.finish();
  EXPECT_TRUE(bytes.starts_with("PK\3\4"));
  EXPECT_NE(bytes.find("a.xml<a/>PK\1\2"), std::string::npos);
  EXPECT_EQ(escapeXml("<a b=\"&\">"), "&lt;a b=&quot;&amp;&quot;&gt;");
  EXPECT_LT(writeWorkbook("s", {{std::string(1u << 20, 'x')}}).size(), 16u << 10) << "is packed";
}

}  // namespace
}  // namespace lianqiao::kit
