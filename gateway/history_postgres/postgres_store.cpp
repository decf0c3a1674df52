#include "history_postgres/postgres_store.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "history_postgres/batch_changes.h"
#include "history_postgres/change_writer.h"
#include "history_postgres/transaction.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {

namespace fs = std::filesystem;
using base::Lock;
using postgres::Column;
using postgres::Connection;
using postgres::Failure;
using postgres::Fault;
using postgres::valueOf;

namespace {

/// Further back, whether a record is there is asked of the server.
constexpr std::size_t kMostKnown = 262'144;
/// Digits of what the key makes of a text that is none of a person.
constexpr std::string_view kKeyCheck = "key check";

Error unusable(std::string detail) { return {codes::kHistoryUnavailable, std::move(detail)}; }

}  // namespace

PostgresStore::PostgresStore(StoreSettings settings, base::LogLine log, const base::Clock& clock)
    : settings_(std::move(settings)),
      identity_("postgresql/" + settings_.schema),
      log_(std::move(log)),
      pool_({settings_.url, settings_.password}, settings_.schema, clock) {}

Result<std::unique_ptr<HistoryStore>> PostgresStore::open(StoreSettings settings, base::LogLine log,
                                                          const base::Clock& clock) {
  for (const auto& [type, kind] : settings.kinds)
    if (!Partition::named("2000-01-" + kind))
      return unusable("The class " + kind + " of " + type +
                      " is no name of a table; up to 40 lower-case letters, digits, - and _.");
  std::unique_ptr<PostgresStore> store(
      new PostgresStore(std::move(settings), std::move(log), clock));
  if (const auto entered = store->keys(); !entered.ok()) {
    const Lock lock(store->opening_);
    if (store->never_) return *store->never_;
    store->log_(LogLevel::error, "The history's PostgreSQL is looked for again and again: " +
                                     entered.error().detail);
  }
  return std::unique_ptr<HistoryStore>(std::move(store));
}

Result<PostgresStore::Keys*> PostgresStore::keys() const {
  const Lock lock(opening_);
  if (never_) return *never_;
  if (keys_ != nullptr) return keys_.get();
  if (Result<void> entered = enter(); !entered.ok()) return entered.error();
  return keys_.get();
}

Result<void> PostgresStore::enter() const {
  Failure failure;
  const auto connection = pool_.connect(ConnectionPool::Use::write, failure);
  if (connection == nullptr) return refusal(failure);
  // Nodes that start together make it one after the other.
  if (!connection->run("BEGIN") ||
      !connection->run("SELECT pg_advisory_xact_lock(hashtext('lianqiao history ' || $1))",
                       {valueOf(settings_.schema)}) ||
      !makeSchema(*connection))
    return refusal(connection->failure());
  if (Result<void> agreed = agree(*connection); !agreed.ok()) return agreed;
  if (connection->run("COMMIT")) return {};
  keys_ = nullptr;
  return refusal(connection->failure());
}

bool PostgresStore::makeSchema(Connection& connection) const {
  const auto there = connection.run(
      "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace"
      " WHERE n.nspname=$1 AND c.relname='about'",
      {valueOf(settings_.schema)});
  if (!there) return false;
  if (there->count() > 0) return true;
  const auto schema =
      connection.run("SELECT 1 FROM pg_namespace WHERE nspname=$1", {valueOf(settings_.schema)});
  // Who may not make one may be given one.
  if (!schema ||
      (schema->count() == 0 && !connection.run("CREATE SCHEMA \"" + settings_.schema + "\"")))
    return false;
  return connection.run(postgresTables());
}

/// With the layout and the key of those who have written before.
Result<void> PostgresStore::agree(Connection& connection) const {
  const auto about = connection.run("SELECT layout, key_check FROM about", {});
  if (!about) return refusal(connection.failure());
  const bool fresh = about->count() == 0;
  if (!fresh && about->integer(0, 0) != kPostgresLayout) {
    never_ = unusable("The history's schema " + settings_.schema + " has layout " +
                      std::to_string(about->integer(0, 0)) + " and not " +
                      std::to_string(kPostgresLayout) + ": another version's.");
    return *never_;
  }
  const fs::path file = settings_.key.empty() ? settings_.folder / "key" : settings_.key;
  std::error_code error;
  if (fresh) fs::create_directories(file.parent_path(), error);
  const Result<std::string> secret = NodeKey::secretIn(file, fresh);
  if (!secret.ok()) {
    never_ = secret.error();
    return *never_;
  }
  auto keys = std::make_unique<Keys>(*secret);
  const auto check = static_cast<std::int64_t>(keys->writing.digest(kKeyCheck));
  if (!fresh && about->integer(0, 1) != check) {
    never_ = unusable("The history's schema " + settings_.schema +
                      " was written under another key than " + file.string() +
                      ": all nodes share one. Copy it from a node that writes (history.key).");
    return *never_;
  }
  if (fresh && !connection.run("INSERT INTO about VALUES($1,$2)",
                               {valueOf(kPostgresLayout), valueOf(check)}))
    return refusal(connection.failure());
  keys_ = std::move(keys);
  return {};
}

Error PostgresStore::refusal(const Failure& failure) const {
  switch (failure.fault) {
    case Fault::full:
      return {codes::kHistoryFull, "There is no room for the history in PostgreSQL (" +
                                       failure.why +
                                       "); make room on its disk, or shorten its retention."};
    case Fault::damaged:
      return {codes::kHistoryDamaged,
              "The history's PostgreSQL finds its files damaged: " + failure.why +
                  "; look at its disk and bring it back from a backup."};
    case Fault::busy:
      return unusable("The history's PostgreSQL is busy: " + failure.why + "; try again.");
    case Fault::refused:
      return unusable("The history's PostgreSQL refuses: " + failure.why +
                      "; lianqiao doctor tells which right is missing.");
    default:
      return unusable("The history's PostgreSQL cannot be used: " + failure.why +
                      "; see history.url, and whether it runs.");
  }
}

Result<ConnectionPool::Lease> PostgresStore::lease() const {
  if (const auto entered = keys(); !entered.ok()) return entered.error();
  Failure failure;
  ConnectionPool::Lease lease = pool_.take(failure);
  if (!lease) return refusal(failure);
  return lease;
}

Connection* PostgresStore::writer() {
  if (writer_ == nullptr || !writer_->isOpen())
    writer_ = pool_.connect(ConnectionPool::Use::write, lost_);
  return writer_.get();
}

record::JournalPosition PostgresStore::position() const {
  if (const auto connection = lease(); connection.ok()) {
    const auto row = (*connection)->run("SELECT time, number FROM position", {});
    if (row && row->count() == 1) {
      const Lock lock(state_);
      position_ = {static_cast<std::uint64_t>(row->integer(0, 0)),
                   static_cast<std::uint64_t>(row->integer(0, 1))};
    }
  }
  const Lock lock(state_);
  return position_;
}

Result<void> PostgresStore::write(const Batch& batch) {
  if (batch.entries.empty()) return {};
  const auto entered = keys();
  if (!entered.ok()) return entered.error();
  const Lock lock(writing_);
  Connection* const connection = writer();
  if (connection == nullptr) return refusal(lost_);
  record::JournalPosition position;
  if (Result<void> written = writeBehind(*connection, batch, **entered, position); !written.ok())
    return written;
  const Lock stateLock(state_);
  position_ = position;
  return {};
}

/// What another node has written meanwhile is left out. One transaction: all of it or nothing.
Result<void> PostgresStore::writeBehind(Connection& connection, const Batch& batch, Keys& keys,
                                        record::JournalPosition& position) {
  Transaction transaction(connection);
  if (!transaction.position()) return refusal(connection.failure());
  position = *transaction.position();
  if (batch.entries.back().position <= position) return {};
  BatchChanges changes(settings_, batch, position);
  const record::JournalPosition upTo = batch.entries.back().position;
  if (!writeChanges(connection, keys, changes) ||
      !connection.run("UPDATE position SET time=$1, number=$2",
                      {valueOf(static_cast<std::int64_t>(upTo.time)),
                       valueOf(static_cast<std::int64_t>(upTo.number))}) ||
      !transaction.commit())
    return refusal(connection.failure());
  position = upTo;
  know(changes);
  return {};
}

bool PostgresStore::writeChanges(Connection& connection, Keys& keys, BatchChanges& changes) {
  auto partitions = readPartitions(connection);
  if (!partitions || !changes.lookUp(connection, *partitions)) return false;
  changes.apply();
  for (const Partition& one : changes.partitions()) {
    if (partitions->contains(one)) continue;
    const auto number = makePartition(connection, one);
    if (!number) return false;
    partitions->emplace(one, *number);
  }
  return ChangeWriter(connection, *partitions, keys.writing, settings_.words, changes).write();
}

void PostgresStore::know(const BatchChanges& changes) {
  if (known_.size() > kMostKnown) known_.clear();
  for (const auto& one : changes.records()) known_.insert(one.first);
}

Result<void> PostgresStore::refill(const Batch& batch) {
  if (batch.entries.empty()) return {};
  const auto entered = keys();
  if (!entered.ok()) return entered.error();
  const Lock lock(writing_);
  Connection* const connection = writer();
  if (connection == nullptr) return refusal(lost_);
  Transaction transaction(*connection);
  BatchChanges changes(settings_, batch, std::nullopt);
  if (!transaction.position() || !writeChanges(*connection, **entered, changes) ||
      !transaction.commit())
    return refusal(connection->failure());
  know(changes);
  return {};
}

Result<std::vector<std::string>> PostgresStore::unknown(const std::vector<std::string>& ids) {
  std::vector<std::string> unknown;
  const auto entered = keys();
  if (!entered.ok()) return entered.error();
  const Lock lock(writing_);
  Column asked(Column::Kind::uuid);
  std::set<Month> months;
  // What is no id of ours is not looked for.
  for (const std::string& text : ids) {
    const auto id = PackedId::read(text);
    if (!id || known_.contains(*id)) continue;
    asked.add(id->bytes());
    months.insert(Month::of(id->time()));
  }
  if (asked.count() == 0) return unknown;
  Connection* const connection = writer();
  if (connection == nullptr) return refusal(lost_);
  const auto partitions = readPartitions(*connection);
  const auto there =
      partitions ? connection->run("SELECT id FROM record WHERE part=ANY($1) AND id=ANY($2)",
                                   {numbersOf(*partitions, months), asked.value()})
                 : std::nullopt;
  if (!there) return refusal(connection->failure());
  for (int row = 0; row < there->count(); ++row)
    if (const auto id = PackedId::ofBytes(there->bytes(row, 0))) known_.insert(*id);
  for (const std::string& text : ids)
    if (const auto id = PackedId::read(text); id && !known_.contains(*id)) unknown.push_back(text);
  return unknown;
}

}  // namespace lianqiao::history
