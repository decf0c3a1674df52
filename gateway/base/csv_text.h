#pragma once

#include <span>
#include <string>
#include <string_view>

/// CSV that a spreadsheet opens as it was meant: RFC 4180, with a mark of UTF-8 before it. Lines
/// end with a line feed alone, which the filter before a terminal leaves. Pure.
namespace lianqiao::base {

/// Without it Excel takes the file for another encoding.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// In quotation marks, without control characters. What a spreadsheet would run as a formula is
/// text behind an apostrophe.
[[nodiscard]] std::string csvCell(std::string_view text);
/// The same of an id: eighteen digits stay a text, too, of which Excel makes 1.2E+17.
[[nodiscard]] std::string csvIdCell(std::string_view id);
/// Adds a line of such cells.
void addCsvLine(std::span<const std::string> cells, std::string& out);

}  // namespace lianqiao::base
