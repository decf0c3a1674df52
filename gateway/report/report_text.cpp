#include "report/report_text.h"

#include "base/csv_text.h"
#include "base/rfc3339.h"
#include "record/redact.h"

namespace lianqiao::report {
namespace {

constexpr std::string_view kTotal = "total / 合计";

void addRow(const Row& row, std::vector<std::string> cells, std::string& out) {
  for (const std::uint64_t figure : row.figures)
    cells.push_back(base::csvCell(std::to_string(figure)));
  base::addCsvLine(cells, out);
}

json::Value numbersOf(const std::vector<std::uint64_t>& numbers, json::Document& out) {
  std::vector<json::Value> values;
  for (const std::uint64_t number : numbers)
    values.push_back(out.number(static_cast<std::int64_t>(number)));
  return out.array(values);
}

}  // namespace

std::string csvOf(const Report& report, const Table& table) {
  std::string out(base::kByteOrderMark);
  std::vector<std::string> head;
  for (const Place& place : report.by) head.push_back(base::csvCell(place.text));
  for (const Figure& figure : report.figures) head.push_back(base::csvCell(figure.title));
  base::addCsvLine(head, out);
  for (const Row& row : table.rows) {
    std::vector<std::string> cells;
    for (const std::string& group : row.groups)
      cells.push_back(base::csvCell(record::maskNumbers(group)));
    addRow(row, std::move(cells), out);
  }
  std::vector<std::string> cells(report.by.size(), base::csvCell(""));
  if (!cells.empty()) cells.front() = base::csvCell(kTotal);
  addRow(table.total, std::move(cells), out);
  return out;
}

json::Value dataOf(const Report& report, const Period& period, const Table& table,
                   std::uint64_t gone, json::Document& out) {
  std::vector<json::Value> by, figures, rows;
  for (const Place& place : report.by) by.push_back(out.text(place.text));
  for (const Figure& figure : report.figures) {
    const std::vector<json::Member> members = {{"name", out.text(figure.name)},
                                               {"title", out.text(figure.title)}};
    figures.push_back(out.object(members));
  }
  for (const Row& row : table.rows) {
    std::vector<json::Value> groups;
    for (const std::string& group : row.groups)
      groups.push_back(out.text(record::maskNumbers(group)));
    const std::vector<json::Member> members = {{"groups", out.array(groups)},
                                               {"figures", numbersOf(row.figures, out)}};
    rows.push_back(out.object(members));
  }
  const std::vector<json::Member> members = {{"report", out.text(report.name)},
                                             {"title", out.text(report.title)},
                                             {"period", out.text(period.name)},
                                             {"begin", out.text(base::formatTime(period.begin))},
                                             {"end", out.text(base::formatTime(period.end))},
                                             {"by", out.array(by)},
                                             {"figures", out.array(figures)},
                                             {"rows", out.array(rows)},
                                             {"total", numbersOf(table.total.figures, out)},
                                             {"gone", out.number(static_cast<std::int64_t>(gone))}};
  return out.object(members);
}

}  // namespace lianqiao::report
