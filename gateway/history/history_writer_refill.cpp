// What the journal has lost, as far as the queue still keeps its records.
#include <algorithm>
#include <set>
#include <utility>

#include "history/history_writer.h"

namespace lianqiao::history {
namespace {

/// Entries that may have come while a page was read.
constexpr std::size_t kMostBeside = 1000;

/// Of which records entries tell something.
std::set<std::string> namedIn(const std::vector<record::JournalEntry>& entries) {
  std::set<std::string> named;
  for (const record::JournalEntry& entry : entries) {
    named.insert(entry.accepted.begin(), entry.accepted.end());
    named.insert(entry.updated.begin(), entry.updated.end());
    for (const record::Repetition& one : entry.repeated) named.insert(one.first);
    for (const record::Attempt& one : entry.attempts) named.insert(one.record);
  }
  return named;
}

}  // namespace

void HistoryWriter::refill() {
  const base::Lock lock(mutex_);
  state_.refilling = true;
  restarts_ = true;
}

Result<void> HistoryWriter::refillSome(record::Journal& journal, HistoryStore& store) {
  if (!std::exchange(looked_, true)) {
    const StoreState state = store.state();
    if (std::any_of(state.gaps.begin(), state.gaps.end(), [](auto& gap) { return !gap.refilled; }))
      refill();
  }
  {
    const base::Lock lock(mutex_);
    if (!state_.refilling) return {};
    if (std::exchange(restarts_, false)) {
      cursor_.clear();
      refilled_ = 0;
    }
  }
  const Result<record::LivingPage> page = journal.living(cursor_);
  if (!page.ok()) return page.error();
  const auto made = refillPage(journal, store, page->ids);
  if (!made.ok()) return made.error();
  if (!*made) return {};
  refilled_ += **made;
  cursor_ = page->next;
  if (!cursor_.empty()) return {};
  if (Result<void> noted = store.noteRefilled(refilled_); !noted.ok()) return noted;
  log_(LogLevel::info, "The history was made up by " + std::to_string(refilled_) +
                           " records that the queue still keeps.");
  const base::Lock lock(mutex_);
  // Another gap may have been found meanwhile.
  state_.refilling = restarts_;
  return {};
}

/// How many were unknown; nothing where too much happens to tell. What happens to them while they
/// are read, the journal tells: those it names are left to it.
Result<std::optional<std::size_t>> HistoryWriter::refillPage(record::Journal& journal,
                                                             HistoryStore& store,
                                                             const std::vector<std::string>& ids) {
  const auto unknown = store.unknown(ids);
  if (!unknown.ok()) return unknown.error();
  if (unknown->empty()) return std::optional<std::size_t>(0);
  auto stored = journal.records(*unknown);
  if (!stored.ok()) return stored.error();
  std::vector<record::StoredRecord> living;
  std::set<std::string> once;
  for (std::optional<record::StoredRecord>& one : *stored)
    if (one && once.insert(one->id).second) living.push_back(std::move(*one));
  auto told = journal.retell(living);
  if (!told.ok()) return told.error();
  const auto beside = journal.read(store.position(), kMostBeside);
  if (!beside.ok()) return beside.error();
  if (beside->size() == kMostBeside) return std::optional<std::size_t>();
  const std::set<std::string> named = namedIn(*beside);
  Batch batch;
  for (record::JournalEntry& entry : *told) {
    const std::string& id =
        entry.accepted.empty() ? entry.attempts.front().record : entry.accepted.front();
    if (!named.contains(id)) batch.entries.push_back(std::move(entry));
  }
  for (record::StoredRecord& one : living) {
    if (named.contains(one.id)) continue;
    Particulars read = particulars().read(one);
    batch.records.push_back({std::move(one), std::move(read)});
  }
  if (Result<void> kept = store.refill(batch); !kept.ok()) return kept.error();
  return std::optional(batch.records.size());
}

}  // namespace lianqiao::history
