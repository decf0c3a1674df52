#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lianqiao/roles.h"
#include "record/record.h"

namespace lianqiao::queue {

/// A raw item that could not become a record: kept whole, visible, replayable.
struct Quarantined {
  std::string id;
  std::string peer;
  std::string sourceId;
  std::string origin;
  std::vector<Problem> problems;
  std::string code;  ///< The first problem's: the cause it is grouped under.
  /// What it waits for (FORMAT.md, "Waiting"); empty: nothing, it is an exception now.
  std::string awaits{};
  WallTime until{};      ///< It waits: not longer.
  std::size_t most = 0;  ///< It waits: where so many of its sender do not.
};

/// One raw item after the pipeline: a record to enqueue, or something to quarantine.
struct Entry {
  std::optional<record::Record> record;
  std::optional<Quarantined> quarantined;
  std::string body;      ///< The raw item's JSON.
  std::string evidence;  ///< Its original bytes, where they differ.
  bool forced = false;   ///< A person has it taken although it is late or names an unknown key.
  /// What is derived from the record, and behind each what is derived from that: taken only with
  /// the one before it that has a level less, in the same step.
  std::vector<Entry> derived{};
  int level = 0;  ///< Of what is derived: 1 to kMostLevels.

  /// Of an order that is derived: where one that is alike was made within this time before, it gets
  /// this step, and this order is not taken (derivations.yaml, `once`). At most one entry.
  std::vector<Entry> joins{};
  std::string alike{};
  std::chrono::milliseconds within{0};

  static constexpr int kMostLevels = 9;
};

struct CursorUpdate {
  std::string peer;
  std::string cursor;
  std::string right{};  ///< From PollRights: once it is another's, the cursor is not stored.
};

/// Becomes durable as a whole, in order.
struct Submission {
  std::vector<Entry> entries;
  std::optional<CursorUpdate> cursor;  ///< Stored after the last entry, atomically with it.
  /// Its sender has its ids, so they may have come before: what is there under one stays as it is,
  /// and that of a repetition leads to the first one.
  bool answered = false;
};

/// The way of records into the queue. Thread-safe.
class Submissions {
 public:
  using Submitted = std::function<void(Result<std::vector<ItemVerdict>>)>;
  virtual ~Submissions() = default;

  /// Hands over for the next group commit and returns at once. `done` is called exactly once, on
  /// the commit thread, after Redis has synced (or with the Error: nothing may then be assumed).
  /// Over the bound of what may wait in memory, fails at once with queue.full. Fails with the code
  /// of the obstacle while Redis takes no records, whatever the reason, and with queue.refused
  /// where Redis would refuse this submission again (a damaged key); its other entries may be
  /// stored.
  virtual void submit(Submission submission, Submitted done) = 0;
  /// The same for a caller that may need the submission again; it must not be changed before
  /// `done`. What fails with an obstacle may be submitted again, as `answered`: entries whose ids
  /// are known already count as accepted.
  virtual void submitShared(std::shared_ptr<const Submission> submission, Submitted done) {
    submit(Submission(*submission), std::move(done));
  }

  /// False while submit() would be refused: there is an obstacle and no spool has room. Cheap.
  [[nodiscard]] virtual bool accepts() const = 0;
  /// Why it would be; nothing while it would not.
  [[nodiscard]] virtual std::optional<Error> refusal() const = 0;
  /// Its ledger may hold fingerprints of the rule of 0.1 (record/fingerprint.h): records bear that
  /// one, too. Cheap.
  [[nodiscard]] virtual bool comparesFormer() const { return false; }
};

}  // namespace lianqiao::queue
