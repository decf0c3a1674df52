#include "history_postgres/batch_changes.h"

#include <algorithm>

namespace lianqiao::history {

using postgres::Column;
using postgres::Connection;
using record::Attempt;

namespace {

std::set<Month> monthsOf(const std::set<PackedId>& ids) {
  std::set<Month> months;
  for (const PackedId& id : ids) months.insert(Month::of(id.time()));
  return months;
}

}  // namespace

BatchChanges::BatchChanges(const StoreSettings& settings, const Batch& batch,
                           std::optional<record::JournalPosition> after)
    : settings_(settings) {
  for (const record::JournalEntry& entry : batch.entries)
    if (!after || entry.position > *after) entries_.push_back(&entry);
  for (const BatchRecord& one : batch.records) contents_[one.content.id] = &one;
  for (const record::StoredException& one : batch.exceptions) quarantined_[one.id] = &one;
  if (settings.sent.count() == 0) return;
  for (const SentPayload& one : batch.sent) sent_[{one.record, one.peer}] = &one.payload;
}

// What is no id of ours names nothing that could be found.

std::set<PackedId> BatchChanges::exceptionIds() const {
  std::set<PackedId> ids;
  const auto add = [&](const std::string& text) {
    if (const auto id = PackedId::read(text)) ids.insert(*id);
  };
  for (const record::JournalEntry* entry : entries_) {
    for (const std::string& id : entry->quarantined) add(id);
    for (const std::string& id : entry->seenAgain) add(id);
    for (const Attempt& one : entry->attempts)
      if (!one.exception.empty()) add(one.exception);
    for (const record::ExceptionEnd& one : entry->ended) add(one.exception);
  }
  return ids;
}

std::set<PackedId> BatchChanges::recordIds() const {
  std::set<PackedId> ids;
  const auto add = [&](const std::string& text) {
    if (const auto id = PackedId::read(text)) ids.insert(*id);
  };
  for (const record::JournalEntry* entry : entries_) {
    for (const std::string& id : entry->accepted) add(id);
    for (const record::Repetition& one : entry->repeated) add(one.first);
    for (const std::string& id : entry->updated) add(id);
    for (const Attempt& one : entry->attempts) add(one.record);
  }
  for (const auto& [id, exception] : exceptions_)
    if (exception.record) ids.insert(*exception.record);
  return ids;
}

bool BatchChanges::lookUp(Connection& connection, const Partitions& partitions) {
  return lookUpExceptions(connection, partitions) && lookUpRecords(connection, partitions);
}

bool BatchChanges::lookUpExceptions(Connection& connection, const Partitions& partitions) {
  const std::set<PackedId> ids = exceptionIds();
  if (ids.empty()) return true;
  Column asked(Column::Kind::uuid);
  for (const PackedId& id : ids) asked.add(id.bytes());
  const auto rows =
      connection.run("SELECT id, record, peer FROM exception WHERE part=ANY($1) AND id=ANY($2)",
                     {numbersOf(partitions, monthsOf(ids)), asked.value()});
  if (!rows) return false;
  for (int row = 0; row < rows->count(); ++row) {
    const auto id = PackedId::ofBytes(rows->bytes(row, 0));
    if (!id) continue;
    ExceptionChange& exception = exceptions_[*id];
    exception.isKnown = true;
    exception.record = PackedId::ofBytes(rows->bytes(row, 1));
    exception.peer = rows->bytes(row, 2);
  }
  return true;
}

bool BatchChanges::lookUpRecords(Connection& connection, const Partitions& partitions) {
  const std::set<PackedId> ids = recordIds();
  if (ids.empty()) return true;
  Column asked(Column::Kind::uuid);
  for (const PackedId& id : ids) asked.add(id.bytes());
  const auto rows =
      connection.run("SELECT id, part, type, flags FROM record WHERE part=ANY($1) AND id=ANY($2)",
                     {numbersOf(partitions, monthsOf(ids)), asked.value()});
  if (!rows) return false;
  std::map<std::int64_t, const Partition*> byNumber;
  for (const auto& [partition, number] : partitions) byNumber[number] = &partition;
  for (int row = 0; row < rows->count(); ++row) {
    const auto id = PackedId::ofBytes(rows->bytes(row, 0));
    if (!id) continue;
    RecordChange& record = records_[*id];
    record.isKnown = true;
    record.partition = *byNumber.at(rows->integer(row, 1));
    record.type = rows->bytes(row, 2);
    record.flags = rows->integer(row, 3);
  }
  return true;
}

std::set<Partition> BatchChanges::partitions() const {
  std::set<Partition> all;
  for (const auto& one : records_) all.insert(one.second.partition);
  for (const auto& one : exceptions_) all.insert(partitionOf(one.first));
  return all;
}

Partition BatchChanges::partitionOf(const PackedId& id, std::string_view type) const {
  const auto kind = settings_.kinds.find(type);
  const bool named = kind != settings_.kinds.end();
  return {Month::of(id.time()), named ? kind->second : std::string(kDefaultKind)};
}

const BatchRecord* BatchChanges::contentOf(std::string_view id) const {
  const auto found = contents_.find(id);
  return found == contents_.end() ? nullptr : found->second;
}

void BatchChanges::apply() {
  for (const record::JournalEntry* entry : entries_) apply(*entry);
}

void BatchChanges::apply(const record::JournalEntry& entry) {
  entry_ = &entry;
  const auto each = [](const std::vector<std::string>& ids, auto&& act) {
    for (const std::string& text : ids)
      if (const auto id = PackedId::read(text)) act(Named{text, *id});
  };
  each(entry.accepted, [&](const Named& one) { accept(one, contentOf(one.text), true); });
  for (const record::Repetition& one : entry.repeated) repeat(one);
  each(entry.updated, [&](const Named& one) { update(one); });
  each(entry.quarantined, [&](const Named& one) { quarantine(one); });
  each(entry.seenAgain, [&](const Named& one) { seeAgain(one); });
  for (const Attempt& one : entry.attempts) attempt(one);
  for (const record::ExceptionEnd& one : entry.ended) end(one);
}

/// A new record, or the content of one that was known by its id alone: that stays where it is.
RecordChange& BatchChanges::accept(const Named& named, const BatchRecord* content, bool counted) {
  const auto [found, isNew] = records_.try_emplace(named.id);
  RecordChange& record = found->second;
  const std::string_view type = content == nullptr ? std::string_view() : content->content.type;
  const std::string_view peer = content == nullptr ? std::string_view() : content->content.peer;
  if (isNew) {
    record.partition = partitionOf(named.id, type);
    record.flags = flag::kGone | (counted ? 0 : flag::kUncounted);
    record.isWhole = record.isChanged = true;
    if (counted) record.configuration = entry_->configuration;
  }
  const bool wasUncounted = !isNew && (record.flags & flag::kUncounted) != 0;
  if (counted && wasUncounted) {
    record.flags &= ~flag::kUncounted;
    record.configuration = entry_->configuration;
    record.isChanged = true;
  }
  if (counted && (isNew || wasUncounted)) count(record.partition, peer, type, Counted::in);
  if (content == nullptr || (record.flags & flag::kGone) == 0) return record;
  record.flags &= ~flag::kGone;
  if (content->particulars.high) record.flags |= flag::kHigh;
  record.type = type;
  record.content = content;
  record.isWhole = record.isChanged = true;
  if (counted) record.configuration = entry_->configuration;
  return record;
}

RecordChange& BatchChanges::recordOf(const Named& named) {
  const auto known = records_.find(named.id);
  if (known != records_.end()) return known->second;
  // From before the history began, out of a gap, or of a step that ended half-way: what becomes of
  // it is kept all the same. With its content it counts as accepted now.
  const BatchRecord* const content = contentOf(named.text);
  return accept(named, content, content != nullptr);
}

void BatchChanges::update(const Named& named) {
  RecordChange& record = recordOf(named);
  const BatchRecord* const content = contentOf(named.text);
  if (content != nullptr && record.content == nullptr) {
    if ((record.flags & flag::kGone) != 0) {
      accept(named, content, false);  // its first content, so far as the history knows
    } else {
      record.content = content;
      record.isUpdated = true;
    }
  }
  record.flags |= flag::kUpdated;
  record.isChanged = true;
}

void BatchChanges::repeat(const record::Repetition& repetition) {
  const auto id = PackedId::read(repetition.first);
  if (!id) return;
  const RecordChange& record = recordOf({repetition.first, *id});
  RepetitionChange& change = repetitions_[{*id, repetition.peer}];
  if (change.times++ == 0) change.first = entry_->at;
  change.last = entry_->at;
  count(record.partition, repetition.peer, record.type, Counted::duplicate);
}

void BatchChanges::attempt(const Attempt& attempt) {
  const auto id = PackedId::read(attempt.record);
  if (!id || attempt.peer.empty()) return;
  const RecordChange& record = recordOf({attempt.record, *id});
  if (attempt.verdict == Attempt::Verdict::resent) {
    settle(*id, attempt.peer, DeliveryState::owed);
    attempts_[{*id, entry_->at, attempt.peer, attempt.number}] = {&attempt, entry_->configuration};
    return;
  }
  const bool delivered = attempt.verdict == Attempt::Verdict::delivered;
  const bool buried = attempt.verdict == Attempt::Verdict::buried;
  DeliveryChange& delivery = deliveries_[{*id, attempt.peer}];
  delivery.state = delivered ? DeliveryState::delivered
                   : buried  ? DeliveryState::buried
                             : DeliveryState::retrying;
  delivery.at = entry_->at;
  delivery.attempts = attempt.number;
  delivery.code = attempt.code;
  delivery.receipt = attempt.receipt;
  delivery.configuration = entry_->configuration;
  delivery.digest = attempt.digest;
  const auto exception = PackedId::read(attempt.exception);
  // That it was buried once is told of one that went on, too.
  if (exception) delivery.exception = exception;
  if (delivered) {
    const auto sent = sent_.find({attempt.record, attempt.peer});
    if (sent != sent_.end()) delivery.sent = sent->second;
    return count(record.partition, attempt.peer, record.type, Counted::out);
  }
  attempts_[{*id, entry_->at, attempt.peer, attempt.number}] = {&attempt, entry_->configuration};
  if (!buried) return;
  count(record.partition, attempt.peer, record.type, Counted::buried);
  if (!exception) return;
  ExceptionChange& about = exceptions_[*exception];
  if (about.isKnown || about.isChanged) return;
  about.isChanged = true;
  about.peer = attempt.peer;
  about.code = attempt.code;
  about.record = id;
  about.at = about.last = entry_->at;
}

void BatchChanges::quarantine(const Named& named) {
  ExceptionChange& exception = exceptions_[named.id];
  if (exception.isKnown || exception.isChanged) return;
  const auto found = quarantined_.find(named.text);
  exception.isChanged = true;
  exception.at = exception.last = entry_->at;
  if (found != quarantined_.end()) {
    exception.content = found->second;
    exception.peer = found->second->peer;
    exception.code = found->second->code;
    exception.at = exception.last = found->second->at;
  }
  count(partitionOf(named.id), exception.peer, {}, Counted::quarantined);
}

void BatchChanges::seeAgain(const Named& named) {
  ExceptionChange& exception = exceptions_[named.id];
  if (!exception.isKnown && !exception.isChanged) return quarantine(named);
  exception.isChanged = true;
  ++exception.seenAgain;
  exception.last = entry_->at;
}

void BatchChanges::end(const record::ExceptionEnd& end) {
  const auto id = PackedId::read(end.exception);
  if (!id) return;
  ExceptionChange& exception = exceptions_[*id];
  // One from before the history began: that it ended is all that is known.
  if (!exception.isKnown && !exception.isChanged) quarantine({end.exception, *id});
  exception.isChanged = true;
  exception.ended = entry_->at;
  exception.how = end.how;
  exception.note = end.note;
  if (!exception.record) return;
  const std::string record = exception.record->text();
  recordOf({record, *exception.record});
  settle(*exception.record, exception.peer,
         end.how == "requeued" ? DeliveryState::owed : DeliveryState::closed);
}

/// What became of a delivery whose exception a person, or time, has ended.
void BatchChanges::settle(const PackedId& record, const std::string& peer, DeliveryState state) {
  const auto now = deliveries_.find({record, peer});
  if (now == deliveries_.end()) {
    settled_[{record, peer}] = {state, entry_->at};
    return;
  }
  now->second.state = state;
  now->second.at = entry_->at;
}

void BatchChanges::count(const Partition& partition, std::string_view peer, std::string_view type,
                         Counted what) {
  ++days_[{dayNumberOf(entry_->at, settings_.zoneMinutes), partition, std::string(peer),
           std::string(type), what}];
}

}  // namespace lianqiao::history
