#include "admin/report_answers.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "admin/answers.h"
#include "admin/history_answers.h"
#include "admin/json_builder.h"
#include "base/csv_text.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "record/redact.h"
#include "report/count_history.h"
#include "report/report_text.h"

namespace lianqiao::admin {
namespace {

using report::Report;

constexpr std::string_view kKinds[] = {"day", "week", "month"};

std::string_view kindName(report::PeriodKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

void writeFigures(JsonBuilder& json, const Report& report) {
  json.name("figures").array();
  for (const report::Figure& figure : report.figures)
    json.object().field("name", figure.name).field("title", figure.title).end();
  json.end();
}

void writeNumbers(JsonBuilder& json, std::string_view name,
                  const std::vector<std::uint64_t>& numbers) {
  json.name(name).array();
  for (const std::uint64_t number : numbers) json.raw(std::to_string(number));
  json.end();
}

std::string tableText(const Report& report, const report::Period& period,
                      const report::Table& table, std::uint64_t gone) {
  JsonBuilder json;
  json.object()
      .field("report", report.name)
      .field("title", report.title)
      .field("period", period.name)
      .field("begin", base::formatTime(period.begin))
      .field("end", base::formatTime(period.end))
      .name("by")
      .array();
  for (const report::Place& place : report.by) json.text(place.text);
  json.end();
  writeFigures(json, report);
  json.name("rows").array();
  for (const report::Row& row : table.rows) {
    json.object().name("groups").array();
    for (const std::string& group : row.groups) json.text(record::maskNumbers(group));
    json.end();
    writeNumbers(json, "figures", row.figures);
    json.end();
  }
  json.end();
  writeNumbers(json, "total", table.total.figures);
  json.field("gone", gone).end();
  return json.take();
}

/// `text` has a mark of UTF-8 before it.
HttpResponse csvResponse(std::string text) {
  HttpResponse response;
  response.headers.set("Content-Type", "text/csv; charset=utf-8");
  response.body = std::move(text);
  return response;
}

std::string idsCsv(const std::vector<std::string>& ids) {
  std::string out = std::string(base::kByteOrderMark) + "\"id\"\n";
  for (const std::string& id : ids) out += base::csvIdCell(id) + "\n";
  return out;
}

/// `row`: of the table, from 1; empty: of all.
HttpResponse listBehind(const Report& report, const report::Period& period,
                        const report::Counting& counting, const HttpRequest& request) {
  const std::string figure = request.parameter("figure");
  const std::string row = request.parameter("row");
  const auto found = std::find_if(report.figures.begin(), report.figures.end(),
                                  [&](const report::Figure& one) { return one.name == figure; });
  if (found == report.figures.end())
    return notFound("The report " + report.name + " has no figure " + figure + ".");
  std::optional<report::Row> only;
  if (!row.empty()) {
    const auto table = counting.table();
    if (!table) return errorOf(table.error());
    std::size_t place = 0;
    std::from_chars(row.data(), row.data() + row.size(), place);
    if (place == 0 || place > table->rows.size())
      return notFound("The table has rows 1 to " + std::to_string(table->rows.size()) + ".");
    only = table->rows[place - 1];
  }
  const auto number = static_cast<std::size_t>(found - report.figures.begin());
  const std::vector<std::string> ids = counting.list(number, only ? &only->groups : nullptr);
  if (request.parameter("format") == "csv") return csvResponse(idsCsv(ids));
  JsonBuilder json;
  json.object()
      .field("report", report.name)
      .field("period", period.name)
      .field("figure", figure)
      .name("ids")
      .array();
  for (const std::string& id : ids) json.text(id);
  json.end().end();
  return jsonResponse(200, json.take());
}

}  // namespace

HttpResponse listReports(const Backend& backend) {
  JsonBuilder json;
  json.object().name("reports").array();
  for (const Report& report : backend.operations.reports()) {
    json.object()
        .field("name", report.name)
        .field("title", report.title)
        .field("period", kindName(report.period));
    writeFigures(json, report);
    json.end();
  }
  json.end().end();
  return jsonResponse(200, json.take());
}

HttpResponse showReport(const Backend& backend, const std::string& name,
                        const HttpRequest& request) {
  const std::vector<Report> reports = backend.operations.reports();
  const auto report = std::find_if(reports.begin(), reports.end(),
                                   [&](const Report& one) { return one.name == name; });
  if (report == reports.end())
    return notFound("There is no report " + name + "; reports.yaml declares them.");
  Error why;
  history::HistoryStore* const store = historyOf(backend, why);
  if (store == nullptr) return errorOf(why);
  const WallTime now = backend.clock.wall();
  const std::string asked = request.parameter("period");
  const auto period = asked.empty() ? periodBefore(report->period, now, report->offset)
                                    : report::periodNamed(asked, report->offset);
  if (!period)
    return errorOf({codes::kMalformed, "period must be as in 2026-11-30, 2026-W48 or 2026-11."});
  std::uint64_t gone = 0;
  const auto counting = report::countHistory(*store, *report, *period, now, gone);
  if (!counting) return errorOf(counting.error());
  if (!request.parameter("figure").empty()) return listBehind(*report, *period, *counting, request);
  const auto table = counting->table();
  if (!table) return errorOf(table.error());
  if (request.parameter("format") == "csv") return csvResponse(report::csvOf(*report, *table));
  return jsonResponse(200, tableText(*report, *period, *table, gone));
}

}  // namespace lianqiao::admin
