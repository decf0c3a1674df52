#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Workbooks for mocks and tests, held in memory: not for large ones. Tests also write those that
/// no spreadsheet program would.
namespace lianqiao::kit {

/// A ZIP container.
class ZipWriter {
 public:
  void add(std::string_view name, std::string_view content, bool deflated = true);
  /// `content` as somebody else has deflated it.
  void addDeflated(std::string_view name, std::string_view content, std::string_view packed);
  /// The whole container.
  [[nodiscard]] std::string finish() const;

 private:
  void append(std::string_view name, std::string_view content, std::string_view packed,
              bool deflated);

  std::string files_;
  std::string directory_;
  std::uint16_t count_ = 0;
};

/// A workbook of one sheet, every cell an inline string; empty texts make no cell.
std::string writeWorkbook(std::string_view sheet,
                          const std::vector<std::vector<std::string>>& rows);

/// The parts that every workbook needs, around this sheet, these shared strings and cell styles
/// (XML of the elements' content; may be empty).
std::string wrapWorkbook(std::string_view sheet, std::string_view sheetXml,
                         std::string_view stringsXml = {}, std::string_view stylesXml = {},
                         std::string_view workbookXml = {});

std::string escapeXml(std::string_view text);

}  // namespace lianqiao::kit
