#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "history/store.h"
#include "history/store_settings.h"
#include "history_postgres/layout.h"

namespace lianqiao::history {

/// What a batch does to a record.
struct RecordChange {
  Partition partition;
  std::string type;
  std::int64_t flags = 0;
  bool isKnown = false;       ///< It has a row.
  bool isWhole = false;       ///< All columns are new: of one that has none, or had no content.
  bool isUpdated = false;     ///< Another content takes the place of its former.
  bool isChanged = false;     ///< Its row is.
  std::string configuration;  ///< Empty: as it was.
  const BatchRecord* content = nullptr;  ///< To be written.
};

struct DeliveryChange {
  DeliveryState state = DeliveryState::owed;
  WallTime at{};
  int attempts = 0;
  std::string code;
  std::string receipt;
  std::optional<PackedId> exception;
  std::string configuration;
  std::string digest;
  const std::string* sent = nullptr;  ///< What was delivered, where it is known.
};

/// Of a delivery that has not been tried in this batch.
struct SettledChange {
  DeliveryState state = DeliveryState::owed;
  WallTime at{};
};

struct AttemptChange {
  const record::Attempt* attempt = nullptr;
  std::string_view configuration;
};

struct RepetitionChange {
  std::int64_t times = 0;
  WallTime first{};
  WallTime last{};
};

struct ExceptionChange {
  bool isKnown = false;    ///< It has a row.
  bool isChanged = false;  ///< Its row is, or is new.
  std::string peer;
  std::string code;
  std::optional<PackedId> record;
  WallTime at{};
  const record::StoredException* content = nullptr;
  std::int64_t seenAgain = 0;
  WallTime last{};
  WallTime ended{};
  std::string how;
  std::string note;
};

/// What the entries of a batch come to, so that it is written in a few statements. It looks up how
/// what they name stands, then it applies them in memory. The batch must outlive it. Not
/// thread-safe.
class BatchChanges {
 public:
  using OfPeer = std::pair<PackedId, std::string>;  ///< A record and a peer.
  /// Record, time, peer, number.
  using Failed = std::tuple<PackedId, WallTime, std::string, int>;
  /// Day, part, peer, type, what.
  using Day = std::tuple<std::int64_t, Partition, std::string, std::string, Counted>;

  /// Entries up to `after` change nothing; without it all do.
  BatchChanges(const StoreSettings& settings, const Batch& batch,
               std::optional<record::JournalPosition> after);

  /// In two statements. False on failure, of which the connection tells.
  bool lookUp(postgres::Connection& connection, const Partitions& partitions);
  void apply();

  [[nodiscard]] std::set<Partition> partitions() const;
  [[nodiscard]] Partition partitionOf(const PackedId& id, std::string_view type = {}) const;
  [[nodiscard]] const RecordChange& record(const PackedId& id) const { return records_.at(id); }

  [[nodiscard]] const auto& records() const { return records_; }
  [[nodiscard]] const auto& deliveries() const { return deliveries_; }
  [[nodiscard]] const auto& settled() const { return settled_; }
  [[nodiscard]] const auto& attempts() const { return attempts_; }
  [[nodiscard]] const auto& repetitions() const { return repetitions_; }
  [[nodiscard]] const auto& exceptions() const { return exceptions_; }
  [[nodiscard]] const auto& days() const { return days_; }

 private:
  /// An id as the entry has it, too: contents are found by that.
  struct Named {
    const std::string& text;
    PackedId id;
  };

  [[nodiscard]] std::set<PackedId> exceptionIds() const;
  [[nodiscard]] std::set<PackedId> recordIds() const;
  bool lookUpExceptions(postgres::Connection& connection, const Partitions& partitions);
  bool lookUpRecords(postgres::Connection& connection, const Partitions& partitions);
  void apply(const record::JournalEntry& entry);
  RecordChange& accept(const Named& named, const BatchRecord* content, bool counted);
  /// Where a record is, which is made where it is nowhere.
  RecordChange& recordOf(const Named& named);
  void update(const Named& named);
  void repeat(const record::Repetition& repetition);
  void attempt(const record::Attempt& attempt);
  void quarantine(const Named& named);
  void seeAgain(const Named& named);
  void end(const record::ExceptionEnd& end);
  void settle(const PackedId& record, const std::string& peer, DeliveryState state);
  void count(const Partition& partition, std::string_view peer, std::string_view type,
             Counted what);
  [[nodiscard]] const BatchRecord* contentOf(std::string_view id) const;

  const StoreSettings& settings_;
  std::vector<const record::JournalEntry*> entries_;
  std::unordered_map<std::string_view, const BatchRecord*> contents_;
  std::unordered_map<std::string_view, const record::StoredException*> quarantined_;
  std::map<std::pair<std::string_view, std::string_view>, const std::string*>
      sent_;                                     ///< Record and peer: payload.
  const record::JournalEntry* entry_ = nullptr;  ///< That is being applied.

  std::map<PackedId, RecordChange> records_;
  std::map<OfPeer, DeliveryChange> deliveries_;
  std::map<OfPeer, SettledChange> settled_;
  std::map<Failed, AttemptChange> attempts_;
  std::map<OfPeer, RepetitionChange> repetitions_;
  std::map<PackedId, ExceptionChange> exceptions_;
  std::map<Day, std::int64_t> days_;
};

}  // namespace lianqiao::history
