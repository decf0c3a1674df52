#pragma once

#include <string>
#include <string_view>

/// Answers of the admin API about reports.
namespace lianqiao::cli {

/// A line for each report that is declared.
std::string reportsView(std::string_view json);
/// One report as a table; of a figure's list an id a line.
std::string reportView(std::string_view json);
/// CSV as it was sent: our client has taken off the mark of UTF-8, without which Excel reads GBK.
std::string withByteOrderMark(std::string_view csv);

}  // namespace lianqiao::cli
