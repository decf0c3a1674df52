#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log_line.h"
#include "history/store.h"
#include "pipeline/pipeline.h"
#include "queue/submissions.h"
#include "report/counting.h"

namespace lianqiao::runtime {

/// Counts the reports that have a set time once their period is over: each becomes a record of type
/// `report`, which goes where routes say, and then a file of CSV in `<data>/reports`. The file says
/// that it was done: where it is missing the report is made again, and the ledger knows a record
/// that says the same. One thread, of the node that writes the history.
class ScheduledReports {
 public:
  struct Services {
    /// Null where this node writes no history.
    std::function<history::HistoryStore*()> history;
    std::function<std::vector<report::Report>()> reports;
    const pipeline::Pipeline& pipeline;
    queue::Submissions& submissions;
    const base::Clock& clock;
    base::IdSource& ids;
    base::LogLine log;
    std::filesystem::path data;
  };
  /// Of each report; the oldest files go.
  static constexpr std::size_t kMostFiles = 60;

  explicit ScheduledReports(Services services) : services_(std::move(services)) {}
  ~ScheduledReports() { stop(); }
  ScheduledReports(const ScheduledReports&) = delete;
  ScheduledReports& operator=(const ScheduledReports&) = delete;

  void start();
  /// Ends after the report that is being made. Idempotent.
  void stop();
  /// Makes what is due and not there; how many were made.
  std::size_t look();

 private:
  void run(const std::stop_token& stop);
  [[nodiscard]] std::filesystem::path fileOf(const report::Report& report,
                                             const report::Period& period) const;
  Result<void> make(history::HistoryStore& store, const report::Report& report,
                    const report::Period& period);
  Result<void> submit(const report::Report& report, const report::Period& period,
                      const json::Value& data);
  Result<void> keep(const report::Report& report, const report::Period& period,
                    const std::string& csv) const;

  const Services services_;
  // Of the thread.
  std::map<std::string, std::chrono::steady_clock::time_point>
      failed_;  ///< By report: tried again later.
  expression::Workspace workspace_;
  std::jthread thread_;
};

}  // namespace lianqiao::runtime
