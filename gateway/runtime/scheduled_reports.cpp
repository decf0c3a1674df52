#include "runtime/scheduled_reports.h"

#include <algorithm>
#include <cerrno>
#include <future>
#include <set>
#include <system_error>

#include "base/named_thread.h"
#include "base/replace_file.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "report/count_history.h"
#include "report/report_text.h"

namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLookForReports{5s};
constexpr auto kTryReportAgain = 5min;
/// In whose name the gateway's own records go.
constexpr std::string_view kItself = "lianqiao";

Error filesystemError(const std::filesystem::path& file) {
  return {codes::kInternal,
          file.string() + " cannot be written: " + std::generic_category().message(errno)};
}

}  // namespace

void ScheduledReports::start() {
  thread_ = base::startThread("reports", [this](const std::stop_token& stop) { run(stop); });
}

void ScheduledReports::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void ScheduledReports::run(const std::stop_token& stop) {
  while (!base::awaitStop(stop, kLookForReports)) look();
}

std::size_t ScheduledReports::look() {
  history::HistoryStore* const store = services_.history();
  if (store == nullptr) return 0;
  const WallTime now = services_.clock.wall();
  std::size_t made = 0;
  for (const report::Report& report : services_.reports()) {
    if (!report.at) continue;
    const report::Period period = report::periodBefore(report.period, now, report.offset);
    if (now < period.end + *report.at || std::filesystem::exists(fileOf(report, period))) continue;
    const auto failed = failed_.find(report.name);
    if (failed != failed_.end() && services_.clock.steady() - failed->second < kTryReportAgain)
      continue;
    if (const auto done = make(*store, report, period); !done) {
      failed_[report.name] = services_.clock.steady();
      services_.log(LogLevel::error,
                    "The report " + report.name + " of " + period.name +
                        " was not made, and is tried again in 5 minutes: " + done.error().detail);
      continue;
    }
    failed_.erase(report.name);
    ++made;
  }
  return made;
}

std::filesystem::path ScheduledReports::fileOf(const report::Report& report,
                                               const report::Period& period) const {
  return services_.data / "reports" / (report.name + "-" + period.name + ".csv");
}

Result<void> ScheduledReports::make(history::HistoryStore& store, const report::Report& report,
                                    const report::Period& period) {
  std::uint64_t gone = 0;
  const auto counting = report::countHistory(store, report, period, services_.clock.wall(), gone);
  if (!counting) return counting.error();
  const auto table = counting->table();
  if (!table) return table.error();
  json::Document data;
  auto submitted = submit(report, period, report::dataOf(report, period, *table, gone, data));
  if (!submitted) return submitted;
  return keep(report, period, report::csvOf(report, *table));
}

Result<void> ScheduledReports::submit(const report::Report& report, const report::Period& period,
                                      const json::Value& data) {
  record::Record record;
  record.id = services_.ids.next();
  record.peer = kItself;
  record.type = report::kReportType;
  record.sourceId = report.name + "/" + period.name;
  record.key = std::string(kItself) + ":report/" + record.sourceId;
  record.received = services_.clock.wall();
  pipeline::Processed made =
      services_.pipeline.own(std::move(record), data, base::formatTime(period.end), workspace_);
  if (!made.problems.empty())
    return Error{made.problems.front().code,
                 made.problems.front().path + " " + made.problems.front().message};
  queue::Submission submission;
  json::write(data, submission.entries.emplace_back().body);
  submission.entries.front().record = std::move(made.record);
  std::promise<Result<std::vector<ItemVerdict>>> stored;
  auto verdicts = stored.get_future();
  services_.submissions.submit(
      std::move(submission),
      [&stored](Result<std::vector<ItemVerdict>> answer) { stored.set_value(std::move(answer)); });
  const auto answer = verdicts.get();
  if (!answer) return answer.error();
  const ItemVerdict& verdict = answer->front();
  if (verdict.status != ItemVerdict::Status::quarantined) return {};
  return Error{verdict.problems.front().code, verdict.problems.front().message};
}

Result<void> ScheduledReports::keep(const report::Report& report, const report::Period& period,
                                    const std::string& csv) const {
  const std::filesystem::path file = fileOf(report, period), folder = file.parent_path();
  std::error_code failed;
  if (std::filesystem::create_directories(folder, failed))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  if (!base::replaceFile(file, csv)) return filesystemError(file);
  // Periods of one report sort by time.
  std::set<std::filesystem::path> files;
  const std::string begin = report.name + "-";
  for (const auto& one : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = one.path().filename().string();
    const std::size_t length = begin.size() + period.name.size() + 4;
    if (name.starts_with(begin) && name.size() == length && name.ends_with(".csv"))
      files.insert(one.path());
  }
  for (auto old = files.begin(); files.size() > kMostFiles; old = files.erase(old))
    std::filesystem::remove(*old, failed);
  return {};
}

}  // namespace lianqiao::runtime
