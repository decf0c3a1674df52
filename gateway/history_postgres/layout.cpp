#include "history_postgres/layout.h"

#include <algorithm>
#include <array>

#include "lianqiao/ascii.h"
#include "record/person_numbers.h"

namespace lianqiao::history {

using postgres::Connection;

namespace {

constexpr std::array<const char*, 7> kPartitioned{"record",     "block",     "delivery", "attempt",
                                                  "repetition", "exception", "sent"};

/// The name is made of digits, lower-case letters, - and _ alone.
std::string tableOf(const char* table, const Partition& partition) {
  return std::string("\"") + table + ":" + partition.name() + "\"";
}

}  // namespace

std::string postgresTables() {
  return "CREATE TABLE about(layout bigint NOT NULL, key_check bigint NOT NULL);"
         "CREATE TABLE position(time bigint NOT NULL, number bigint NOT NULL);"
         "INSERT INTO position VALUES(0,0);"
         "CREATE TABLE part(number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
         " name text NOT NULL UNIQUE);"
         "CREATE TABLE gap(number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
         " after_time bigint NOT NULL, after_number bigint NOT NULL, to_time bigint NOT NULL,"
         " to_number bigint NOT NULL, noticed bigint NOT NULL, refilled bigint);"
         "CREATE TABLE configuration(version text PRIMARY KEY, content bytea NOT NULL);"
         "CREATE TABLE act(number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
         " at bigint NOT NULL, who text NOT NULL, what text NOT NULL, why text NOT NULL);"
         "CREATE TABLE day(day bigint NOT NULL, part bigint NOT NULL, peer text NOT NULL,"
         " type text NOT NULL, what bigint NOT NULL, number bigint NOT NULL,"
         " PRIMARY KEY(day, part, peer, type, what));"
         "CREATE TABLE record(part bigint NOT NULL, id uuid NOT NULL, peer text NOT NULL,"
         " type text NOT NULL, key bytea, source bytea, revision bytea, accepted bigint NOT NULL,"
         " happened bigint NOT NULL, division text NOT NULL, grid text NOT NULL,"
         " configuration text NOT NULL, flags bigint NOT NULL, block bigint NOT NULL,"
         " place bigint NOT NULL, destinations text[] NOT NULL, former bigint[] NOT NULL,"
         " terms bigint[] NOT NULL, PRIMARY KEY(id, part)) PARTITION BY LIST(part);"
         "CREATE INDEX record_terms ON record USING gin(terms);"
         "CREATE TABLE block(part bigint NOT NULL, number bigint NOT NULL, count bigint NOT NULL,"
         " bytes bytea NOT NULL, PRIMARY KEY(number, part)) PARTITION BY LIST(part);"
         "CREATE TABLE delivery(part bigint NOT NULL, record uuid NOT NULL, peer text NOT NULL,"
         " state bigint NOT NULL, at bigint NOT NULL, attempts bigint NOT NULL,"
         " code text NOT NULL, receipt bytea, term bigint, exception uuid,"
         " configuration text NOT NULL, digest text NOT NULL,"
         " PRIMARY KEY(record, peer, part)) PARTITION BY LIST(part);"
         "CREATE INDEX delivery_term ON delivery(term) WHERE term IS NOT NULL;"
         // Most deliveries are delivered: an index of the others is small.
         "CREATE INDEX unsettled ON delivery(state, record) WHERE state<>2;"
         "CREATE TABLE attempt(part bigint NOT NULL, record uuid NOT NULL, at bigint NOT NULL,"
         " peer text NOT NULL, number bigint NOT NULL, verdict bigint NOT NULL,"
         " code text NOT NULL, detail text NOT NULL, configuration text NOT NULL,"
         " answer text NOT NULL, PRIMARY KEY(record, at, peer, number, part)) PARTITION BY "
         "LIST(part);"
         "CREATE TABLE repetition(part bigint NOT NULL, record uuid NOT NULL, peer text NOT NULL,"
         " times bigint NOT NULL, first bigint NOT NULL, last bigint NOT NULL,"
         " PRIMARY KEY(record, peer, part)) PARTITION BY LIST(part);"
         "CREATE TABLE exception(part bigint NOT NULL, id uuid NOT NULL, peer text NOT NULL,"
         " code text NOT NULL, source bytea, term bigint, at bigint NOT NULL, record uuid,"
         " seen bigint NOT NULL, last bigint NOT NULL, ended bigint NOT NULL, how text NOT NULL,"
         " note text NOT NULL, contents bytea NOT NULL, numbers bigint[] NOT NULL,"
         " PRIMARY KEY(id, part)) PARTITION BY LIST(part);"
         "CREATE INDEX exception_term ON exception(term) WHERE term IS NOT NULL;"
         "CREATE INDEX exception_numbers ON exception USING gin(numbers);"
         "CREATE TABLE sent(part bigint NOT NULL, record uuid NOT NULL, peer text NOT NULL,"
         " bytes bytea NOT NULL, PRIMARY KEY(record, peer, part)) PARTITION BY LIST(part);";
}

std::optional<Partition> Partition::named(std::string_view name) {
  constexpr std::size_t kMonth = 7;
  if (name.size() < kMonth + 2 || name[kMonth] != '-') return std::nullopt;
  const auto month = Month::named(name.substr(0, kMonth));
  const std::string_view kind = name.substr(kMonth + 1);
  const bool plain = std::all_of(kind.begin(), kind.end(), [](char c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  });
  if (!month || !plain || kind.size() > kMostKindBytes) return std::nullopt;
  return Partition{*month, std::string(kind)};
}

std::string Partition::name() const { return month.name() + "-" + kind; }

std::optional<Partitions> readPartitions(Connection& connection) {
  const auto rows = connection.run("SELECT number, name FROM part", {});
  if (!rows) return std::nullopt;
  Partitions partitions;
  for (int row = 0; row < rows->count(); ++row)
    if (auto partition = Partition::named(rows->bytes(row, 1)))
      partitions.emplace(std::move(*partition), rows->integer(row, 0));
  return partitions;
}

std::optional<std::int64_t> makePartition(Connection& connection, const Partition& partition) {
  const auto row = connection.run("INSERT INTO part(name) VALUES($1) RETURNING number",
                                  {postgres::valueOf(std::string_view(partition.name()))});
  if (!row || row->count() != 1) return std::nullopt;
  const std::int64_t number = row->integer(0, 0);
  std::string made;
  for (const char* table : kPartitioned)
    made += "CREATE TABLE " + tableOf(table, partition) + " PARTITION OF " + table +
            " FOR VALUES IN (" + std::to_string(number) + ");";
  // zstd has made it small already.
  for (const char* table : {"block", "sent"})
    made += "ALTER TABLE " + tableOf(table, partition) + " ALTER bytes SET STORAGE EXTERNAL;";
  if (!connection.run(made)) return std::nullopt;
  return number;
}

bool dropPartition(Connection& connection, const Partition& partition, std::int64_t number) {
  std::string gone;
  for (const char* table : kPartitioned)
    gone += "DROP TABLE IF EXISTS " + tableOf(table, partition) + ";";
  const std::string of = std::to_string(number);
  return connection.run(gone + "DELETE FROM day WHERE part=" + of +
                        "; DELETE FROM part WHERE number=" + of);
}

std::optional<bool> dropSent(Connection& connection, const Partition& partition) {
  const std::string table = tableOf("sent", partition);
  const auto some = connection.run("SELECT 1 FROM " + table + " LIMIT 1", {});
  if (!some) return std::nullopt;
  if (some->count() == 0) return false;
  if (!connection.run("TRUNCATE " + table)) return std::nullopt;
  return true;
}

postgres::Value numbersOf(const Partitions& partitions, const std::set<Month>& months) {
  postgres::Column numbers(postgres::Column::Kind::number);
  for (const auto& [partition, number] : partitions)
    if (months.contains(partition.month)) numbers.add(number);
  return numbers.value();
}

PackedId leastIdAt(WallTime time) {
  constexpr std::int64_t kLatest = (std::int64_t{1} << 48) - 1;
  const std::int64_t millis = std::clamp<std::int64_t>(time.time_since_epoch().count(), 0, kLatest);
  return {static_cast<std::uint64_t>(millis) << 16, 0};
}

std::string sealedColumn(const NodeKey& key, std::string_view text) {
  if (record::holdsPersonNumber(text)) return 's' + key.seal(text);
  return 't' + std::string(text);
}

std::string unsealedColumn(const NodeKey& key, std::string_view column) {
  if (column.empty()) return {};
  if (isSealed(column)) return key.unseal(column.substr(1)).value_or("");
  return std::string(column.substr(1));
}

std::string termsText(std::vector<std::uint64_t> terms) {
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  std::string text = "{";
  for (const std::uint64_t term : terms) {
    if (text.size() > 1) text += ',';
    text += std::to_string(static_cast<std::int64_t>(term));
  }
  return text + "}";
}

}  // namespace lianqiao::history
