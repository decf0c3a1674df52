#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/mutex.h"
#include "history/particulars.h"
#include "history/store.h"
#include "record/journal.h"
#include "record/sent_payloads.h"

namespace lianqiao::history {

/// How the history stands to the journal, for people.
struct WriterState {
  bool writing = false;      ///< This node has the right to.
  bool refilling = false;    ///< Gaps are made up from what the queue still keeps.
  std::uint64_t behind = 0;  ///< Entries of the journal that are not in the history yet.
  std::optional<Error> failing;
  WallTime since{};  ///< It fails.
};

/// Writes the journal into the history, on a thread of its own. Nothing on the way of a record
/// waits for it: it reads behind the way, and takes a quarter of a core at most. The position in
/// the journal stands in the store, with the rows: what dies, each thing stands there once. Where
/// the store fails the journal waits in its bound; where that has thrown entries away, a gap is
/// noted and told.
class HistoryWriter {
 public:
  struct Settings {
    std::size_t batch = 256;                ///< Entries of the journal, at most.
    std::size_t bytes = 1u << 20;           ///< Contents of a batch, about.
    std::chrono::milliseconds idle{300};    ///< Between two looks where there is nothing.
    std::chrono::milliseconds pause{5000};  ///< After a failure.
    std::chrono::hours retire{1};           ///< Between two looks for what is past its retention.
  };
  /// What it asks before each batch, on its thread. What they give outlives it.
  struct Services {
    /// Null while there is none yet.
    std::function<record::Journal*()> journal;
    /// Always the same one, once it could be opened.
    std::function<Result<HistoryStore*>()> store;
    /// Those that are in force.
    std::function<std::shared_ptr<const record::SchemaSet>()> schemas;
    /// Whether this node may write; of those that share a journal one may.
    std::function<Result<bool>(record::Journal&, HistoryStore&)> right;
    /// Of this node; null where what was sent is not kept.
    record::SentPayloads* sent = nullptr;
  };

  HistoryWriter(Services services, Settings settings, const base::Clock& clock, base::LogLine log);
  ~HistoryWriter();
  HistoryWriter(const HistoryWriter&) = delete;
  HistoryWriter& operator=(const HistoryWriter&) = delete;

  /// Ends after the batch under way. Idempotent.
  void stop();
  /// Looks through all records that the queue keeps, for those that the store does not know. By
  /// itself where there is a gap. Thread-safe.
  void refill();
  /// Thread-safe.
  [[nodiscard]] WriterState state() const;

 private:
  void run(const std::stop_token& stop);
  /// One batch; how long to wait before the next.
  std::chrono::milliseconds once();
  struct Written {
    std::size_t entries = 0;
    bool more = false;  ///< Entries stand behind them.
  };
  /// Of it and its store, where this node may write.
  Result<std::optional<Written>> writeIfMay(record::Journal& journal);
  Result<Written> write(record::Journal& journal, HistoryStore& store);
  Result<void> noteUnnoted(HistoryStore& store, std::uint64_t now, record::JournalPosition at);
  Result<void> noteLoss(record::Journal& journal, HistoryStore& store,
                        record::JournalPosition after);
  /// `more`: entries stand behind the batch.
  Result<Batch> read(record::Journal& journal, HistoryStore& store, record::JournalPosition after,
                     bool& more);
  Result<std::size_t> addContents(record::Journal& journal, HistoryStore& store,
                                  const record::JournalEntry& entry, std::set<std::string>& asked,
                                  Batch& batch);
  void addSent(Batch& batch);
  ParticularsReader& particulars();
  void retireSometimes(HistoryStore& store);
  /// A page of it, where one is wanted and the journal is read to its end.
  Result<void> refillSome(record::Journal& journal, HistoryStore& store);
  Result<std::optional<std::size_t>> refillPage(record::Journal& journal, HistoryStore& store,
                                                const std::vector<std::string>& ids);
  std::chrono::milliseconds failed(const Error& error);

  const Services services_;
  const Settings settings_;
  const base::Clock& clock_;
  const base::LogLine log_;

  // Of the thread alone.
  std::shared_ptr<const record::SchemaSet> schemas_;
  std::optional<ParticularsReader> particulars_;   ///< By schemas_.
  std::optional<record::JournalPosition> told_;    ///< The position at which a loss was noted last.
  std::chrono::steady_clock::time_point retired_;  ///< Not at a start: the clock may be set wrong.
  std::optional<std::uint64_t> unnoted_;           ///< At the last look.
  bool looked_ = false;                            ///< For gaps of before the start.
  std::string cursor_;                             ///< Of the refill; empty at its begin.
  std::uint64_t refilled_ = 0;

  mutable base::Mutex mutex_;
  WriterState state_ LIANQIAO_GUARDED_BY(mutex_);
  bool restarts_ LIANQIAO_GUARDED_BY(mutex_) = false;  ///< The refill, from its begin.

  std::jthread thread_;  // last: it uses the others
};

}  // namespace lianqiao::history
