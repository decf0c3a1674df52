#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "admin/operations.h"
#include "base/clock.h"
#include "config/gateway_config.h"
#include "history/history_writer.h"
#include "history/store.h"
#include "observe/log.h"
#include "record/schema_set.h"
#include "storage/work_queue.h"

namespace lianqiao::runtime {

/// The history of this node: its store, and who writes it. Where the store cannot be opened the
/// gateway runs without: the journal waits, and state() says why. Thread-safe.
class KeptHistory {
 public:
  /// The queue, clock and log must outlive it.
  KeptHistory(const config::GatewayConfig& config, const std::filesystem::path& data,
              storage::WorkQueue& queue, const base::Clock& clock, observe::Log& log);
  KeptHistory(const KeptHistory&) = delete;
  KeptHistory& operator=(const KeptHistory&) = delete;

  [[nodiscard]] admin::HistoryState state() const;
  /// Null where there is none.
  [[nodiscard]] history::HistoryStore* store() const { return store_.get(); }
  /// Ends after the batch under way. Idempotent.
  void stop();

 private:
  [[nodiscard]] Result<bool> mayWrite();

  storage::WorkQueue& queue_;
  record::SchemaSet schemas_;
  std::optional<Error> failed_;
  WallTime since_{};
  std::unique_ptr<history::HistoryStore> store_;
  std::unique_ptr<history::HistoryWriter> writer_;  // before the store goes
};

}  // namespace lianqiao::runtime
