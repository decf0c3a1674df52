#include "cli/report_view.h"

#include <vector>

#include "base/csv_text.h"
#include "base/text_view.h"
#include "lianqiao/json.h"

namespace lianqiao::cli {
namespace {

constexpr std::string_view kUnread = "The gateway's answer cannot be read.\n";
constexpr std::size_t kGroupColumns = 20;
constexpr std::size_t kFigureColumns = 12;

std::span<const json::Value> elementsOf(const json::Value& owner, std::string_view name) {
  const json::Value* list = owner.find(name);
  return list == nullptr ? std::span<const json::Value>() : list->elements();
}

using Cells = std::vector<std::string_view>;

/// Heads, a line for each row, the total; `total` stands in its first group.
std::vector<Cells> rowsOf(const json::Value& report, std::string_view total) {
  std::vector<Cells> lines;
  Cells head;
  for (const json::Value& by : elementsOf(report, "by")) head.push_back(by.text());
  const std::size_t groups = head.size();
  for (const json::Value& figure : elementsOf(report, "figures"))
    head.push_back(base::textOf(&figure, "title"));
  lines.push_back(std::move(head));
  for (const json::Value& row : elementsOf(report, "rows")) {
    Cells line;
    for (const json::Value& group : elementsOf(row, "groups")) line.push_back(group.text());
    for (const json::Value& number : elementsOf(row, "figures")) line.push_back(number.text());
    lines.push_back(std::move(line));
  }
  Cells last(groups);
  if (groups > 0) last.front() = total;
  for (const json::Value& number : elementsOf(report, "total")) last.push_back(number.text());
  lines.push_back(std::move(last));
  return lines;
}

}  // namespace

std::string reportsView(std::string_view json) {
  const base::ShownJson shown(json);
  if (!shown) return std::string(kUnread);
  std::string out;
  for (const json::Value& report : elementsOf(shown.root(), "reports")) {
    base::pad(out, base::textOf(&report, "name"), kGroupColumns);
    base::pad(out, base::textOf(&report, "period"), 6);
    out += std::string(base::textOf(&report, "title")) + '\n';
  }
  return out.empty() ? "No report is declared; reports.yaml declares them.\n" : out;
}

std::string reportView(std::string_view json) {
  const base::ShownJson shown(json);
  if (!shown) return std::string(kUnread);
  const json::Value& report = shown.root();
  std::string out;
  if (report.find("ids") != nullptr) {
    for (const json::Value& id : elementsOf(report, "ids")) out += std::string(id.text()) + '\n';
    return out;
  }
  out = std::string(base::textOf(&report, "title")) + "  " +
        std::string(base::textOf(&report, "period")) + '\n';
  const std::size_t groups = elementsOf(report, "by").size();
  for (const Cells& line : rowsOf(report, "TOTAL")) {
    for (std::size_t i = 0; i < line.size(); ++i)
      base::pad(out, line[i], i < groups ? kGroupColumns : kFigureColumns);
    while (out.back() == ' ') out.pop_back();
    out += '\n';
  }
  if (const std::int64_t gone = base::numberOf(&report, "gone"); gone > 0)
    out += std::to_string(gone) + " records without contents are not counted.\n";
  return out;
}

std::string withByteOrderMark(std::string_view csv) {
  return std::string(base::kByteOrderMark) += csv;
}

}  // namespace lianqiao::cli
