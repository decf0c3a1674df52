#include <zlib.h>

#include <fstream>
#include <set>

#include "drop_fixture.h"

namespace lianqiao::file_drop::test {
namespace {

std::filesystem::path complaints(const std::string& name) {
  return lianqiao::test::sharedData("complaints-zh/" + name);
}

/// Peak memory of this process in KiB. Sanitizers keep freed memory: nothing is to be seen under
/// them.
long peakKiB() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    long value = 0;
    if (word == "VmHWM:" && status >> value) return value;
  }
  return 0;
}

bool sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#else
  return false;
#endif
}

std::size_t countRows(const std::string& name) {
  const TempFolder scratch;
  ReadOptions options;
  options.scratch = scratch.path();
  auto reader = openLedger(complaints(name), name, options);
  EXPECT_TRUE(reader.ok());
  Item item;
  std::size_t rows = 0;
  while (true) {
    const auto found = (*reader)->next(item);
    EXPECT_TRUE(found.ok());
    if (!found || !*found) return rows;
    EXPECT_TRUE(item.raw.problems.empty()) << item.raw.origin;
    ++rows;
  }
}

class Workbooks : public ::testing::TestWithParam<std::pair<const char*, std::size_t>> {};

TEST_P(Workbooks, EveryRowOfTheComplaintsIsAnItem) {
  LIANQIAO_NEEDS_DATA("complaints-zh");
  const auto [name, rows] = GetParam();
  const long before = peakKiB();
  EXPECT_EQ(countRows(name), rows);
  if (!sanitized()) {
    RecordProperty("peak_kib", std::to_string(peakKiB()));
    EXPECT_LT(peakKiB() - before, 20 * 1024) << "reading must not grow with the workbook";
  }
}

INSTANTIATE_TEST_SUITE_P(Complaints, Workbooks,
                         ::testing::Values(std::pair("labelled_dev.xlsx", 495),
                                           std::pair("labelled_dev_original_structure.xlsx", 495),
                                           std::pair("hotspot_dev.xlsx", 2172),
                                           std::pair("replied_dev.xlsx", 1438)));

std::string gunzip(const std::filesystem::path& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  std::string text;
  char block[16384];
  for (int n = 0; (n = gzread(file, block, sizeof block)) > 0;)
    text.append(block, static_cast<std::size_t>(n));
  gzclose(file);
  return text;
}

/// The value as text, line ends made one: CSV twins have CRLF inside values where workbooks have
/// LF.
std::string plain(const json::Value* value) {
  if (value == nullptr) return {};
  std::string out;
  for (const char c : value->text()) {
    if (c != '\r') out += c;
  }
  return out;
}

std::map<std::string, std::string> byNumber(const Read& read, const std::string& column) {
  std::map<std::string, std::string> values;
  for (const std::string& body : read.bodies) {
    json::Document document;
    EXPECT_TRUE(json::parse(body, document).ok());
    values[plain(document.root.find("留言编号"))] = plain(document.root.find(column));
  }
  return values;
}

void expectTwins(const Read& few, const Read& all, const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    const auto wanted = byNumber(all, column);
    for (const auto& [number, value] : byNumber(few, column)) {
      const auto found = wanted.find(number);
      ASSERT_NE(found, wanted.end()) << column << " of a row that the twin has not";
      EXPECT_TRUE(value == found->second) << column;
    }
  }
}

TEST(Twins, JsonlAndWorkbookGiveTheSameItems) {
  LIANQIAO_NEEDS_DATA("complaints-zh");
  for (const std::string name : {"labelled_dev", "hotspot_dev", "replied_dev"}) {
    const Read lines = readBytes("a.jsonl", gunzip(complaints(name + ".jsonl.gz")));
    const Read sheet = readLedger(complaints(name + ".xlsx"));
    ASSERT_EQ(lines.bodies.size(), sheet.bodies.size()) << name;
    for (const std::string column : {"留言用户", "留言主题", "留言详情"}) {
      // Not EXPECT_EQ: rows of people's complaints are not to be printed.
      EXPECT_TRUE(byNumber(lines, column) == byNumber(sheet, column)) << name << " " << column;
    }
  }
}

TEST(Twins, CsvInEveryEncodingGivesTheItemsOfTheWorkbook) {
  LIANQIAO_NEEDS_DATA("complaints-zh");
  const std::vector<std::string> columns = {"留言用户", "留言主题", "留言详情"};
  const Read hotspot = readLedger(complaints("hotspot_dev.xlsx"));
  const Read replied = readLedger(complaints("replied_dev.xlsx"));
  for (const std::string name : {"hotspot_dev_300_utf8_lf.csv", "hotspot_dev_300_gbk_crlf.csv"}) {
    const Read csv = readLedger(complaints(name));
    EXPECT_EQ(csv.items.size(), 300u) << name << csv.errorDetail;
    expectTwins(csv, hotspot, columns);
  }
  const Read bom = readLedger(complaints("replied_dev_300_utf8bom_crlf.csv"));
  const Read gb = readLedger(complaints("replied_dev_300_gb18030_crlf.csv"));
  EXPECT_EQ(bom.items.size(), gb.items.size());
  EXPECT_TRUE(bom.bodies == gb.bodies) << "the same rows in two encodings";
  EXPECT_EQ(bom.items.size(), 300u);
  expectTwins(bom, replied, {"留言用户", "留言主题", "留言详情", "答复意见"});
}

}  // namespace
}  // namespace lianqiao::file_drop::test
