// What is done to the store besides writing: verified, retired, erased; gaps, versions of the
// configuration and acts.
#include "history/block_codec.h"
#include "history/particulars.h"
#include "history/terms.h"
#include "history_postgres/postgres_eraser.h"
#include "history_postgres/postgres_store.h"
#include "history_postgres/postgres_verifier.h"
#include "history_postgres/transaction.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {

using base::Lock;
using postgres::Connection;
using postgres::Failure;
using postgres::valueOf;

namespace {

constexpr std::int64_t kMostGaps = 1000;

}  // namespace

Result<Verified> PostgresStore::verify() {
  if (const auto entered = keys(); !entered.ok()) return entered.error();
  Failure failure;
  const auto connection = pool_.connect(ConnectionPool::Use::survey, failure);
  if (connection == nullptr) return refusal(failure);
  // One view of the whole, whatever is written meanwhile.
  if (!connection->run("BEGIN ISOLATION LEVEL REPEATABLE READ"))
    return refusal(connection->failure());
  const auto partitions = readPartitions(*connection);
  if (!partitions) return refusal(connection->failure());
  Verified found;
  for (const auto& [partition, number] : *partitions)
    if (!verifyPartition(*connection, partition, number, found))
      return refusal(connection->failure());
  return found;
}

StoreState PostgresStore::state() const {
  StoreState state;
  state.position = position();
  const auto connection = lease();
  if (!connection.ok()) return state;
  const auto sizes = (*connection)
                         ->run(
                             "SELECT (SELECT count(*) FROM part),"
                             " (SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint"
                             " FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace"
                             " WHERE n.nspname=$1 AND c.relkind='r')",
                             {valueOf(settings_.schema)});
  if (sizes) {
    state.parts = static_cast<std::uint64_t>(sizes->integer(0, 0));
    state.bytes = static_cast<std::uint64_t>(sizes->integer(0, 1));
  }
  state.classes = classes(**connection);
  const auto gaps = (*connection)
                        ->run(
                            "SELECT after_time, after_number, to_time, to_number, noticed,"
                            " refilled FROM gap ORDER BY number DESC LIMIT $1",
                            {valueOf(kMostGaps)});
  for (int row = 0; gaps && row < gaps->count(); ++row) {
    const auto at = [&](int column) {
      return static_cast<std::uint64_t>(gaps->integer(row, column));
    };
    Gap& gap = state.gaps.emplace_back(
        Gap{{at(0), at(1)}, {at(2), at(3)}, timeIn(gaps->integer(row, 4)), {}});
    if (!gaps->isNull(row, 5)) gap.refilled = at(5);
  }
  return state;
}

/// The newest month of each tells how much a day is of late; what was sent grows with its records.
std::vector<ClassSize> PostgresStore::classes(Connection& connection) const {
  const auto rows = connection.run(
      "WITH piece AS (SELECT p.number, left(p.name, 7) AS month, CASE t.name WHEN 'sent'"
      " THEN 'sent' ELSE substr(p.name, 9) END AS kind,"
      " sum(pg_total_relation_size(c.oid)) AS bytes FROM part p"
      " CROSS JOIN unnest('{record,block,delivery,attempt,repetition,exception,sent}'::text[])"
      " t(name) JOIN pg_class c ON c.relname=t.name || ':' || p.name"
      " JOIN pg_namespace n ON n.oid=c.relnamespace AND n.nspname=$1 GROUP BY 1, 2, 3),"
      " days AS (SELECT part, max(day)-min(day)+1 AS count FROM day GROUP BY part),"
      " months AS (SELECT kind, month, sum(bytes) AS bytes, max(days.count) AS count"
      " FROM piece LEFT JOIN days ON days.part=piece.number GROUP BY kind, month)"
      " SELECT kind, sum(bytes)::bigint,"
      " coalesce((array_agg(bytes/count ORDER BY month DESC))[1], 0)::bigint"
      " FROM months GROUP BY kind ORDER BY kind",
      {valueOf(settings_.schema)});
  std::vector<ClassSize> classes;
  for (int row = 0; rows && row < rows->count(); ++row)
    classes.push_back({std::string(rows->bytes(row, 0)),
                       static_cast<std::uint64_t>(rows->integer(row, 1)),
                       static_cast<std::uint64_t>(rows->integer(row, 2))});
  return classes;
}

Result<void> PostgresStore::noteRefilled(std::uint64_t records) {
  if (const auto entered = keys(); !entered.ok()) return entered.error();
  const Lock lock(writing_);
  Connection* const connection = writer();
  if (connection == nullptr) return refusal(lost_);
  if (connection->run("UPDATE gap SET refilled=$1 WHERE refilled IS NULL",
                      {valueOf(static_cast<std::int64_t>(records))}))
    return {};
  return refusal(connection->failure());
}

bool PostgresStore::addAct(Connection& connection, const Act& act) {
  return connection
      .run("INSERT INTO act(at, who, what, why) VALUES($1,$2,$3,$4)",
           {valueOf(columnOf(act.at)), valueOf(act.who), valueOf(act.what), valueOf(act.why)})
      .has_value();
}

Result<void> PostgresStore::noteAct(const Act& act) {
  if (const auto entered = keys(); !entered.ok()) return entered.error();
  const Lock lock(writing_);
  Connection* const connection = writer();
  if (connection == nullptr) return refusal(lost_);
  if (addAct(*connection, act)) return {};
  return refusal(connection->failure());
}

Result<void> PostgresStore::noteGap(const Gap& gap) {
  if (const auto entered = keys(); !entered.ok()) return entered.error();
  const Lock lock(writing_);
  Connection* const connection = writer();
  if (connection == nullptr) return refusal(lost_);
  Transaction transaction(*connection);
  if (!transaction.position()) return refusal(connection->failure());
  if (gap.after < gap.upTo && gap.after < *transaction.position()) return {};
  const auto number = [](std::uint64_t of) { return valueOf(static_cast<std::int64_t>(of)); };
  if (!connection->run("INSERT INTO gap(after_time, after_number, to_time, to_number, noticed)"
                       " VALUES($1,$2,$3,$4,$5)",
                       {number(gap.after.time), number(gap.after.number), number(gap.upTo.time),
                        number(gap.upTo.number), valueOf(columnOf(gap.noticed))}) ||
      !transaction.commit())
    return refusal(connection->failure());
  return {};
}

Result<void> PostgresStore::keepConfiguration(std::string_view version, std::string_view content) {
  if (const auto entered = keys(); !entered.ok()) return entered.error();
  const Lock lock(writing_);
  Connection* const connection = writer();
  if (connection == nullptr) return refusal(lost_);
  if (connection->run("INSERT INTO configuration VALUES($1,$2) ON CONFLICT DO NOTHING",
                      {valueOf(version), postgres::bytesValue(compress(content))}))
    return {};
  return refusal(connection->failure());
}

Result<std::optional<std::string>> PostgresStore::configuration(std::string_view version) {
  const auto connection = lease();
  if (!connection.ok()) return connection.error();
  const auto row =
      (*connection)->run("SELECT content FROM configuration WHERE version=$1", {valueOf(version)});
  if (!row) return refusal((*connection)->failure());
  if (row->count() == 0) return std::optional<std::string>();
  auto content = decompress(row->bytes(0, 0));
  if (content) return content;
  return Error{codes::kHistoryDamaged,
               "The configuration " + std::string(version) + " is damaged in the history."};
}

Result<std::vector<Act>> PostgresStore::acts(std::size_t most) {
  const auto connection = lease();
  if (!connection.ok()) return connection.error();
  const auto rows = (*connection)
                        ->run("SELECT at, who, what, why FROM act ORDER BY number DESC LIMIT $1",
                              {valueOf(static_cast<std::int64_t>(most))});
  if (!rows) return refusal((*connection)->failure());
  std::vector<Act> acts;
  for (int row = 0; row < rows->count(); ++row)
    acts.push_back({timeIn(rows->integer(row, 0)), std::string(rows->bytes(row, 1)),
                    std::string(rows->bytes(row, 2)), std::string(rows->bytes(row, 3))});
  return acts;
}

Result<std::size_t> PostgresStore::retire(WallTime now) {
  if (const auto entered = keys(); !entered.ok()) return entered.error();
  const Lock lock(writing_);
  Connection* const connection = writer();
  if (connection == nullptr) return refusal(lost_);
  const auto partitions = readPartitions(*connection);
  if (!partitions) return refusal(connection->failure());
  std::size_t gone = 0;
  for (const auto& [partition, number] : *partitions) {
    const auto kept = settings_.retention.find(partition.kind);
    const bool over =
        kept != settings_.retention.end() && now >= partition.month.end() + kept->second;
    if (!over && now < partition.month.end() + settings_.sent) continue;
    Transaction transaction(*connection);
    if (!transaction.position()) return refusal(connection->failure());
    std::optional<bool> done;
    if (!over) {
      done = dropSent(*connection, partition);
    } else if (dropPartition(*connection, partition, number)) {
      done = true;
      known_.clear();
    }
    if (!done || !transaction.commit()) return refusal(connection->failure());
    if (*done) ++gone;
  }
  return gone;
}

Result<std::size_t> PostgresStore::erase(std::string_view number, const Act& act) {
  const std::string searched = searchableNumber(number);
  if (searched.size() < 5)
    return Error{codes::kMalformed, "A whole telephone or id number is erased, no part of one."};
  const auto entered = keys();
  if (!entered.ok()) return entered.error();
  const Lock lock(writing_);
  Connection* const connection = writer();
  if (connection == nullptr) return refusal(lost_);
  Transaction transaction(*connection);
  if (!transaction.position()) return refusal(connection->failure());
  NodeKey& key = (*entered)->writing;
  PostgresEraser eraser(*connection, key);
  const auto erased = eraser.erase(numberTerm(key, searched));
  if (!erased && eraser.metDamage())
    return Error{codes::kHistoryDamaged,
                 "A content of that person cannot be read, so nothing was erased; lianqiao history "
                 "verify names it."};
  // In one step with the act: one that is done and not written down would be none.
  if (!erased || !addAct(*connection, act) || !transaction.commit())
    return refusal(connection->failure());
  // What was there is in dead rows until then.
  for (const char* table : {"record", "block", "delivery", "attempt", "exception", "sent"})
    if (*erased > 0 && !connection->run(std::string("VACUUM ") + table))
      log_(LogLevel::warning,
           "What was erased is in dead rows yet, until PostgreSQL's autovacuum comes to them: " +
               connection->failure().why);
  return *erased;
}

}  // namespace lianqiao::history
