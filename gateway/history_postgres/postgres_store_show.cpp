// Reading one thing, or the counts of a day.
#include "history/block_codec.h"
#include "history_postgres/postgres_store.h"
#include "history_postgres/record_rows.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {

using postgres::Column;
using postgres::Connection;
using postgres::uuidValue;
using postgres::valueOf;

namespace {

/// Those of ids, wherever they are; false on failure.
bool readExceptions(Connection& connection, const NodeKey& key, const Partitions& partitions,
                    const std::set<PackedId>& ids, std::vector<ExceptionTrail>& into) {
  if (ids.empty()) return true;
  Column asked(Column::Kind::uuid);
  std::set<Month> months;
  for (const PackedId& id : ids) {
    asked.add(id.bytes());
    months.insert(Month::of(id.time()));
  }
  const auto rows = connection.run(std::string("SELECT ") + kExceptionColumns +
                                       " FROM exception WHERE part=ANY($1) AND id=ANY($2)"
                                       " ORDER BY id",
                                   {numbersOf(partitions, months), asked.value()});
  if (!rows) return false;
  for (int row = 0; row < rows->count(); ++row) {
    ExceptionTrail& one = into.emplace_back(exceptionIn(key, *rows, row));
    const auto packed = unpackBlock(rows->bytes(row, 11));
    if (!packed || packed->size() != 1) continue;
    one.detail = packed->front().event;
    one.origin = packed->front().origin;
    one.body = packed->front().body;
    one.evidence = packed->front().evidence;
  }
  return true;
}

void addContents(std::string_view block, std::int64_t place, Trail& into) {
  const auto contents = unpackBlock(block);
  const auto at = static_cast<std::size_t>(place);
  into.record->gone = !contents || at >= contents->size();
  if (into.record->gone) return;
  into.event = (*contents)[at].event;
  into.body = (*contents)[at].body;
  into.evidence = (*contents)[at].evidence;
}

}  // namespace

Result<std::optional<Trail>> PostgresStore::show(std::string_view text) {
  const auto id = PackedId::read(text);
  if (!id) return std::optional<Trail>();
  const auto entered = keys();
  if (!entered.ok()) return entered.error();
  const NodeKey& key = (*entered)->unsealing;
  const auto connection = lease();
  if (!connection.ok()) return connection.error();
  Connection& from = **connection;
  const auto partitions = readPartitions(from);
  if (!partitions) return refusal(from.failure());
  const postgres::Value parts = numbersOf(*partitions, std::set{Month::of(id->time())});
  const auto rows = from.run(std::string("SELECT ") + kRecordColumns +
                                 ", b.bytes FROM record r LEFT JOIN block b"
                                 " ON b.part=r.part AND b.number=r.block AND b.part=ANY($1)"
                                 " WHERE r.part=ANY($1) AND r.id=$2",
                             {parts, uuidValue(id->bytes())});
  if (!rows) return refusal(from.failure());
  Trail trail;
  std::set<PackedId> exceptions{*id};
  if (rows->count() > 0) {
    exceptions.clear();
    std::vector<RecordRow> found{recordIn(key, *rows, 0)};
    if (!addDeliveries(from, key, parts, found) || !readAttempts(from, found[0], trail.attempts) ||
        !readRepetitions(from, found[0], trail.repetitions))
      return refusal(from.failure());
    trail.record = std::move(found[0].envelope);
    trail.deliveries = std::move(found[0].deliveries);
    if (!trail.record->gone) addContents(rows->bytes(0, kRecordColumnCount), found[0].place, trail);
    for (const Delivery& one : trail.deliveries)
      if (const auto exception = PackedId::read(one.exception)) exceptions.insert(*exception);
  }
  if (!readExceptions(from, key, *partitions, exceptions, trail.exceptions))
    return refusal(from.failure());
  if (!trail.record && trail.exceptions.empty()) return std::optional<Trail>();
  return std::optional(std::move(trail));
}

Result<std::optional<std::string>> PostgresStore::sent(std::string_view record,
                                                       std::string_view peer) {
  const auto id = PackedId::read(record);
  if (!id) return std::optional<std::string>();
  const auto connection = lease();
  if (!connection.ok()) return connection.error();
  Connection& from = **connection;
  const auto partitions = readPartitions(from);
  if (!partitions) return refusal(from.failure());
  const auto rows = from.run("SELECT bytes FROM sent WHERE part=ANY($1) AND record=$2 AND peer=$3",
                             {numbersOf(*partitions, std::set{Month::of(id->time())}),
                              uuidValue(id->bytes()), valueOf(peer)});
  if (!rows) return refusal(from.failure());
  if (rows->count() == 0) return std::optional<std::string>();
  auto payload = decompress(rows->bytes(0, 0));
  if (payload) return payload;
  return Error{codes::kHistoryDamaged, "What was sent for the record " + id->text() +
                                           " is damaged in the history; lianqiao history verify "
                                           "names what else is."};
}

Result<std::vector<DayCount>> PostgresStore::counts(std::string_view day) {
  const auto number = dayNumber(day);
  if (!number) return Error{codes::kMalformed, "A day is written YYYY-MM-DD."};
  const auto connection = lease();
  if (!connection.ok()) return connection.error();
  const auto rows = (*connection)
                        ->run(
                            "SELECT peer, type, what, sum(number)::bigint FROM day WHERE day=$1"
                            " GROUP BY peer, type, what ORDER BY peer, type, what",
                            {valueOf(*number)});
  if (!rows) return refusal((*connection)->failure());
  std::vector<DayCount> counts;
  for (int row = 0; row < rows->count(); ++row)
    counts.push_back({std::string(rows->bytes(row, 0)), std::string(rows->bytes(row, 1)),
                      static_cast<Counted>(rows->integer(row, 2)),
                      static_cast<std::uint64_t>(rows->integer(row, 3))});
  return counts;
}

}  // namespace lianqiao::history
