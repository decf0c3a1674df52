// What each kind of step does to which file.
#include "history_sqlite/batch_writer.h"

namespace lianqiao::history {

/// Its file is that of its type; a record that is known by its id alone already stays where it is.
bool BatchWriter::accept(const Named& named, bool counted) {
  const auto& [text, id] = named;
  const auto found = records_.find(text);
  if (found == records_.end()) return note(id, counted);
  const BatchRecord& content = *found->second;
  const PartName* part = &partOf(id, content.content.type);
  const PartName& plain = partOf(id);
  if (part != &plain && isThere(plain)) {
    MonthWriter* writer = writerOf(plain);
    if (writer == nullptr) return false;
    const auto place = writer->holdsGone() ? writer->find(id) : RecordPlace{-1, 0};
    if (!place) return fail(plain, writer->failure());
    if (place->number >= 0) part = &plain;
  }
  MonthWriter* writer = due(*part);
  if (writer == nullptr) return !failed();
  const auto place = writer->accept(id, &content, step_, counted);
  if (!place) return fail(*part, writer->failure());
  homes_[id] = {part, *place, batch_};
  return true;
}

/// That it was there, whose content is gone: whatever the file has already, for the second time
/// changes nothing.
bool BatchWriter::note(const PackedId& id, bool counted) {
  const Home* home = lookFor(id);
  if (failed()) return false;
  const PartName& part = home != nullptr ? *home->part : partOf(id);
  touched_[part].add(step_.day);
  MonthWriter* writer = writerOf(part);
  if (writer == nullptr) return false;
  if (!writer->inTransaction() && !writer->begin()) return fail(part, writer->failure());
  const auto place = writer->accept(id, nullptr, step_, counted);
  if (!place) return fail(part, writer->failure());
  homes_[id] = {&part, *place, 0};
  return true;
}

BatchWriter::Home* BatchWriter::lookFor(const PackedId& id) {
  const auto known = homes_.find(id);
  if (known != homes_.end()) return &known->second;
  for (const std::string& kind : kinds_) {
    const PartName& part = *names_.insert({Month::of(id.time()), kind}).first;
    if (!isThere(part)) continue;
    MonthWriter* writer = writerOf(part);
    if (writer == nullptr) return nullptr;
    const auto place = writer->find(id);
    if (!place) return fail(part, writer->failure()), nullptr;
    if (place->number >= 0) return &(homes_[id] = {&part, *place, 0});
  }
  return nullptr;
}

BatchWriter::Home* BatchWriter::homeOf(const Named& named) {
  Home* home = lookFor(named.id);
  if (home != nullptr || failed()) return home;
  // From before the history began, out of a gap, or of a step that ended half-way: what becomes of
  // it is kept all the same. With its content it counts as accepted now.
  const bool there = records_.find(named.text) != records_.end();
  return (there ? accept(named, true) : note(named.id, false)) ? lookFor(named.id) : nullptr;
}

std::optional<bool> BatchWriter::knows(std::string_view text) {
  const auto id = PackedId::read(text);
  if (!id) return true;  // none of ours: nothing to look for
  failure_ = {};
  const Home* home = lookFor(*id);
  if (failed()) return std::nullopt;
  return home != nullptr;
}

bool BatchWriter::update(const Named& named) {
  Home* home = homeOf(named);
  if (home == nullptr) return !failed();
  MonthWriter* writer = due(*home->part);
  if (writer == nullptr) return !failed();
  const auto found = records_.find(named.text);
  const bool isNew = found != records_.end() && home->written != batch_;
  if (!writer->update(home->place, isNew ? found->second : nullptr, step_))
    return fail(*home->part, writer->failure());
  home->written = batch_;
  return true;
}

bool BatchWriter::repeat(const record::Repetition& repetition) {
  const auto id = PackedId::read(repetition.first);
  if (!id) return true;
  const Home* home = homeOf({repetition.first, *id});
  if (home == nullptr) return !failed();
  MonthWriter* writer = due(*home->part);
  if (writer == nullptr) return !failed();
  return writer->repeat(home->place, repetition.peer, step_) ||
         fail(*home->part, writer->failure());
}

bool BatchWriter::attempt(const record::Attempt& attempt) {
  const auto id = PackedId::read(attempt.record);
  if (!id || attempt.peer.empty()) return true;
  const Home* home = homeOf({attempt.record, *id});
  if (home == nullptr) return !failed();
  MonthWriter* writer = due(*home->part);
  if (failed()) return false;
  if (writer != nullptr && !writer->attempt(home->place, attempt, step_))
    return fail(*home->part, writer->failure());
  return attempt.verdict != record::Attempt::Verdict::buried || bury(*id, attempt);
}

bool BatchWriter::bury(const PackedId& record, const record::Attempt& attempt) {
  const auto id = PackedId::read(attempt.exception);
  if (!id) return true;
  const PartName& part = partOf(*id);
  MonthWriter* writer = due(part);
  if (writer == nullptr) return !failed();
  return writer->bury(*id, record, attempt, step_) || fail(part, writer->failure());
}

bool BatchWriter::quarantine(const Named& named, bool again) {
  const auto& [text, id] = named;
  const PartName& part = partOf(id);
  MonthWriter* writer = due(part);
  if (writer == nullptr) return !failed();
  const auto found = exceptions_.find(text);
  const auto* content = found == exceptions_.end() ? nullptr : found->second;
  const bool done = again ? writer->seenAgain(id, step_) : writer->quarantine(id, content, step_);
  return done || fail(part, writer->failure());
}

bool BatchWriter::end(const record::ExceptionEnd& end) {
  const auto id = PackedId::read(end.exception);
  if (!id) return true;
  const PartName& part = partOf(*id);
  MonthWriter* writer = due(part);
  if (failed()) return false;
  // Its file may have it already while the record's has not.
  const auto ended = writer != nullptr ? writer->end(*id, end, step_) : writerOf(part)->about(*id);
  if (!ended) return fail(part, writerOf(part)->failure());
  if (!ended->record) return true;
  const std::string record = ended->record->text();
  const Home* home = homeOf({record, *ended->record});
  if (home == nullptr) return !failed();
  MonthWriter* of = due(*home->part);
  if (of == nullptr) return !failed();
  const auto state = end.how == "requeued" ? DeliveryState::owed : DeliveryState::closed;
  return of->settle(home->place, ended->peer, state, step_) || fail(*home->part, of->failure());
}

}  // namespace lianqiao::history
