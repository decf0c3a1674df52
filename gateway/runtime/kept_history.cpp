#include "runtime/kept_history.h"

#include "history_postgres/postgres_store.h"
#include "history_sqlite/sqlite_store.h"
#include "queue/lease_token.h"

namespace lianqiao::runtime {
namespace {

/// Of the rights that nodes share by name; no peer may be called so.
constexpr std::string_view kRight = "#history";

constexpr std::size_t kMostUnkept = 8;

history::StoreSettings settingsOf(const config::HistorySettings& history,
                                  const std::filesystem::path& data) {
  history::StoreSettings settings;
  settings.folder = history.folder.empty() ? data / "history" : history.folder;
  settings.kinds = {history.classes.begin(), history.classes.end()};
  settings.retention = {history.retention.begin(), history.retention.end()};
  settings.words = history.words;
  settings.url = history.url;
  settings.password = history.password.reveal();
  settings.schema = history.schema;
  settings.key = history.key;
  settings.sent = history.sent;
  return settings;
}

/// Null where any is wrong: the pipeline refuses those.
std::shared_ptr<const record::SchemaSet> schemasOf(const config::GatewayConfig& config) {
  auto schemas = std::make_shared<record::SchemaSet>();
  std::vector<Problem> problems;
  schemas->load(config.schemas, problems);
  return problems.empty() ? schemas : nullptr;
}

std::shared_ptr<const record::SchemaSet> orNone(std::shared_ptr<const record::SchemaSet> schemas) {
  return schemas ? schemas : std::make_shared<const record::SchemaSet>();
}

}  // namespace

KeptHistory::KeptHistory(const config::GatewayConfig& config, const std::filesystem::path& data,
                         storage::WorkQueue& queue, record::SentPayloads* sent,
                         const base::Clock& clock, observe::Log& log,
                         std::chrono::milliseconds tryAgain)
    : settings_(settingsOf(config.history, data)),
      node_(queue::nodeName(config.node)),
      tryAgain_(tryAgain),
      queue_(queue),
      clock_(clock),
      log_([&log](LogLevel level, std::string_view message) {
        log.write(level, "history", {}, message);
      }),
      schemas_(orNone(schemasOf(config))) {
  // Its failure is told by the thread that tries again.
  static_cast<void>(opened());
  writer_ = std::make_unique<history::HistoryWriter>(
      history::HistoryWriter::Services{
          [this] { return queue_.journal(); }, [this] { return opened(); },
          [this] { return schemas_.get(); },
          [this](auto& journal, auto& store) { return mayWrite(journal, store); }, sent},
      history::HistoryWriter::Settings(), clock, log_);
}

void KeptHistory::use(const config::GatewayConfig& config, const std::string& version,
                      const setup::KeptConfiguration& files) {
  if (auto schemas = schemasOf(config)) schemas_.set(std::move(schemas));
  std::string text = files.text();
  const base::Lock lock(mutex_);
  // More than a few are waiting where the history is away for long: the last are in force.
  if (unkept_.size() >= kMostUnkept) unkept_.clear();
  unkept_[version] = std::move(text);
}

Result<void> KeptHistory::keepConfigurations(history::HistoryStore& store) {
  std::map<std::string, std::string> unkept;
  {
    const base::Lock lock(mutex_);
    unkept = unkept_;
  }
  for (const auto& [version, text] : unkept) {
    if (Result<void> kept = store.keepConfiguration(version, text); !kept.ok()) return kept;
    const base::Lock lock(mutex_);
    unkept_.erase(version);
  }
  return {};
}

Result<history::HistoryStore*> KeptHistory::opened() {
  {
    const base::Lock lock(mutex_);
    if (store_ != nullptr) return store_.get();
    if (failed_ && clock_.steady() - tried_ < tryAgain_) return *failed_;
  }
  const auto open =
      settings_.url.empty() ? &history::SqliteStore::open : &history::PostgresStore::open;
  auto opened = open(settings_, log_, clock_);
  tried_ = clock_.steady();
  const base::Lock lock(mutex_);
  if (!opened) {
    if (!failed_) since_ = clock_.wall();
    failed_ = opened.error();
    return *failed_;
  }
  failed_.reset();
  store_ = std::move(*opened);
  return store_.get();
}

Result<bool> KeptHistory::mayWrite(record::Journal& journal, history::HistoryStore& store) {
  const record::JournalReader mine{store.identity(), node_};
  record::JournalReader reader = mine;
  if (claimed_.empty()) {
    auto told = journal.claim(mine, false);
    if (!told) return told.error();
    reader = std::move(*told);
    const bool split = reader.store != mine.store && reader.node != mine.node;
    tell(reader.node, split);
    if (split && !takesOver_) return false;
  }
  const auto token = queue_.pollRights().take(kRight);
  if (!token) return token.error();
  if (!*token || (!claimed_.empty() && **token != claimed_)) {
    claimed_.clear();
    return false;
  }
  if (!claimed_.empty()) {
    if (Result<void> kept = keepConfigurations(store); !kept.ok()) return kept.error();
    return true;
  }
  if (reader.store != mine.store) {
    log_(LogLevel::warning,
         "The history begins anew: what happened before went into another store, of node " +
             reader.node + " (" + reader.store + "), and is in that one alone.");
    const record::JournalPosition at = store.position();
    if (Result<void> noted = store.noteGap({at, at, clock_.wall(), {}}); !noted.ok())
      return noted.error();
  }
  if (reader != mine)
    if (auto told = journal.claim(mine, true); !told) return told.error();
  tell(node_, false);
  takesOver_ = false;
  claimed_ = **token;
  if (Result<void> kept = keepConfigurations(store); !kept.ok()) return kept.error();
  return true;
}

void KeptHistory::tell(const std::string& writer, bool split) {
  const base::Lock lock(mutex_);
  if (split && !split_)
    log_(
        LogLevel::warning,
        "Node " + writer +
            " keeps the history of this queue. This node writes none: what that one has read would "
            "be missing in it. Ask that node.");
  writerNode_ = writer;
  split_ = split;
}

void KeptHistory::rebuild() {
  takesOver_ = true;
  writer_->refill();
}

history::HistoryStore* KeptHistory::store() const {
  const base::Lock lock(mutex_);
  return store_.get();
}

admin::HistoryState KeptHistory::state() const {
  admin::HistoryState state;
  state.kept = true;
  state.shared = !settings_.url.empty();
  const history::WriterState writer = writer_->state();
  state.writing = writer.writing;
  state.behind = writer.behind;
  state.refilling = writer.refilling;
  state.failing = writer.failing;
  state.since = writer.since;
  const base::Lock lock(mutex_);
  state.writer = writerNode_;
  state.split = split_;
  if (failed_) {
    state.failing = failed_;
    state.since = since_;
  }
  if (store_ == nullptr) return state;
  const history::StoreState store = store_->state();
  state.gaps = store.gaps.size();
  for (const history::Gap& gap : store.gaps) state.refilled += gap.refilled.value_or(0);
  state.damaged = store.damaged;
  state.classes = store.classes;
  return state;
}

void KeptHistory::stop() { writer_->stop(); }

}  // namespace lianqiao::runtime
