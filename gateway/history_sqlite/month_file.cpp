#include "history_sqlite/month_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "history_sqlite/term_index.h"
#include "record/person_numbers.h"

namespace lianqiao::history {

using sqlite::Database;
using sqlite::Fault;
using sqlite::Statement;

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kLayout = 2;
constexpr std::size_t kMostWords = 65'536;

std::string monthTables() {
  return std::string(
             "CREATE TABLE word(number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);"
             "CREATE TABLE record(number INTEGER PRIMARY KEY, id BLOB NOT NULL,"
             " peer INTEGER NOT NULL, type INTEGER NOT NULL, key, source, revision,"
             " accepted INTEGER, happened INTEGER, division INTEGER, grid INTEGER,"
             " configuration INTEGER, flags INTEGER NOT NULL, block INTEGER, place INTEGER,"
             " destinations BLOB);"
             "CREATE TABLE former(record INTEGER NOT NULL, block INTEGER NOT NULL,"
             " place INTEGER NOT NULL, PRIMARY KEY(record, block, place)) WITHOUT ROWID;"
             "CREATE TABLE block(number INTEGER PRIMARY KEY, count INTEGER NOT NULL,"
             " bytes BLOB NOT NULL);"
             "CREATE TABLE delivery(record INTEGER NOT NULL, peer INTEGER NOT NULL,"
             " state INTEGER NOT NULL, at INTEGER, attempts INTEGER NOT NULL, code INTEGER,"
             " receipt, exception BLOB, configuration INTEGER, digest INTEGER,"
             " PRIMARY KEY(record, peer)) WITHOUT ROWID;"
             // Most deliveries are delivered: an index of the others is small.
             "CREATE INDEX unsettled ON delivery(state, record) WHERE state<>2;"
             "CREATE TABLE attempt(record INTEGER NOT NULL, at INTEGER NOT NULL,"
             " peer INTEGER NOT NULL, number INTEGER NOT NULL, verdict INTEGER NOT NULL,"
             " code INTEGER, detail TEXT, configuration INTEGER, answer TEXT,"
             " PRIMARY KEY(record, at, peer, number)) WITHOUT ROWID;"
             "CREATE TABLE repetition(record INTEGER NOT NULL, peer INTEGER NOT NULL,"
             " times INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
             " PRIMARY KEY(record, peer)) WITHOUT ROWID;"
             "CREATE TABLE exception(number INTEGER PRIMARY KEY, id BLOB NOT NULL,"
             " peer INTEGER NOT NULL, code INTEGER, source, at INTEGER, record BLOB,"
             " seen INTEGER NOT NULL, last INTEGER, ended INTEGER, how INTEGER, note TEXT,"
             " contents BLOB);"
             "CREATE TABLE day(day INTEGER NOT NULL, peer INTEGER NOT NULL,"
             " type INTEGER NOT NULL, what INTEGER NOT NULL, number INTEGER NOT NULL,"
             " PRIMARY KEY(day, peer, type, what)) WITHOUT ROWID;") +
         TermIndex::tables();
}

constexpr const char* kPosition =
    "CREATE TABLE position(one INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
    " number INTEGER NOT NULL, gone INTEGER NOT NULL); INSERT INTO position VALUES(1,0,0,0);";

void syncFolder(const fs::path& folder) {
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  ::fsync(handle);
  ::close(handle);
}

/// Pages of a write-ahead log are written a second time: seldom, where it may grow to 16 MiB.
constexpr const char* kSettings =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON;"
    "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=33554432;"
    "PRAGMA cache_size=-2048; PRAGMA busy_timeout=2000; PRAGMA secure_delete=OFF;";

bool makeFile(const fs::path& file, const char* tables, Failure& failure) {
  const fs::path fresh = file.string() + ".fresh";
  std::error_code error;
  for (const char* end : {"", "-wal", "-shm"}) fs::remove(fresh.string() + end, error);
  // SQLite gives its other files the mode of this one.
  const int made = ::open(fresh.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (made < 0) {
    failure = {errno == ENOSPC ? Fault::full : Fault::other, std::strerror(errno)};
    return false;
  }
  ::close(made);
  const auto database = Database::open(fresh.string(), Database::Mode::write, failure.why);
  failure.fault = Fault::other;
  if (database == nullptr) return false;
  const std::string all = std::string(kSettings) + "BEGIN IMMEDIATE;" + tables + kPosition +
                          "PRAGMA user_version=" + std::to_string(kLayout) +
                          "; COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE;";
  if (!database->run(all.c_str())) {
    failure = Failure::of(*database);
    return false;
  }
  // A log without its file, as a death may leave one, would be replayed into this one.
  for (const char* end : {"-wal", "-shm"}) fs::remove(file.string() + end, error);
  fs::rename(fresh, file, error);
  syncFolder(file.parent_path());
  if (error) failure.why = error.message();
  return !error;
}

}  // namespace

std::unique_ptr<Database> openFile(const fs::path& file, Opening opening, const char* tables,
                                   Failure& failure) {
  std::error_code error;
  if (!fs::exists(file, error)) {
    failure = {Fault::other, "it is not there"};
    if (opening == Opening::there || !makeFile(file, tables, failure)) return nullptr;
  }
  if (fs::file_size(file, error) == 0 && !error) {
    failure = {Fault::damaged, "it is empty"};
    return nullptr;
  }
  failure.fault = Fault::other;
  auto database = Database::open(file.string(), Database::Mode::write, failure.why);
  if (database == nullptr) return nullptr;
  if (!database->run(kSettings)) {
    failure = Failure::of(*database);
    return nullptr;
  }
  const std::int64_t layout = database->number("PRAGMA user_version");
  failure = Failure::of(*database);
  if (failure.fault != Fault::none) return nullptr;
  if (layout == kLayout) return database;
  failure = {Fault::other, "it has layout " + std::to_string(layout) + " and not " +
                               std::to_string(kLayout) + ": another version's"};
  return nullptr;
}

std::unique_ptr<Database> openMonth(const fs::path& file, Opening opening, Failure& failure) {
  return openFile(file, opening, monthTables().c_str(), failure);
}

std::optional<record::JournalPosition> readPosition(Database& database) {
  Statement row(database, "SELECT time, number FROM position");
  if (!row.row()) return std::nullopt;
  return record::JournalPosition{static_cast<std::uint64_t>(row.integer(0)),
                                 static_cast<std::uint64_t>(row.integer(1))};
}

bool writePosition(Database& database, record::JournalPosition position) {
  Statement row(database, "UPDATE position SET time=?, number=?");
  return row.bind(1, static_cast<std::int64_t>(position.time))
      .bind(2, static_cast<std::int64_t>(position.number))
      .run();
}

std::int64_t WordTable::add(std::string_view word) {
  if (const auto known = find(word)) return *known;
  Statement insert(database_, "INSERT INTO word(text) VALUES(?)");
  if (!insert.bindText(1, word).run()) return 0;
  return find(word).value_or(0);
}

std::optional<std::int64_t> WordTable::find(std::string_view word) {
  if (word.empty()) return 0;
  if (const auto known = numbers_.find(word); known != numbers_.end()) return known->second;
  Statement look(database_, "SELECT number FROM word WHERE text=?");
  if (!look.bindText(1, word).row()) return std::nullopt;
  if (numbers_.size() >= kMostWords) numbers_.clear();
  return numbers_[std::string(word)] = look.integer(0);
}

std::string WordTable::text(std::int64_t number) {
  if (number == 0) return {};
  if (const auto known = texts_.find(number); known != texts_.end()) return known->second;
  Statement look(database_, "SELECT text FROM word WHERE number=?");
  if (!look.bind(1, number).row()) return {};
  if (texts_.size() >= kMostWords) texts_.clear();
  return texts_[number] = std::string(look.bytes(0));
}

SealedText::SealedText(const NodeKey& key, std::string_view text) : clear_(text) {
  if (record::holdsPersonNumber(text)) sealed_ = key.seal(text);
}

void SealedText::bindTo(Statement& statement, int at) const {
  if (sealed_.empty()) {
    statement.bindText(at, clear_);
  } else {
    statement.bindBytes(at, sealed_);
  }
}

std::string SealedText::read(const NodeKey& key, const Statement& row, int column) {
  if (row.isText(column) || row.isNull(column)) return std::string(row.bytes(column));
  return key.unseal(row.bytes(column)).value_or("");
}

}  // namespace lianqiao::history
