#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "admin/operations.h"
#include "base/clock.h"
#include "base/log_line.h"
#include "base/mutex.h"
#include "base/snapshot.h"
#include "config/gateway_config.h"
#include "history/history_writer.h"
#include "history/store.h"
#include "history/store_settings.h"
#include "observe/log.h"
#include "record/schema_set.h"
#include "setup/kept_configuration.h"
#include "storage/work_queue.h"

namespace lianqiao::runtime {

/// The history of this node: its store, and who writes it. While the store cannot be opened the
/// gateway runs without: the journal waits, state() says why, and it is tried again every 30 s.
/// Thread-safe.
class KeptHistory {
 public:
  static constexpr std::chrono::seconds kTryAgain{30};

  /// The queue, `sent` (which may be null), clock and log must outlive it.
  KeptHistory(const config::GatewayConfig& config, const std::filesystem::path& data,
              storage::WorkQueue& queue, record::SentPayloads* sent, const base::Clock& clock,
              observe::Log& log, std::chrono::milliseconds tryAgain = kTryAgain);
  KeptHistory(const KeptHistory&) = delete;
  KeptHistory& operator=(const KeptHistory&) = delete;

  /// Another configuration is in force: records are read by its schemas. It is kept, once this
  /// node may write.
  void use(const config::GatewayConfig& config, const std::string& version,
           const setup::KeptConfiguration& files);

  /// This node's store keeps the history from now on, unless another node is keeping it now; all
  /// that the queue still keeps and the store does not know comes into it. state() tells how far.
  void rebuild();

  [[nodiscard]] admin::HistoryState state() const;
  /// Null while it cannot be opened.
  [[nodiscard]] history::HistoryStore* store() const;
  /// Ends after the batch under way. Idempotent.
  void stop();

 private:
  Result<history::HistoryStore*> opened();
  /// Of the nodes on one queue one may write, and that into the store which has read the journal so
  /// far: the history of another would lack all that this one has.
  Result<bool> mayWrite(record::Journal& journal, history::HistoryStore& store);
  void tell(const std::string& writer, bool split);
  Result<void> keepConfigurations(history::HistoryStore& store);

  const history::StoreSettings settings_;
  const std::string node_;  ///< As the queue names it.
  const std::chrono::milliseconds tryAgain_;
  storage::WorkQueue& queue_;
  const base::Clock& clock_;
  const base::LogLine log_;
  base::Snapshot<record::SchemaSet> schemas_;

  std::atomic<bool> takesOver_{false};

  // Of the thread that writes.
  std::string claimed_;  ///< The token of the right under which the journal is ours.
  std::chrono::steady_clock::time_point tried_{};

  mutable base::Mutex mutex_;
  std::optional<Error> failed_ LIANQIAO_GUARDED_BY(mutex_);
  WallTime since_ LIANQIAO_GUARDED_BY(mutex_){};
  std::map<std::string, std::string> unkept_ LIANQIAO_GUARDED_BY(mutex_);  ///< By version.
  std::string writerNode_ LIANQIAO_GUARDED_BY(mutex_);
  bool split_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::unique_ptr<history::HistoryStore> store_ LIANQIAO_GUARDED_BY(mutex_);

  std::unique_ptr<history::HistoryWriter> writer_;  // last: it uses the others
};

}  // namespace lianqiao::runtime
