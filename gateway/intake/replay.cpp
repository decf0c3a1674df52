#include "intake/replay.h"

#include <future>

#include "lianqiao/codes.h"

namespace lianqiao::intake {

namespace {

void fail(const std::string& id, const std::vector<Problem>& problems, ReplayReport& report) {
  ++report.failed;
  if (report.failures.size() >= 20) return;
  const Problem problem = problems.empty() ? Problem{} : problems.front();
  report.failures.push_back(id + ": " + problem.code + " " + problem.message);
}

}  // namespace

Result<ReplayReport> Replay::one(std::string_view exceptionId) {
  auto exception = queue_.exception(exceptionId);
  if (!exception) return exception.error();
  if (!exception->has_value()) {
    return Error{std::string(codes::kNotFound), "There is no exception " + std::string(exceptionId) + "."};
  }
  ReplayReport report;
  if (auto done = again(**exception, report); !done) return done.error();
  return report;
}

Result<ReplayReport> Replay::all(const queue::ExceptionFilter& filter) {
  ReplayReport report;
  queue::ExceptionFilter page = filter;
  // The ids are taken first: what fails again makes new exceptions, which must not be met in this run.
  std::vector<std::string> ids;
  for (;;) {
    auto found = queue_.exceptions(page);
    if (!found) return found.error();
    for (const queue::ExceptionInfo& info : *found) ids.push_back(info.id);
    if (found->size() < page.limit || found->empty()) break;
    page.after = found->back().id;
  }
  for (const std::string& id : ids) {
    auto exception = queue_.exception(id);
    if (!exception) return exception.error();
    if (!exception->has_value()) continue;
    if (auto done = again(**exception, report); !done) return done.error();
  }
  return report;
}

Result<void> Replay::again(const queue::ExceptionInfo& exception, ReplayReport& report) {
  if (!exception.inbound) {
    auto requeued = queue_.requeue(exception.id);
    if (!requeued) return requeued.error();
    if (*requeued) ++report.replayed;
    return {};
  }
  // What the adapter could not read is not all there: cells of a shifted row would become a good record.
  if (exception.code.compare(0, 7, "decode.") == 0) {
    fail(exception.id,
         {{exception.code, "", "The item was not read as a whole and cannot be replayed; mend it at its source and send it again."}},
         report);
    return {};
  }
  pipeline::Workspace workspace;
  RawItem item;
  item.body = exception.body;
  item.evidence = exception.evidence;
  item.origin = exception.origin;
  item.sourceId = exception.sourceId;
  queue::Entry entry = entries_.make(exception.peer, std::move(item), workspace);
  if (entry.quarantined) {
    // Still bad: the first exception stays, with its evidence and age.
    fail(exception.id, entry.quarantined->problems, report);
    return {};
  }
  queue::Submission submission;
  submission.entries.push_back(std::move(entry));
  std::promise<Result<std::vector<ItemVerdict>>> stored;
  auto settled = stored.get_future();
  queue_.submit(std::move(submission), [&stored](Result<std::vector<ItemVerdict>> verdicts) {
    stored.set_value(std::move(verdicts));
  });
  auto verdicts = settled.get();
  if (!verdicts) return verdicts.error();
  const ItemVerdict& verdict = verdicts->front();
  const bool conflicts = verdict.status == ItemVerdict::Status::quarantined;
  if (conflicts) fail(exception.id, verdict.problems, report);
  if (verdict.status == ItemVerdict::Status::accepted) ++report.replayed;
  if (verdict.status == ItemVerdict::Status::duplicate) ++report.duplicates;
  // What the queue found bad has become an exception anew: the first one is to stay.
  auto dropped = queue_.dropException(conflicts ? verdict.id : exception.id);
  if (!dropped) return dropped.error();
  return {};
}

}  // namespace lianqiao::intake
