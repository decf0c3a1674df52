#pragma once

#include <string>
#include <string_view>

#include "lianqiao/json.h"
#include "report/counting.h"

/// A table of counts for others. Numbers of persons in its groups are masked. Pure.
namespace lianqiao::report {

/// The type of the records that bear one (schemas/report.json).
inline constexpr std::string_view kReportType = "report";

/// For a spreadsheet, with the titles above and the total below.
[[nodiscard]] std::string csvOf(const Report& report, const Table& table);
/// For a program, as schemas/report.json has it, made in `out`. `gone`: so many records without
/// contents are not counted.
[[nodiscard]] json::Value dataOf(const Report& report, const Period& period, const Table& table,
                                 std::uint64_t gone, json::Document& out);

}  // namespace lianqiao::report
