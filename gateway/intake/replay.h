#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intake/entry.h"
#include "queue/submissions.h"
#include "review/record_store.h"

namespace lianqiao::intake {

/// What became of one exception, or (of a preview) would become.
struct ReplayItem {
  enum class Result : std::uint8_t {
    accepted,    ///< Now a record, under the exception's id.
    duplicate,   ///< Its record had come meanwhile.
    requeued,    ///< A buried delivery, owed again behind its key's others.
    failing,     ///< Still bad: stays the exception it was.
    superseded,  ///< A later record of the same thing would be overtaken: stays, unless forced.
  };
  std::string id;
  std::string peer;
  Result result = Result::failing;
  std::string code;  ///< failing: why.
  std::string message;
  std::vector<Problem> problems{};  ///< failing: all of it.
  std::string awaits{};             ///< failing: what it waits for, and that alone.
};

/// One bounded step of a replay.
struct ReplayPage {
  std::vector<ReplayItem> items;  ///< In order of their ids, oldest first.
  std::string next;               ///< Go on behind this id; empty at the end.
  std::optional<Error> stopped;   ///< Why no more was done: `items` is what was.
};

struct ReplayMode {
  bool preview = false;  ///< Only tells what would become of each.
  bool force = false;    ///< Takes up what is superseded, late or of an unknown key, too.
  std::string who = {};  ///< Wants it; empty: nobody told.
};

/// Takes exceptions up again after a person has mended the cause: a quarantined raw item runs
/// through the present mapping; a buried delivery goes behind its key's others. What a later record
/// of the same thing (same source and source id), or a later step of the same order, has overtaken
/// is refused, as superseded: the peer would fall back to the old state. Raw items that are steps
/// are judged by their time as new ones are. Between this look and the replay a later one may still
/// come and be overtaken. Keeps no state: a large replay is many pages, and can end between any
/// two. Thread-safe.
class Replay {
 public:
  /// Raw items of one page that are in memory at once; a page with more ends early.
  static constexpr std::size_t kMostBytes = 32u << 20;

  Replay(queue::Submissions& submissions, review::RecordStore& records, const EntryMaker& entries)
      : submissions_(submissions), records_(records), entries_(entries) {}

  /// One exception. Fails with intake.not_found or queue.unavailable.
  Result<ReplayItem> one(std::string_view exceptionId, ReplayMode mode = {});
  /// Those exceptions, in their order; fewer where they are large (kMostBytes): what is not among
  /// the items was not looked at. Fails with queue.unavailable when nothing was done.
  Result<ReplayPage> those(const std::vector<std::string>& exceptionIds, ReplayMode mode = {});
  /// At most `filter.limit` exceptions behind `filter.after`. What a replay quarantines anew is
  /// younger than what it took up: give filter.to, or a run over many pages may meet it. Fails with
  /// queue.unavailable when nothing was done.
  Result<ReplayPage> page(const review::ExceptionFilter& filter, ReplayMode mode = {});

 private:
  struct Pending;

  Result<ReplayPage> take(const std::vector<std::string>& ids, ReplayMode mode,
                          std::size_t& looked);
  /// Judges one; what becomes a record goes to `pending`. An Error: nothing is known of it.
  Result<ReplayItem> take(const review::ExceptionInfo& exception, ReplayMode mode,
                          std::vector<queue::Entry>& pending);
  Result<void> takeInbound(const review::ExceptionInfo& exception, ReplayMode mode,
                           ReplayItem& item, std::vector<queue::Entry>& pending);
  Result<void> takeDelivery(const review::ExceptionInfo& exception, ReplayMode mode,
                            ReplayItem& item);
  /// Stores those, and removes their exceptions.
  void submit(std::vector<queue::Entry> pending, ReplayPage& page);
  /// What the queue said of one that was submitted.
  Result<void> conclude(const ItemVerdict& verdict, ReplayItem& item);

  queue::Submissions& submissions_;
  review::RecordStore& records_;
  const EntryMaker& entries_;
};

}  // namespace lianqiao::intake
