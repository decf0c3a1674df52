#pragma once

#include <string>
#include <string_view>

/// Answers of the admin API about reports, for a terminal and for a spreadsheet.
namespace lianqiao::cli {

/// A line for each report that is declared.
std::string reportsView(std::string_view json);
/// One report as a table; of a figure's list an id a line.
std::string reportView(std::string_view json);
/// The same as CSV (RFC 4180) in UTF-8 with a byte order mark, without which Excel reads it as GBK.
/// A text that a spreadsheet would take for a formula gets an apostrophe before it.
std::string reportCsv(std::string_view json);

}  // namespace lianqiao::cli
