#include "runtime/kept_history.h"

#include "history_sqlite/sqlite_store.h"

namespace lianqiao::runtime {
namespace {

/// Of the rights that nodes share by name; no peer may be called so.
constexpr std::string_view kRight = "#history";

history::StoreSettings settingsOf(const config::HistorySettings& history,
                                  const std::filesystem::path& data) {
  history::StoreSettings settings;
  settings.folder = history.folder.empty() ? data / "history" : history.folder;
  settings.kinds = {history.classes.begin(), history.classes.end()};
  settings.retention = {history.retention.begin(), history.retention.end()};
  settings.words = history.words;
  return settings;
}

}  // namespace

KeptHistory::KeptHistory(const config::GatewayConfig& config, const std::filesystem::path& data,
                         storage::WorkQueue& queue, const base::Clock& clock, observe::Log& log)
    : queue_(queue) {
  const base::LogLine line = [&log](LogLevel level, std::string_view message) {
    log.write(level, "history", {}, message);
  };
  // The pipeline has refused schemas that are wrong.
  std::vector<Problem> problems;
  schemas_.load(config.schemas, problems);
  auto opened = history::SqliteStore::open(settingsOf(config.history, data), line, clock);
  if (!opened) {
    failed_ = opened.error();
    since_ = clock.wall();
    line(LogLevel::error,
         "The history cannot be opened; what happens waits in the journal until "
         "the next start: " +
             failed_->detail);
    return;
  }
  store_ = std::move(*opened);
  writer_ = std::make_unique<history::HistoryWriter>(
      [this] { return queue_.journal(); }, *store_, schemas_, [this] { return mayWrite(); },
      history::HistoryWriter::Settings(), clock, line);
}

Result<bool> KeptHistory::mayWrite() {
  const auto token = queue_.pollRights().take(kRight);
  if (!token) return token.error();
  return token->has_value();
}

admin::HistoryState KeptHistory::state() const {
  admin::HistoryState state;
  state.kept = true;
  state.failing = failed_;
  state.since = since_;
  if (store_ == nullptr) return state;
  const history::WriterState writer = writer_->state();
  state.writing = writer.writing;
  state.behind = writer.behind;
  if (writer.failing) {
    state.failing = writer.failing;
    state.since = writer.since;
  }
  const history::StoreState store = store_->state();
  state.gaps = store.gaps.size();
  state.damaged = store.damaged;
  return state;
}

void KeptHistory::stop() {
  if (writer_ != nullptr) writer_->stop();
}

}  // namespace lianqiao::runtime
