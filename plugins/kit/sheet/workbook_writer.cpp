#include "kit/sheet/workbook_writer.h"

#include <zlib.h>

#include "kit/sheet/column_name.h"

namespace lianqiao::kit {

namespace {

constexpr std::string_view kMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr std::string_view kOffice =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
constexpr std::string_view kPackage = "http://schemas.openxmlformats.org/package/2006/";
constexpr std::string_view kXml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

void put(std::string& out, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::string deflateRaw(std::string_view content) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, static_cast<uLong>(content.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string relationship(std::string_view id, std::string_view type, std::string_view target) {
  return "<Relationship Id=\"" + std::string(id) + "\" Type=\"" + std::string(kOffice) + "/" +
         std::string(type) + "\" Target=\"" + std::string(target) + "\"/>";
}

std::string relationships(std::string_view content) {
  return std::string(kXml) + "<Relationships xmlns=\"" + std::string(kPackage) +
         "relationships\">" + std::string(content) + "</Relationships>";
}

std::string element(std::string_view name, std::string_view content) {
  return std::string(kXml) + "<" + std::string(name) + " xmlns=\"" + std::string(kMain) +
         "\" xmlns:r=\"" + std::string(kOffice) + "\">" + std::string(content) + "</" +
         std::string(name) + ">";
}

std::string contentTypes() {
  const std::string base = "application/vnd.openxmlformats-officedocument.spreadsheetml.";
  const auto part = [&base](std::string_view name, std::string_view type) {
    return "<Override PartName=\"/xl/" + std::string(name) + "\" ContentType=\"" + base +
           std::string(type) + "+xml\"/>";
  };
  return std::string(kXml) + "<Types xmlns=\"" + std::string(kPackage) + "content-types\">" +
         "<Default Extension=\"rels\" "
         "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
         "<Default Extension=\"xml\" ContentType=\"application/xml\"/>" +
         part("workbook.xml", "sheet.main") + part("worksheets/sheet1.xml", "worksheet") +
         part("styles.xml", "styles") + part("sharedStrings.xml", "sharedStrings") + "</Types>";
}

}  // namespace

void ZipWriter::add(std::string_view name, std::string_view content, bool deflated) {
  append(name, content, deflated ? deflateRaw(content) : std::string(content), deflated);
}

void ZipWriter::addDeflated(std::string_view name, std::string_view content,
                            std::string_view packed) {
  append(name, content, packed, true);
}

void ZipWriter::append(std::string_view name, std::string_view content, std::string_view packed,
                       bool deflated) {
  const auto crc = crc32(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(content.data()),
                         static_cast<uInt>(content.size()));
  std::string common;
  put(common, 20, 2);
  put(common, 0x0800, 2);  // names are UTF-8
  put(common, deflated ? 8 : 0, 2);
  put(common, 0, 2);
  put(common, 0x5021, 2);  // 2020-01-01
  put(common, crc, 4);
  put(common, packed.size(), 4);
  put(common, content.size(), 4);
  put(common, name.size(), 2);
  put(common, 0, 2);

  put(directory_, 0x02014b50, 4);
  put(directory_, 20, 2);
  directory_ += common;
  put(directory_, 0, 8);
  put(directory_, 0, 2);
  put(directory_, files_.size(), 4);
  directory_ += name;

  put(files_, 0x04034b50, 4);
  files_ += common;
  files_ += name;
  files_ += packed;
  ++count_;
}

std::string ZipWriter::finish() const {
  std::string out = files_ + directory_;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, count_, 2);
  put(out, count_, 2);
  put(out, directory_.size(), 4);
  put(out, files_.size(), 4);
  put(out, 0, 2);
  return out;
}

std::string escapeXml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string wrapWorkbook(std::string_view sheet, std::string_view sheetXml,
                         std::string_view stringsXml, std::string_view stylesXml,
                         std::string_view workbookXml) {
  ZipWriter zip;
  zip.add("[Content_Types].xml", contentTypes());
  zip.add("_rels/.rels", relationships(relationship("rId1", "officeDocument", "xl/workbook.xml")));
  zip.add("xl/workbook.xml",
          element("workbook", std::string(workbookXml) + "<sheets><sheet name=\"" +
                                  escapeXml(sheet) + "\" sheetId=\"1\" r:id=\"rId1\"/></sheets>"));
  zip.add("xl/_rels/workbook.xml.rels",
          relationships(relationship("rId1", "worksheet", "worksheets/sheet1.xml") +
                        relationship("rId2", "styles", "styles.xml") +
                        relationship("rId3", "sharedStrings", "sharedStrings.xml")));
  const std::string_view plain = "<cellXfs count=\"1\"><xf numFmtId=\"0\"/></cellXfs>";
  zip.add("xl/styles.xml", element("styleSheet", stylesXml.empty() ? plain : stylesXml));
  zip.add("xl/sharedStrings.xml", element("sst", stringsXml));
  zip.add("xl/worksheets/sheet1.xml",
          element("worksheet", "<sheetData>" + std::string(sheetXml) + "</sheetData>"));
  return zip.finish();
}

std::string writeWorkbook(std::string_view sheet,
                          const std::vector<std::vector<std::string>>& rows) {
  std::string xml;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::string number = std::to_string(row + 1);
    xml += "<row r=\"" + number + "\">";
    for (std::uint32_t column = 0; column < rows[row].size(); ++column) {
      if (rows[row][column].empty()) continue;
      xml += "<c r=\"" + columnName(column) + number +
             "\" t=\"inlineStr\"><is><t xml:space=\"preserve\">" + escapeXml(rows[row][column]) +
             "</t></is></c>";
    }
    xml += "</row>";
  }
  return wrapWorkbook(sheet, xml);
}

}  // namespace lianqiao::kit
