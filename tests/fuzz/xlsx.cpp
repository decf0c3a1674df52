#include "fuzz/ledger.h"
#include "kit/sheet/workbook_writer.h"

namespace lianqiao::fuzz {
namespace {

/// Checksums and lengths would turn away nearly every change, so the parts of a workbook are packed
/// here.
std::string packed(std::string_view input) {
  constexpr std::string_view kNames[] = {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml",
                                         "xl/styles.xml", "xl/workbook.xml",
                                         "xl/_rels/workbook.xml.rels"};
  constexpr std::string_view kWorkbook =
      R"(<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>)";
  constexpr std::string_view kRelations =
      R"(<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>)";
  constexpr std::string_view kContents =
      R"(<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>)";
  constexpr std::string_view kPackage =
      R"(<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>)";
  const auto parts = texts(input, std::size(kNames));
  kit::ZipWriter archive;
  archive.add("[Content_Types].xml", kContents, false);
  archive.add("_rels/.rels", kPackage, false);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string_view part = parts[i];
    if (part.empty() && i == 3) part = kWorkbook;
    if (part.empty() && i == 4) part = kRelations;
    if (!part.empty()) archive.add(kNames[i], part, false);
  }
  return archive.finish();
}

}  // namespace

/// A workbook as a file, or the parts of one: sheet, shared strings, styles, workbook, its
/// relations.
LIANQIAO_FUZZ_TARGET(xlsx) {
  file_drop::ReadOptions options = smallLimits();
  const auto file =
      scratchFile("fuzz.xlsx", input.starts_with("PK") ? std::string(input) : packed(input));
  demandLedger(file, options);
  options.sheet = "*";
  options.headerRow = 1;
  demandLedger(file, options);
  if (const auto opened = file_drop::openForReading(file))
    file_drop::looksWhole(*opened, file.filename().native());
}

}  // namespace lianqiao::fuzz
