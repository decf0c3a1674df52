#include "history_sqlite/batch_writer.h"

#include <algorithm>

namespace lianqiao::history {

using sqlite::Fault;

namespace {

/// Further back, where a record is is looked up in the files.
constexpr std::size_t kMostHomes = 262'144;
constexpr std::size_t kMostOpen = 8;

}  // namespace

BatchWriter::BatchWriter(const StoreSettings& settings, NodeKey& key)
    : settings_(settings), key_(key), kinds_{std::string(kDefaultKind)} {
  for (const auto& [type, kind] : settings_.kinds) kinds_.insert(kind);
}

void BatchWriter::close(const PartName& part) {
  open_.erase(part);
  forget();
}

void BatchWriter::forget() {
  there_.clear();
  homes_.clear();
}

bool BatchWriter::fail(const PartName& part, const Failure& failure) {
  failedPart_ = part;
  failure_ = failure;
  if (!failed()) failure_.fault = Fault::other;
  return false;
}

const PartName& BatchWriter::partOf(const PackedId& id, std::string_view type) {
  const auto kind = settings_.kinds.find(type);
  const bool named = kind != settings_.kinds.end();
  return *names_.insert({Month::of(id.time()), named ? kind->second : std::string(kDefaultKind)})
              .first;
}

bool BatchWriter::isThere(const PartName& part) {
  const auto known = there_.find(part);
  if (known != there_.end()) return known->second;
  std::error_code error;
  return there_[part] = std::filesystem::exists(settings_.folder / part.file(), error);
}

MonthWriter* BatchWriter::writerOf(const PartName& part) {
  Open& open = open_[part];
  open.used = batch_;
  if (open.writer != nullptr) return open.writer.get();
  Failure failure;
  open.writer =
      MonthWriter::open(settings_.folder / part.file(), part.month, key_, settings_.words, failure);
  if (open.writer == nullptr) return fail(part, failure), nullptr;
  there_[part] = true;
  return open.writer.get();
}

MonthWriter* BatchWriter::due(const PartName& part) {
  touched_[part].add(step_.day);
  MonthWriter* writer = writerOf(part);
  if (writer == nullptr || (!refills_ && entry_->position <= writer->position())) return nullptr;
  if (writer->inTransaction() || writer->begin()) return writer;
  return fail(part, writer->failure()), nullptr;
}

bool BatchWriter::write(const Batch& batch, record::JournalPosition after) {
  return writeAll(batch, &after);
}

bool BatchWriter::refill(const Batch& batch) { return writeAll(batch, nullptr); }

/// `after`: up to it nothing is changed; null: all is.
bool BatchWriter::writeAll(const Batch& batch, const record::JournalPosition* after) {
  refills_ = after == nullptr;
  ++batch_;
  failure_ = {};
  records_.clear();
  exceptions_.clear();
  touched_.clear();
  if (homes_.size() > kMostHomes) homes_.clear();
  for (const BatchRecord& record : batch.records) records_[record.content.id] = &record;
  for (const auto& exception : batch.exceptions) exceptions_[exception.id] = &exception;
  bool done = true;
  for (const record::JournalEntry& entry : batch.entries)
    done = done && ((after != nullptr && entry.position <= *after) || apply(entry));
  done = done && commit();
  if (!done) {
    // What is open holds half of it: closing takes that back.
    std::erase_if(open_, [](const auto& one) {
      return one.second.writer == nullptr || one.second.writer->inTransaction();
    });
    forget();
  }
  closeIdle();
  return done;
}

bool BatchWriter::commit() {
  for (auto& [part, open] : open_) {
    if (open.writer == nullptr || !open.writer->inTransaction()) continue;
    if (!open.writer->commit(entry_->position)) return fail(part, open.writer->failure());
  }
  return true;
}

void BatchWriter::closeIdle() {
  while (open_.size() > kMostOpen) {
    const auto oldest = std::min_element(
        open_.begin(), open_.end(), [](auto& a, auto& b) { return a.second.used < b.second.used; });
    open_.erase(oldest);
  }
}

std::vector<PartEntry> BatchWriter::touched() const {
  std::vector<PartEntry> parts;
  for (const auto& [name, days] : touched_) parts.push_back({name, days});
  return parts;
}

bool BatchWriter::apply(const record::JournalEntry& entry) {
  entry_ = &entry;
  step_ = {entry.at, dayNumberOf(entry.at, settings_.zoneMinutes), entry.configuration};
  // What is no id of ours names nothing that could be found.
  const auto each = [](const std::vector<std::string>& ids, auto&& act) {
    return std::all_of(ids.begin(), ids.end(), [&](const std::string& text) {
      const auto id = PackedId::read(text);
      return !id || act(Named{text, *id});
    });
  };
  const auto all = [](const auto& list, auto&& act) {
    return std::all_of(list.begin(), list.end(), act);
  };
  return each(entry.accepted, [&](const Named& one) { return accept(one, true); }) &&
         all(entry.repeated, [&](const auto& one) { return repeat(one); }) &&
         each(entry.updated, [&](const Named& one) { return update(one); }) &&
         each(entry.quarantined, [&](const Named& one) { return quarantine(one, false); }) &&
         each(entry.seenAgain, [&](const Named& one) { return quarantine(one, true); }) &&
         all(entry.attempts, [&](const auto& one) { return attempt(one); }) &&
         all(entry.ended, [&](const auto& one) { return end(one); });
}

}  // namespace lianqiao::history
