#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "intake/entry.h"
#include "queue/work_queue.h"

namespace lianqiao::intake {

struct ReplayReport {
  std::size_t replayed = 0;  ///< Accepted now, or owed again.
  std::size_t duplicates = 0;
  std::size_t failed = 0;    ///< Still bad: stays the exception it was.
  std::vector<std::string> failures;  ///< "id: code message" of the first 20.
};

/// Takes exceptions up again after a person has mended the cause: a quarantined raw item runs through the
/// present mapping; a buried delivery goes behind its key's others. Thread-safe.
class Replay {
 public:
  Replay(queue::WorkQueue& queue, const EntryMaker& entries) : queue_(queue), entries_(entries) {}

  /// One exception. Fails with intake.not_found or queue.unavailable.
  Result<ReplayReport> one(std::string_view exceptionId);
  /// All that the filter names, in order of their time.
  Result<ReplayReport> all(const queue::ExceptionFilter& filter);

 private:
  Result<void> again(const queue::ExceptionInfo& exception, ReplayReport& report);

  queue::WorkQueue& queue_;
  const EntryMaker& entries_;
};

}  // namespace lianqiao::intake
