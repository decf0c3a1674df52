#include "history_postgres/change_writer.h"

#include "history/terms.h"
#include "record/person_numbers.h"
#include "record/redact.h"

namespace lianqiao::history {

using postgres::Column;
using Kind = postgres::Column::Kind;

namespace {

constexpr std::size_t kDetailBytes = 1024;

}  // namespace

ChangeWriter::ChangeWriter(postgres::Connection& connection, const Partitions& partitions,
                           NodeKey& key, bool words, const BatchChanges& changes)
    : connection_(connection),
      partitions_(partitions),
      key_(key),
      words_(words),
      changes_(changes) {}

bool ChangeWriter::write() {
  return writeContents() && writeWholeRecords() && writeChangedRecords() && writeSettled() &&
         writeDeliveries() && writeAttempts() && writeRepetitions() && writeExceptions() &&
         writeSent() && writeDays();
}

bool ChangeWriter::writeSettled() {
  Column part(Kind::number), record(Kind::uuid), peer(Kind::text), state(Kind::number),
      at(Kind::number);
  for (const auto& [of, settled] : changes_.settled()) {
    part.add(partOf(of.first));
    record.add(of.first.bytes());
    peer.add(of.second);
    state.add(static_cast<std::int64_t>(settled.state));
    at.add(columnOf(settled.at));
  }
  if (part.count() == 0) return true;
  return connection_
      .run(
          "UPDATE delivery d SET state=u.state, at=u.at"
          " FROM unnest($1,$2,$3,$4,$5) u(part, record, peer, state, at)"
          " WHERE d.part=u.part AND d.record=u.record AND d.peer=u.peer",
          {part.value(), record.value(), peer.value(), state.value(), at.value()})
      .has_value();
}

bool ChangeWriter::writeDeliveries() {
  Column part(Kind::number), record(Kind::uuid), peer(Kind::text), state(Kind::number),
      at(Kind::number), attempts(Kind::number), code(Kind::text), receipt(Kind::bytes),
      term(Kind::number), exception(Kind::uuid), configuration(Kind::text), digest(Kind::text);
  for (const auto& [of, delivery] : changes_.deliveries()) {
    part.add(partOf(of.first));
    record.add(of.first.bytes());
    peer.add(of.second);
    state.add(static_cast<std::int64_t>(delivery.state));
    at.add(columnOf(delivery.at));
    attempts.add(std::int64_t{delivery.attempts});
    code.add(delivery.code);
    receipt.add(sealedColumn(key_, delivery.receipt));
    if (delivery.receipt.empty()) {
      term.addNull();
    } else {
      term.add(static_cast<std::int64_t>(idTerm(key_, delivery.receipt)));
    }
    if (delivery.exception) {
      exception.add(delivery.exception->bytes());
    } else {
      exception.addNull();
    }
    configuration.add(delivery.configuration);
    digest.add(delivery.digest);
  }
  if (part.count() == 0) return true;
  return connection_
      .run(
          "INSERT INTO delivery SELECT * FROM unnest($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)"
          " ON CONFLICT(record, peer, part) DO UPDATE SET state=excluded.state, at=excluded.at,"
          " attempts=excluded.attempts, code=excluded.code, receipt=excluded.receipt,"
          " term=excluded.term, configuration=excluded.configuration,"
          " digest=excluded.digest,"
          " exception=coalesce(excluded.exception, delivery.exception)",
          {part.value(), record.value(), peer.value(), state.value(), at.value(), attempts.value(),
           code.value(), receipt.value(), term.value(), exception.value(), configuration.value(),
           digest.value()})
      .has_value();
}

bool ChangeWriter::writeAttempts() {
  Column part(Kind::number), record(Kind::uuid), at(Kind::number), peer(Kind::text),
      number(Kind::number), verdict(Kind::number), code(Kind::text), detail(Kind::text),
      configuration(Kind::text), answer(Kind::text);
  for (const auto& [of, change] : changes_.attempts()) {
    part.add(partOf(std::get<0>(of)));
    record.add(std::get<0>(of).bytes());
    at.add(columnOf(std::get<1>(of)));
    peer.add(std::get<2>(of));
    number.add(std::int64_t{std::get<3>(of)});
    verdict.add(static_cast<std::int64_t>(change.attempt->verdict));
    code.add(change.attempt->code);
    detail.add(record::maskedStart(change.attempt->detail, kDetailBytes));
    configuration.add(change.configuration);
    answer.add(change.attempt->answer);
  }
  if (part.count() == 0) return true;
  return connection_
      .run(
          "INSERT INTO attempt SELECT * FROM unnest($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)"
          " ON CONFLICT(record, at, peer, number, part) DO UPDATE SET verdict=excluded.verdict,"
          " code=excluded.code, detail=excluded.detail, configuration=excluded.configuration,"
          " answer=excluded.answer",
          {part.value(), record.value(), at.value(), peer.value(), number.value(), verdict.value(),
           code.value(), detail.value(), configuration.value(), answer.value()})
      .has_value();
}

bool ChangeWriter::writeRepetitions() {
  Column part(Kind::number), record(Kind::uuid), peer(Kind::text), times(Kind::number),
      first(Kind::number), last(Kind::number);
  for (const auto& [of, repetition] : changes_.repetitions()) {
    part.add(partOf(of.first));
    record.add(of.first.bytes());
    peer.add(of.second);
    times.add(repetition.times);
    first.add(columnOf(repetition.first));
    last.add(columnOf(repetition.last));
  }
  if (part.count() == 0) return true;
  return connection_
      .run(
          "INSERT INTO repetition SELECT * FROM unnest($1,$2,$3,$4,$5,$6)"
          " ON CONFLICT(record, peer, part) DO UPDATE SET"
          " times=repetition.times+excluded.times, last=excluded.last",
          {part.value(), record.value(), peer.value(), times.value(), first.value(), last.value()})
      .has_value();
}

/// Of an item that no schema has read: what looks like a number of a person.
std::vector<std::uint64_t> ChangeWriter::numbersIn(const record::StoredException& exception) {
  std::vector<std::uint64_t> terms;
  for (const std::string_view text :
       {std::string_view(exception.body), std::string_view(exception.evidence),
        std::string_view(exception.detail)})
    for (const std::string& one : record::personNumbers(text)) appendNumberTerms(key_, one, terms);
  return terms;
}

bool ChangeWriter::writeExceptions() {
  Column part(Kind::number), id(Kind::uuid), peer(Kind::text), code(Kind::text),
      source(Kind::bytes), term(Kind::number), at(Kind::number), record(Kind::uuid),
      seen(Kind::number), last(Kind::number), ended(Kind::number), how(Kind::text),
      note(Kind::text), contents(Kind::bytes), numbers(Kind::text);
  for (const auto& [of, exception] : changes_.exceptions()) {
    if (!exception.isChanged) continue;
    const record::StoredException* const content = exception.content;
    part.add(numberOf(changes_.partitionOf(of)));
    id.add(of.bytes());
    peer.add(exception.peer);
    code.add(exception.code);
    const std::string_view sourceId = content == nullptr ? std::string_view() : content->sourceId;
    source.add(sealedColumn(key_, sourceId));
    if (sourceId.empty()) {
      term.addNull();
    } else {
      term.add(static_cast<std::int64_t>(idTerm(key_, sourceId)));
    }
    at.add(columnOf(exception.at));
    if (exception.record) {
      record.add(exception.record->bytes());
    } else {
      record.addNull();
    }
    seen.add(exception.seenAgain + (exception.isKnown ? 0 : 1));
    last.add(columnOf(exception.last));
    ended.add(columnOf(exception.ended));
    how.add(exception.how);
    note.add(record::maskNumbers(exception.note));
    BlockMaker packed;
    if (content != nullptr)
      packed.add(content->detail, content->body, content->evidence, content->origin);
    contents.add(content == nullptr ? std::string() : packed.pack());
    numbers.add(termsText(content == nullptr ? std::vector<std::uint64_t>() : numbersIn(*content)));
  }
  if (part.count() == 0) return true;
  return connection_
      .run(
          "INSERT INTO exception"
          " SELECT u.part, u.id, u.peer, u.code, u.source, u.term, u.at, u.record, u.seen, u.last,"
          " u.ended, u.how, u.note, u.contents, u.numbers::bigint[]"
          " FROM unnest($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)"
          " u(part, id, peer, code, source, term, at, record, seen, last, ended, how, note,"
          " contents, numbers)"
          " ON CONFLICT(id, part) DO UPDATE SET seen=exception.seen+excluded.seen,"
          " last=greatest(exception.last, excluded.last),"
          " ended=CASE excluded.ended WHEN 0 THEN exception.ended ELSE excluded.ended END,"
          " how=CASE excluded.ended WHEN 0 THEN exception.how ELSE excluded.how END,"
          " note=CASE excluded.ended WHEN 0 THEN exception.note ELSE excluded.note END",
          {part.value(), id.value(), peer.value(), code.value(), source.value(), term.value(),
           at.value(), record.value(), seen.value(), last.value(), ended.value(), how.value(),
           note.value(), contents.value(), numbers.value()})
      .has_value();
}

/// What was sent twice stands there as it was sent last.
bool ChangeWriter::writeSent() {
  Column part(Kind::number), record(Kind::uuid), peer(Kind::text), bytes(Kind::bytes);
  for (const auto& [of, delivery] : changes_.deliveries()) {
    if (delivery.sent == nullptr) continue;
    part.add(partOf(of.first));
    record.add(of.first.bytes());
    peer.add(of.second);
    bytes.add(compress(*delivery.sent));
  }
  if (part.count() == 0) return true;
  return connection_
      .run(
          "INSERT INTO sent SELECT * FROM unnest($1,$2,$3,$4)"
          " ON CONFLICT(record, peer, part) DO UPDATE SET bytes=excluded.bytes",
          {part.value(), record.value(), peer.value(), bytes.value()})
      .has_value();
}

bool ChangeWriter::writeDays() {
  Column day(Kind::number), part(Kind::number), peer(Kind::text), type(Kind::text),
      what(Kind::number), number(Kind::number);
  for (const auto& [of, count] : changes_.days()) {
    day.add(std::get<0>(of));
    part.add(numberOf(std::get<1>(of)));
    peer.add(std::get<2>(of));
    type.add(std::get<3>(of));
    what.add(static_cast<std::int64_t>(std::get<4>(of)));
    number.add(count);
  }
  if (day.count() == 0) return true;
  return connection_
      .run(
          "INSERT INTO day SELECT * FROM unnest($1,$2,$3,$4,$5,$6)"
          " ON CONFLICT(day, part, peer, type, what) DO UPDATE SET"
          " number=day.number+excluded.number",
          {day.value(), part.value(), peer.value(), type.value(), what.value(), number.value()})
      .has_value();
}

}  // namespace lianqiao::history
