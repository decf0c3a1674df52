#include "history/history_writer.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/named_thread.h"

namespace lianqiao::history {
namespace {

using std::chrono::milliseconds;

constexpr int kNice = 10;

}  // namespace

HistoryWriter::HistoryWriter(Services services, Settings settings, const base::Clock& clock,
                             base::LogLine log)
    : services_(std::move(services)),
      settings_(settings),
      clock_(clock),
      log_(std::move(log)),
      retired_(clock.steady()) {
  thread_ = base::startThread("history", [this](const std::stop_token& stop) { run(stop); });
}

HistoryWriter::~HistoryWriter() { stop(); }

void HistoryWriter::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

WriterState HistoryWriter::state() const {
  const base::Lock lock(mutex_);
  return state_;
}

void HistoryWriter::run(const std::stop_token& stop) {
  // The way of a record goes first where both want the same core. Of this thread alone.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
  while (!base::awaitStop(stop, once())) {
  }
}

milliseconds HistoryWriter::once() {
  record::Journal* const journal = services_.journal();
  if (journal == nullptr) return settings_.idle;
  const auto begun = clock_.steady();
  const auto written = writeIfMay(*journal);
  if (!written.ok()) return failed(written.error());
  {
    const base::Lock lock(mutex_);
    state_.failing.reset();
  }
  if (!*written) return settings_.pause;
  if (!(*written)->more) return settings_.idle;
  // Three times as long as this took core and disk are for others.
  return std::chrono::duration_cast<milliseconds>(3 * (clock_.steady() - begun));
}

Result<std::optional<HistoryWriter::Written>> HistoryWriter::writeIfMay(record::Journal& journal) {
  const Result<HistoryStore*> store = services_.store();
  if (!store.ok()) return store.error();
  const Result<bool> mayWrite = services_.right(journal, **store);
  {
    const base::Lock lock(mutex_);
    state_.writing = mayWrite.ok() && *mayWrite;
  }
  if (!mayWrite.ok()) return mayWrite.error();
  if (!*mayWrite) return std::optional<Written>();
  Result<Written> written = write(journal, **store);
  if (!written.ok()) return written.error();
  if (!written->more) {
    if (Result<void> refilled = refillSome(journal, **store); !refilled.ok())
      return refilled.error();
    written->more = state().refilling;
  }
  retireSometimes(**store);
  return std::optional(*written);
}

Result<HistoryWriter::Written> HistoryWriter::write(record::Journal& journal, HistoryStore& store) {
  const record::JournalPosition position = store.position();
  const Result<record::JournalState> state = journal.state(position);
  if (!state.ok()) return state.error();
  {
    const base::Lock lock(mutex_);
    state_.behind = state->behind;
  }
  if (Result<void> noted = noteUnnoted(store, state->unnoted, position); !noted.ok())
    return noted.error();
  if (!state->whole)
    if (Result<void> noted = noteLoss(journal, store, position); !noted.ok()) return noted.error();
  bool more = false;
  const Result<Batch> batch = read(journal, store, position, more);
  if (!batch.ok()) return batch.error();
  const std::size_t count = batch->entries.size();
  if (count == 0) return Written();
  if (Result<void> kept = store.write(*batch); !kept.ok()) return kept.error();
  {
    const base::Lock lock(mutex_);
    state_.behind -= std::min<std::uint64_t>(state_.behind, count);
  }
  if (Result<void> trimmed = journal.trim(batch->entries.back().position); !trimmed.ok())
    return trimmed.error();
  return Written{count, more};
}

Result<void> HistoryWriter::noteUnnoted(HistoryStore& store, std::uint64_t now,
                                        record::JournalPosition at) {
  if (const std::uint64_t before = unnoted_.value_or(now); now > before) {
    if (Result<void> noted = store.noteGap({at, at, clock_.wall(), {}}); !noted.ok()) return noted;
    refill();
    log_(LogLevel::error,
         "The history has a gap: Redis refused " + std::to_string(now - before) +
             " entries of the journal. lianqiao doctor looks for its damaged key or lost right.");
  }
  unnoted_ = now;
  return {};
}

Result<void> HistoryWriter::noteLoss(record::Journal& journal, HistoryStore& store,
                                     record::JournalPosition after) {
  if (told_ == after) return {};
  const auto next = journal.read(after, 1);
  if (!next.ok()) return next.error();
  // Where Redis went back in time nothing stands behind, and nothing would ever.
  if (next->empty())
    if (Result<void> raised = journal.goOnBehind(after); !raised.ok()) return raised;
  const record::JournalPosition upTo = next->empty() ? after : next->front().position;
  if (Result<void> noted = store.noteGap({after, upTo, clock_.wall(), {}}); !noted.ok())
    return noted;
  refill();
  log_(LogLevel::error,
       "The history has a gap: entries of the journal are gone that it had not read, for the "
       "journal was at its bound (history.journal), Redis went back to an older state, or no "
       "history was kept for a while. Their records are delivered all the same; those that "
       "the queue still keeps are made up from it now.");
  told_ = after;
  return {};
}

/// What this node has sent. A batch that fails takes it with it: it is recomputed then.
void HistoryWriter::addSent(Batch& batch) {
  if (services_.sent == nullptr) return;
  for (const record::JournalEntry& entry : batch.entries) {
    for (const record::Attempt& one : entry.attempts) {
      if (one.digest.empty()) continue;
      if (auto payload = services_.sent->take(one.record, one.peer))
        batch.sent.push_back({one.record, one.peer, std::move(*payload)});
    }
  }
}

ParticularsReader& HistoryWriter::particulars() {
  auto schemas = services_.schemas();
  if (!particulars_ || schemas != schemas_) {
    schemas_ = std::move(schemas);
    particulars_.emplace(*schemas_);
  }
  return *particulars_;
}

/// Entries with what they name, until their contents are many bytes.
Result<Batch> HistoryWriter::read(record::Journal& journal, HistoryStore& store,
                                  record::JournalPosition after, bool& more) {
  auto entries = journal.read(after, settings_.batch);
  if (!entries.ok()) return entries.error();
  Batch batch;
  std::set<std::string> asked;  // for whose content
  std::size_t bytes = 0;
  for (record::JournalEntry& entry : *entries) {
    if (bytes >= settings_.bytes) break;
    const Result<std::size_t> added = addContents(journal, store, entry, asked, batch);
    if (!added.ok()) return added.error();
    bytes += *added;
    batch.entries.push_back(std::move(entry));
  }
  addSent(batch);
  more = bytes >= settings_.bytes || batch.entries.size() == settings_.batch;
  return batch;
}

/// The contents as the queue keeps them, of records that are not in `asked`. How many bytes.
Result<std::size_t> HistoryWriter::addContents(record::Journal& journal, HistoryStore& store,
                                               const record::JournalEntry& entry,
                                               std::set<std::string>& asked, Batch& batch) {
  std::vector<std::string> records, named;
  for (const auto* ids : {&entry.accepted, &entry.updated})
    for (const std::string& id : *ids)
      if (asked.insert(id).second) records.push_back(id);
  for (const record::Repetition& one : entry.repeated)
    if (!asked.contains(one.first)) named.push_back(one.first);
  for (const record::Attempt& one : entry.attempts)
    if (!asked.contains(one.record)) named.push_back(one.record);
  // A step that Redis ended half-way has accepted what no entry tells of.
  const auto unknown = store.unknown(named);
  if (!unknown.ok()) return unknown.error();
  for (const std::string& id : *unknown)
    if (asked.insert(id).second) records.push_back(id);
  std::size_t bytes = 0;
  auto stored = journal.records(records);
  if (!stored.ok()) return stored.error();
  for (std::optional<record::StoredRecord>& one : *stored) {
    if (!one) continue;
    bytes += one->event.size() + one->body.size() + one->evidence.size();
    Particulars read = particulars().read(*one);
    batch.records.push_back({std::move(*one), std::move(read)});
  }
  auto quarantined = journal.exceptions(entry.quarantined);
  if (!quarantined.ok()) return quarantined.error();
  for (std::optional<record::StoredException>& one : *quarantined) {
    if (!one) continue;
    bytes += one->body.size() + one->evidence.size();
    batch.exceptions.push_back(std::move(*one));
  }
  return bytes;
}

void HistoryWriter::retireSometimes(HistoryStore& store) {
  if (clock_.steady() - retired_ < settings_.retire) return;
  retired_ = clock_.steady();
  const Result<std::size_t> gone = store.retire(clock_.wall());
  if (!gone.ok()) log_(LogLevel::warning, gone.error().detail);
}

milliseconds HistoryWriter::failed(const Error& error) {
  bool isNews = false;
  {
    const base::Lock lock(mutex_);
    isNews = !state_.failing || state_.failing->code != error.code;
    if (!state_.failing) state_.since = clock_.wall();
    state_.failing = error;
  }
  if (isNews)
    log_(LogLevel::error, "The history is not written, the journal waits: " + error.detail);
  return settings_.pause;
}

}  // namespace lianqiao::history
