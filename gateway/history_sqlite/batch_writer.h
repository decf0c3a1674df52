#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "history/store.h"
#include "history/store_settings.h"
#include "history_sqlite/catalogue.h"
#include "history_sqlite/month_writer.h"

namespace lianqiao::history {

/// Brings the entries of batches to the files that they belong to. For one thread at a time.
class BatchWriter {
 public:
  /// `key` must outlive it.
  BatchWriter(const StoreSettings& settings, NodeKey& key);

  /// Commits every file that the batch concerns. False on failure: nothing of the files that are
  /// not committed yet is changed, those that are skip their entries the next time.
  bool write(const Batch& batch, record::JournalPosition after);
  /// The same of records that no file knows: their entries have no position, and concern each.
  bool refill(const Batch& batch);
  /// Of the last write(), the parts and their days; also of entries that were skipped.
  [[nodiscard]] std::vector<PartEntry> touched() const;
  /// Whether it has a record of this id; nothing on failure.
  std::optional<bool> knows(std::string_view text);
  /// After a failure.
  [[nodiscard]] const PartName& failedPart() const { return failedPart_; }
  [[nodiscard]] const Failure& failure() const { return failure_; }

  /// Closes its file, which may then be moved or deleted.
  void close(const PartName& part);
  /// Which files there are may have changed.
  void forget();

 private:
  struct Open {
    std::unique_ptr<MonthWriter> writer;
    std::uint64_t used = 0;  ///< Number of the batch that used it last.
  };
  struct Home {
    const PartName* part = nullptr;
    RecordPlace place;
    std::uint64_t written = 0;  ///< Number of the batch that has written its content.
  };
  /// An id as the entry has it, too: contents are found by that.
  struct Named {
    const std::string& text;
    PackedId id;
  };
  struct HashOfId {
    std::size_t operator()(const PackedId& id) const { return id.low ^ (id.high * 31); }
  };

  MonthWriter* writerOf(const PartName& part);
  bool isThere(const PartName& part);
  const PartName& partOf(const PackedId& id, std::string_view type);
  const PartName& partOf(const PackedId& id) { return partOf(id, {}); }
  bool fail(const PartName& part, const Failure& failure);

  bool writeAll(const Batch& batch, const record::JournalPosition* after);
  bool apply(const record::JournalEntry& entry);
  bool accept(const Named& named, bool counted);
  bool note(const PackedId& id, bool counted);
  bool update(const Named& named);
  bool repeat(const record::Repetition& repetition);
  bool attempt(const record::Attempt& attempt);
  bool bury(const PackedId& record, const record::Attempt& attempt);
  bool quarantine(const Named& named, bool again);
  bool end(const record::ExceptionEnd& end);
  /// Where a record is, which is made where it is nowhere. Null on failure.
  Home* homeOf(const Named& named);
  Home* lookFor(const PackedId& id);
  /// The file's transaction, where the entry still concerns it; null where it does not, or on
  /// failure: then failed() tells.
  MonthWriter* due(const PartName& part);
  [[nodiscard]] bool failed() const { return failure_.fault != sqlite::Fault::none; }
  bool commit();
  void closeIdle();

  const StoreSettings& settings_;
  NodeKey& key_;
  std::map<PartName, Open> open_;
  std::map<PartName, bool> there_;
  std::set<std::string> kinds_;
  std::set<PartName> names_;  ///< So that a home needs no name of its own.
  std::unordered_map<PackedId, Home, HashOfId> homes_;
  std::uint64_t batch_ = 0;

  // Of the batch that is being written.
  std::unordered_map<std::string_view, const BatchRecord*> records_;
  std::unordered_map<std::string_view, const record::StoredException*> exceptions_;
  std::map<PartName, DayRange> touched_;
  const record::JournalEntry* entry_ = nullptr;
  bool refills_ = false;
  Step step_;
  Failure failure_;
  PartName failedPart_;
};

}  // namespace lianqiao::history
