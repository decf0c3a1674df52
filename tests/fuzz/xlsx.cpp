#include <zlib.h>

#include "fuzz/ledger.h"

namespace lianqiao::fuzz {
namespace {

void add16(std::string& out, std::uint64_t value) {
  out += static_cast<char>(value & 0xFF);
  out += static_cast<char>(value >> 8 & 0xFF);
}
void add32(std::string& out, std::uint64_t value) {
  add16(out, value);
  add16(out, value >> 16);
}

/// A ZIP archive whose members are stored as they are.
class StoredArchive {
 public:
  void add(std::string_view name, std::string_view bytes) {
    const std::size_t at = out_.size();
    std::string fields;
    for (const unsigned word : {20u, 0x800u, 0u, 0u, 0x21u}) add16(fields, word);
    add32(fields, ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()),
                          static_cast<uInt>(bytes.size())));
    add32(fields, bytes.size());
    add32(fields, bytes.size());
    add16(fields, name.size());
    add16(fields, 0);
    out_.append("PK\3\4", 4).append(fields).append(name).append(bytes);
    directory_.append("PK\1\2\24\0", 6).append(fields).append(10, '\0');
    add32(directory_, at);
    directory_ += name;
    ++members_;
  }
  std::string take() {
    std::string end("PK\5\6\0\0\0\0", 8);
    add16(end, members_);
    add16(end, members_);
    add32(end, directory_.size());
    add32(end, out_.size());
    add16(end, 0);
    return out_ + directory_ + end;
  }

 private:
  std::string out_;
  std::string directory_;
  std::size_t members_ = 0;
};

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
  StoredArchive archive;
  archive.add("[Content_Types].xml", kContents);
  archive.add("_rels/.rels", kPackage);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string_view part = parts[i];
    if (part.empty() && i == 3) part = kWorkbook;
    if (part.empty() && i == 4) part = kRelations;
    if (!part.empty()) archive.add(kNames[i], part);
  }
  return archive.take();
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
