#include "history_postgres/record_rows.h"

#include <algorithm>
#include <map>

#include "history/block_codec.h"

namespace lianqiao::history {

using postgres::Column;
using postgres::Connection;
using postgres::Rows;

namespace {

std::string textOf(std::string_view idBytes) {
  const auto id = PackedId::ofBytes(idBytes);
  return id ? id->text() : std::string();
}

std::vector<std::string> partedAtCommas(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    all.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

}  // namespace

RecordRow recordIn(const NodeKey& key, const Rows& rows, int row) {
  RecordRow read;
  read.part = rows.integer(row, 0);
  read.id = PackedId::ofBytes(rows.bytes(row, 1)).value_or(PackedId());
  Envelope& envelope = read.envelope;
  envelope.id = read.id.text();
  envelope.peer = rows.bytes(row, 2);
  envelope.type = rows.bytes(row, 3);
  envelope.key = unsealedColumn(key, rows.bytes(row, 4));
  envelope.sourceId = unsealedColumn(key, rows.bytes(row, 5));
  envelope.revision = unsealedColumn(key, rows.bytes(row, 6));
  envelope.accepted = timeIn(rows.integer(row, 7));
  envelope.happened = timeIn(rows.integer(row, 8));
  envelope.division = rows.bytes(row, 9);
  envelope.grid = rows.bytes(row, 10);
  envelope.configuration = rows.bytes(row, 11);
  const std::int64_t flags = rows.integer(row, 12);
  envelope.high = (flags & flag::kHigh) != 0;
  envelope.gone = (flags & flag::kGone) != 0;
  envelope.updated = (flags & flag::kUpdated) != 0;
  envelope.erased = (flags & flag::kErased) != 0;
  read.block = rows.integer(row, 13);
  read.place = rows.integer(row, 14);
  read.destinations = partedAtCommas(rows.bytes(row, 15));
  return read;
}

ExceptionTrail exceptionIn(const NodeKey& key, const Rows& rows, int row) {
  ExceptionTrail read;
  read.id = textOf(rows.bytes(row, 0));
  read.peer = rows.bytes(row, 1);
  read.code = rows.bytes(row, 2);
  read.record = textOf(rows.bytes(row, 3));
  read.sourceId = unsealedColumn(key, rows.bytes(row, 4));
  read.at = timeIn(rows.integer(row, 5));
  read.seen = static_cast<std::uint64_t>(rows.integer(row, 6));
  read.last = timeIn(rows.integer(row, 7));
  read.ended = timeIn(rows.integer(row, 8));
  read.how = rows.bytes(row, 9);
  read.note = rows.bytes(row, 10);
  return read;
}

bool addDeliveries(Connection& connection, const NodeKey& key, const postgres::Value& parts,
                   std::vector<RecordRow>& rows) {
  if (rows.empty()) return true;
  Column ids(Column::Kind::uuid);
  std::map<PackedId, RecordRow*> byId;
  for (RecordRow& one : rows) {
    ids.add(one.id.bytes());
    byId[one.id] = &one;
  }
  const auto read = connection.run(
      "SELECT record, peer, state, at, attempts, code, receipt, exception, configuration, digest"
      " FROM delivery WHERE part=ANY($1) AND record=ANY($2) ORDER BY record, peer",
      {parts, ids.value()});
  if (!read) return false;
  for (int row = 0; row < read->count(); ++row) {
    const auto id = PackedId::ofBytes(read->bytes(row, 0));
    const auto of = id ? byId.find(*id) : byId.end();
    if (of == byId.end()) continue;
    Delivery& one = of->second->deliveries.emplace_back();
    one.peer = read->bytes(row, 1);
    one.state = static_cast<DeliveryState>(read->integer(row, 2));
    one.at = timeIn(read->integer(row, 3));
    one.attempts = static_cast<int>(read->integer(row, 4));
    one.code = read->bytes(row, 5);
    one.receipt = unsealedColumn(key, read->bytes(row, 6));
    one.exception = textOf(read->bytes(row, 7));
    one.configuration = read->bytes(row, 8);
    one.digest = read->bytes(row, 9);
  }
  for (RecordRow& row : rows)
    for (const std::string& peer : row.destinations)
      if (std::none_of(row.deliveries.begin(), row.deliveries.end(),
                       [&](const Delivery& one) { return one.peer == peer; }))
        row.deliveries.emplace_back().peer = peer;
  return true;
}

bool readAttempts(Connection& connection, const RecordRow& row, std::vector<FailedAttempt>& into) {
  const auto read = connection.run(
      "SELECT at, peer, number, verdict, code, detail, configuration, answer FROM attempt"
      " WHERE part=$1 AND record=$2 ORDER BY at, peer, number",
      {postgres::valueOf(row.part), postgres::uuidValue(row.id.bytes())});
  if (!read) return false;
  for (int at = 0; at < read->count(); ++at) {
    FailedAttempt& one = into.emplace_back();
    one.at = timeIn(read->integer(at, 0));
    one.peer = read->bytes(at, 1);
    one.number = static_cast<int>(read->integer(at, 2));
    one.verdict = static_cast<record::Attempt::Verdict>(read->integer(at, 3));
    one.code = read->bytes(at, 4);
    one.detail = read->bytes(at, 5);
    one.configuration = read->bytes(at, 6);
    one.answer = read->bytes(at, 7);
  }
  return true;
}

bool readRepetitions(Connection& connection, const RecordRow& row,
                     std::vector<RepetitionCount>& into) {
  const auto read = connection.run(
      "SELECT peer, times, first, last FROM repetition WHERE part=$1 AND record=$2 ORDER BY peer",
      {postgres::valueOf(row.part), postgres::uuidValue(row.id.bytes())});
  if (!read) return false;
  for (int at = 0; at < read->count(); ++at)
    into.push_back({std::string(read->bytes(at, 0)),
                    static_cast<std::uint64_t>(read->integer(at, 1)), timeIn(read->integer(at, 2)),
                    timeIn(read->integer(at, 3))});
  return true;
}

}  // namespace lianqiao::history
