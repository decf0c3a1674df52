#include "lianqiao/codes.h"
#include "life_fixture.h"

/// What a file costs is bounded by its limits, and one poll does a bounded part of it.
namespace lianqiao::file_drop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kTable =
    "<row><c t=\"str\"><v>k</v></c></row><row><c t=\"str\"><v>1</v></c></row>";

/// A workbook whose sheets, named by their number, have these parts.
std::string workbookOf(const std::vector<std::string>& parts, ZipWriter& zip,
                       const std::string& hidden = {}) {
  zip.add(
      "_rels/.rels",
      R"(<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>)");
  std::string sheets;
  std::string relations;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string id = std::to_string(i);
    sheets += "<sheet name=\"" + id + "\" id=\"r" + id + "\"" + (i > 0 ? hidden : "") + "/>";
    relations +=
        "<Relationship Id=\"r" + id + "\" Type=\"x/worksheet\" Target=\"" + parts[i] + "\"/>";
  }
  zip.add("xl/workbook.xml", "<workbook><sheets>" + sheets + "</sheets></workbook>");
  zip.add("xl/_rels/workbook.xml.rels", "<Relationships>" + relations + "</Relationships>");
  return zip.finish();
}

std::string sheetOf(const std::string& rows, std::size_t blanks, const std::string& behind = {}) {
  return "<worksheet><sheetData>" + rows + std::string(blanks, ' ') + "</sheetData>" + behind +
         "</worksheet>";
}

ReadOptions known() {
  ReadOptions options;
  options.shapes = {{{"k"}, {{"k"}}}};
  return options;
}

// A thousand sheets named one part, which was unpacked and parsed for each of them.
TEST(Bounded, APartIsNoMoreThanOneSheet) {
  ZipWriter zip;
  zip.add("xl/s.xml", sheetOf(kTable, 0));
  const Read read = readBytes("a.xlsx", workbookOf({"s.xml", "S.xml"}, zip), known());
  EXPECT_EQ(read.errorCode, codes::kBadFile);
  EXPECT_THAT(read.errorDetail, HasSubstr("two of its sheets are one"));
}

/// `bytes` with the table of contents naming "xl/0.xml" also "xl/1.xml" and so on.
std::string withManyNames(std::string bytes, char last) {
  const std::string mark = "PK\x01\x02";
  const std::string name = "xl/0.xml";
  std::size_t at = bytes.find(mark);
  while (bytes.substr(at + 46, name.size()) != name) at = bytes.find(mark, at + 1);
  const std::string entry = bytes.substr(at, 46 + name.size());
  for (char c = '1'; c <= last; ++c) {
    std::string other = entry;
    other[46 + 3] = c;
    bytes.insert(at, other);
    const std::size_t end = bytes.rfind("PK\x05\x06");
    for (const std::size_t count : {end + 8, end + 10}) ++bytes[count];
    auto size = static_cast<unsigned char>(bytes[end + 12]) +
                256u * static_cast<unsigned char>(bytes[end + 13]) +
                static_cast<unsigned>(entry.size());
    bytes[end + 12] = static_cast<char>(size % 256);
    bytes[end + 13] = static_cast<char>(size / 256);
  }
  return bytes;
}

TEST(Bounded, PartsDoNotShareTheirBytes) {
  ZipWriter zip;
  std::string values;
  for (int i = 0; i < 3000; ++i)
    values += "<row><c><v>" + std::to_string(i * 7919 % 99991) + "</v></c></row>";
  zip.add("xl/0.xml", sheetOf("<row><c t=\"str\"><v>k</v></c></row>" + values, 0));
  const std::string one = workbookOf({"0.xml", "1.xml", "2.xml", "3.xml"}, zip);
  EXPECT_THAT(readBytes("a.xlsx", withManyNames(one, '3'), known()).errorDetail,
              HasSubstr("larger than the file"));
}

// What the look at each sheet unpacked was counted for that sheet alone.
TEST(Bounded, AllSheetsTogetherUnpackToTheWorkbooksLimit) {
  ZipWriter zip;
  std::vector<std::string> parts;
  for (int i = 0; i < 4; ++i) {
    parts.push_back(std::to_string(i) + ".xml");
    zip.add("xl/" + parts.back(), sheetOf(i == 0 ? kTable : "", 300'000));
  }
  const std::string bytes = workbookOf(parts, zip, " state=\"hidden\"");
  auto options = known();
  options.maxUnpacked = 1u << 20;
  EXPECT_EQ(readBytes("a.xlsx", bytes, options).errorCode, codes::kDecodeLimit);
  options.maxUnpacked = 2u << 20;
  EXPECT_THAT(readBytes("a.xlsx", bytes, options).bodies, ElementsAre(R"({"k":"1"})"));
}

TEST(Bounded, WhatIsUnpackedAgainCountsOnce) {
  ZipWriter zip;
  zip.add("xl/0.xml",
          sheetOf(kTable, 900'000, "<mergeCells><mergeCell ref=\"A1:A2\"/></mergeCells>"));
  zip.add("xl/1.xml", sheetOf(kTable, 0));
  auto options = known();
  options.maxUnpacked = 1u << 20;
  EXPECT_THAT(readBytes("a.xlsx", workbookOf({"0.xml", "1.xml"}, zip), options).bodies, SizeIs(2));
}

/// Reads with `step` bytes of work a call; how often it paused comes back in `pauses`.
std::vector<std::string> readInSteps(const std::filesystem::path& file, ReadOptions options,
                                     std::uint64_t step, std::size_t& pauses) {
  options.scratch = std::filesystem::temp_directory_path();
  options.pace = std::make_shared<Pace>();
  options.pace->left = step;
  std::vector<std::string> all;
  auto reader = openLedger(file, file.filename(), options);
  if (!reader) return {reader.error().detail};
  for (Item item;;) {
    const auto found = (*reader)->next(item);
    if (!found && isPaused(found.error())) {
      ++pauses;
      options.pace->left = step;
      continue;
    }
    if (!found) all.push_back(found.error().detail);
    if (!found || !*found) break;
    all.push_back(withoutOrigin(item.raw.body));
  }
  all.push_back((*reader)->passedOver().places);
  return all;
}

// Rule: however often the reading pauses, it reads the same.
TEST(Bounded, AReadingInStepsIsTheReadingInOne) {
  const TempFolder folder;
  ZipWriter zip;
  std::string values;
  for (int i = 0; i < 2000; ++i)
    values += "<row><c><v>" + std::to_string(i) + "</v></c><c><v>7</v></c></row>";
  zip.add("xl/0.xml", sheetOf("<row><c t=\"str\"><v>说明</v></c></row>", 40'000));
  zip.add("xl/1.xml",
          sheetOf("<row><c t=\"str\"><v>台账</v></c></row><row><c t=\"str\"><v>k</v></c></row>" +
                      values + "<row/>",
                  40'000, "<mergeCells><mergeCell ref=\"A5:A9\"/></mergeCells>"));
  std::vector<std::filesystem::path> files = {
      folder.write("a.xlsx", workbookOf({"0.xml", "1.xml"}, zip))};
  const auto cases = lianqiao::test::sharedData("field-cases");
  if (std::filesystem::exists(cases)) {
    for (const auto& entry : std::filesystem::directory_iterator(cases))
      if (entry.path().extension() == ".xlsx") files.push_back(entry.path());
  }
  for (const auto& file : files) {
    for (const auto& options : {known(), ReadOptions{}}) {
      Read whole = readLedger(file, options);
      if (!whole.errorDetail.empty()) whole.bodies.push_back(whole.errorDetail);
      whole.bodies.push_back(whole.passed.places);
      std::size_t pauses = 0;
      EXPECT_EQ(readInSteps(file, options, 1, pauses), whole.bodies) << file;
      EXPECT_GT(pauses, 2u) << file;
    }
  }
}

// A file of blank lines, or of one line without end, was passed over in one go.
TEST(Bounded, ATextInStepsIsTheTextInOne) {
  const TempFolder folder;
  const std::string blank(300'000, '\n');
  const std::string empty = [] {
    std::string lines;
    for (int i = 0; i < 100'000; ++i) lines += ",\n";
    return lines;
  }();
  const std::string endless(400'000, 'x');
  auto options = known();
  options.maxRow = 10'000;
  const std::vector<std::filesystem::path> files = {
      folder.write("a.csv", blank + "台账\n" + empty + "k|v\n" + blank + "1|2\n" + endless +
                                "\n3|4\n\"" + endless),
      folder.write("b.csv", blank), folder.write("c.csv", "说明\n" + empty),
      folder.write("d.jsonl", "{\"k\":1}\n" + blank + "{\"k\":\"" + endless + "\"}\n{\"k\":2}"),
      folder.write("e.json", "[{\"k\":1}," + blank + "{\"k\":\"" + endless + "\"},\n{\"k\":2}]")};
  for (const auto& file : files) {
    for (const auto& mappings : {options.shapes, std::vector<ItemShape>{}}) {
      options.shapes = mappings;
      Read whole = readLedger(file, options);
      if (!whole.errorDetail.empty()) whole.bodies.push_back(whole.errorDetail);
      whole.bodies.push_back(whole.passed.places);
      std::size_t pauses = 0;
      EXPECT_EQ(readInSteps(file, options, 1, pauses), whole.bodies) << file;
      EXPECT_GT(pauses, 2u) << file;
    }
  }
}

class BoundedPoll : public Life {
 protected:
  /// How many calls of poll() it takes until an item comes.
  int pollsUntilItem() {
    for (int polls = 1; polls < 1000; ++polls) {
      auto batch = poll();
      EXPECT_TRUE(batch.ok()) << batch.error().detail;
      if (!batch || !batch->items.empty()) return polls;
      EXPECT_TRUE(batch->more);
      cursor_ = batch->cursor;
    }
    return 0;
  }
};

// Half a megabyte of blanks occupied one poll for minutes.
// Rule: what one poll unpacks is bounded, whatever becomes of it.
TEST_F(BoundedPoll, AWorkbookOfBlanksIsReadInManyPolls) {
  constexpr std::size_t kBlanks = 36u << 20;
  ZipWriter zip;
  zip.add("xl/0.xml", sheetOf(kTable, kBlanks));
  zip.add("xl/1.xml", sheetOf("", kBlanks));
  host_.setItemShapes({{{"k"}, {{"k"}}}});
  drop_.write("a.xlsx", workbookOf({"0.xml", "1.xml"}, zip));
  ASSERT_TRUE(poll().ok());
  host_.advance(6s);
  // 36 MiB for merged cells and 36 MiB for rows or a header, of each sheet, at 32 MiB a poll.
  EXPECT_GE(pollsUntilItem(), 6);
  runAll();
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(1));
}

// Rule: the end of the gateway is not waited for by what is unpacked.
TEST(Bounded, AStopIsHeardWithinAWorkbook) {
  const TempFolder folder;
  ZipWriter zip;
  zip.add("xl/0.xml", sheetOf(kTable, 4u << 20));
  const auto file = folder.write("a.xlsx", workbookOf({"0.xml"}, zip));
  auto options = known();
  options.scratch = folder.path();
  options.pace = std::make_shared<Pace>();
  options.pace->left = ~std::uint64_t{0};
  int asked = 0;
  options.pace->stopped = [&asked] { return ++asked > 20; };
  auto reader = openLedger(file, "a.xlsx", options);
  ASSERT_TRUE(reader.ok());
  Item item;
  const auto found = (*reader)->next(item);
  ASSERT_FALSE(found.ok());
  EXPECT_TRUE(isPaused(found.error()));
  EXPECT_EQ(asked, 21);
}

}  // namespace
}  // namespace lianqiao::file_drop::test
