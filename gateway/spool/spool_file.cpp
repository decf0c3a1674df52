#include "spool/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

#include "lianqiao/codes.h"
#include "spool/spool_look.h"
#include "spool/spool_mend.h"
#include "spool/submission_codec.h"

namespace lianqiao::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRowOverhead = 64;  // beside its bytes, about

Error configError(std::string detail) { return {codes::kConfig, std::move(detail)}; }

std::int64_t millis(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

bool makeTables(Database& database) {
  // A rollback journal, not a write-ahead log: SQLite ends a damaged log without a word where the
  // damage begins, and all rows behind it would be lost in silence. PERSIST costs one sync less.
  return database.run(
      "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=PERSIST;"
      "PRAGMA synchronous=FULL; BEGIN;"
      "CREATE TABLE submission(number INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
      " aside INTEGER NOT NULL, sum INTEGER NOT NULL, bytes BLOB NOT NULL);"
      "CREATE TABLE nonce(nonce BLOB PRIMARY KEY, use BLOB NOT NULL, until INTEGER NOT NULL)"
      " WITHOUT ROWID;"
      "PRAGMA user_version=1; COMMIT;");
}

bool SpoolFile::isThere(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "spool.db", error);
}

Result<std::unique_ptr<SpoolFile>> SpoolFile::open(fs::path folder, base::LogLine log,
                                                   const base::Clock& clock) {
  std::unique_ptr<SpoolFile> file(new SpoolFile(std::move(folder), std::move(log), clock));
  if (Result<void> entered = file->enter(); !entered.ok()) return entered.error();
  return file;
}

Result<void> SpoolFile::enter() {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (!error) fs::permissions(folder_, fs::perms::owner_all, error);
  if (error)
    return configError("The spool's folder " + folder_.string() + " cannot be made: " +
                       error.message() + "; check its owner, or set spool.enabled: false.");
  finishMend(folder_);
  if (!fs::exists(path(), error)) {
    if (Result<void> made = create(); !made.ok()) return made;
  }
  std::string why;
  Fault fault = connect(why);
  if (fault == Fault::damaged) {
    if (Result<void> mended = mend(why); !mended.ok()) return mended;
    fault = Fault::none;
  }
  // Only here: whoever reads the file on, after it was opened again, is past those rows.
  if (fault == Fault::none) fault = readmit(why);
  if (fault != Fault::none)
    return configError("The spool " + path().string() + " cannot be used: " + why +
                       "; check its owner and the free space, or set spool.enabled: false.");
  return {};
}

/// Under another name first: a file `spool.db` that is empty was never ours, or was cut.
Result<void> SpoolFile::create() {
  const fs::path fresh = folder_ / "spool.db.fresh";
  std::error_code error;
  fs::remove(fresh, error);
  std::string why;
  bool made = false;
  if (const auto database = Database::open(fresh.string(), Database::Mode::create, why)) {
    made = makeTables(*database);
    if (!made) why = database->why();
  }
  if (made) fs::rename(fresh, path(), error);
  fs::remove(folder_ / "spool.db.fresh-journal", error);
  if (made && fs::exists(path(), error)) return syncFolder(folder_), Result<void>();
  return configError("The spool " + path().string() + " cannot be made: " + why +
                     "; check the folder's owner and the free space, or set spool.enabled: false.");
}

Fault SpoolFile::connect(std::string& why) {
  std::error_code error;
  if (fs::file_size(path(), error) == 0 && !error) {
    why = "it is empty";
    return Fault::damaged;
  }
  database_ = Database::open(path().string(), Database::Mode::write, why);
  if (database_ == nullptr) return Fault::other;
  // Exclusive: a second process is told so, and SQLite saves its locks.
  const bool set = database_->run(
      "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=PERSIST;"
      "PRAGMA journal_size_limit=1048576; PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON;"
      "BEGIN IMMEDIATE; COMMIT;");
  if (set) return check(why);
  why = database_->why();
  return database_->fault();
}

/// After it had to be given up.
Fault SpoolFile::reconnect(std::string& why) {
  if (database_ != nullptr) return Fault::none;
  const Fault fault = connect(why);
  if (fault != Fault::none) database_ = nullptr;
  return fault;
}

Fault SpoolFile::check(std::string& why) {
  if (const Fault fault = examine(*database_, why); fault != Fault::none) return fault;
  if (measure()) return Fault::none;
  why = database_->why();
  return database_->fault();
}

bool SpoolFile::measure() {
  Statement sums(*database_,
                 "SELECT count(*), coalesce(sum(length(bytes)), 0), coalesce(max(number), 0),"
                 " coalesce(sum(aside), 0) FROM submission");
  if (!sums.row()) return false;
  depth_ = {};
  depth_.aside = static_cast<std::uint64_t>(sums.integer(3));
  depth_.submissions = static_cast<std::uint64_t>(sums.integer(0)) - depth_.aside;
  depth_.bytes = static_cast<std::uint64_t>(sums.integer(1) + sums.integer(0) * kRowOverhead);
  newest_ = std::max(newest_, sums.integer(2));
  Statement first(*database_, "SELECT at FROM submission WHERE aside=0 ORDER BY number LIMIT 1");
  if (first.row()) depth_.oldest = WallTime(std::chrono::milliseconds(first.integer(0)));
  return true;
}

Result<void> SpoolFile::mend(const std::string& why) {
  database_ = nullptr;
  Result<Mended> mended = mendSpool(folder_, clock_.wall());
  if (!mended.ok()) return mended.error();
  log_(LogLevel::error,
       "The spool " + path().string() + " was damaged (" + why + "). " +
           std::to_string(mended->intact) + " intact submissions were taken over and go on; " +
           (mended->damaged > 0 ? std::to_string(mended->damaged) + " or more" : "those") +
           " that could not be read are kept in " + mended->aside.string() +
           ": look at the disk's health, ask the senders of that time to send again (what arrived "
           "is recognised), then remove that file.");
  std::string again;
  const Fault fault = connect(again);
  if (fault == Fault::none) return {};
  return configError("The spool " + path().string() +
                     " was mended and still cannot be used: " + again + "; check the disk.");
}

Result<void> SpoolFile::write(const SpoolWrite& write) {
  Fault fault = Fault::none;
  std::string why;
  if (apply(write, fault, why)) return {};
  if (fault == Fault::damaged) {
    if (Result<void> mended = mend(why); !mended.ok()) return mended;
    if (apply(write, fault, why)) return {};
  }
  return refusal(fault, why);
}

bool SpoolFile::apply(const SpoolWrite& write, Fault& fault, std::string& why) {
  fault = reconnect(why);
  if (fault != Fault::none) return false;
  const queue::SpoolDepth before = depth_;
  const std::int64_t newest = newest_;
  if (database_->run("BEGIN IMMEDIATE") && applyRows(write) && database_->run("COMMIT")) {
    // All pages are free now: the file gives its space back.
    if (depth_.submissions + depth_.aside == 0 && before.submissions > 0)
      database_->run("PRAGMA incremental_vacuum");
    return true;
  }
  fault = database_->fault();
  why = database_->why();
  database_->run("ROLLBACK");
  depth_ = before;
  newest_ = newest;
  // A commit whose last sync fails is told as failed and stands all the same: the file knows.
  if (!measure()) database_ = nullptr;
  return false;
}

bool SpoolFile::applyRows(const SpoolWrite& write) {
  const std::int64_t now = millis(clock_.wall());
  Statement insert(*database_, "INSERT INTO submission VALUES(?,?,?,?,?)");
  const auto append = [&](const std::string& bytes, bool aside) {
    insert.bind(1, ++newest_).bind(2, now).bind(3, aside ? 1 : 0).bind(4, checksum(bytes));
    if (!insert.bindBytes(5, bytes).run()) return false;
    ++(aside ? depth_.aside : depth_.submissions);
    depth_.bytes += bytes.size() + kRowOverhead;
    return true;
  };
  for (const std::string& bytes : write.rows)
    if (!append(bytes, false)) return false;
  for (const std::string& bytes : write.refused)
    if (!append(bytes, true)) return false;
  Statement remove(*database_, "DELETE FROM submission WHERE number=?");
  for (const RowName& row : write.gone) {
    if (!remove.bind(1, row.number).run()) return false;
    if (database_->changes() == 0) continue;  // lost when the file was mended
    --depth_.submissions;
    depth_.bytes -= row.bytes + kRowOverhead;
  }
  Statement aside(*database_, "UPDATE submission SET aside=1 WHERE number=? AND aside=0");
  for (const RowName& row : write.aside) {
    if (!aside.bind(1, row.number).run()) return false;
    if (database_->changes() == 0) continue;
    --depth_.submissions;
    ++depth_.aside;
  }
  if (!write.nonces.empty()) {
    Statement past(*database_, "DELETE FROM nonce WHERE until<=?");
    if (!past.bind(1, now).run()) return false;
  }
  Statement nonce(*database_, "INSERT OR REPLACE INTO nonce VALUES(?,?,?)");
  for (const StoredNonce& one : write.nonces)
    if (!nonce.bindBytes(1, one.nonce).bindBytes(2, one.use).bind(3, millis(one.until)).run())
      return false;
  Statement first(*database_, "SELECT at FROM submission WHERE aside=0 ORDER BY number LIMIT 1");
  depth_.oldest.reset();
  if (first.row()) depth_.oldest = WallTime(std::chrono::milliseconds(first.integer(0)));
  return true;
}

Result<void> SpoolFile::takeUpAside() {
  std::string why;
  Fault fault = reconnect(why);
  if (fault == Fault::none) fault = readmit(why);
  if (fault == Fault::none) return {};
  return refusal(fault, why);
}

Fault SpoolFile::readmit(std::string& why) {
  if (database_->run("UPDATE submission SET aside=0 WHERE aside=1") && measure())
    return Fault::none;
  why = database_->why();
  return database_->fault();
}

Result<std::vector<StoredRow>> SpoolFile::read(std::int64_t after, std::size_t most,
                                               std::size_t bytes) {
  std::string why;
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::vector<StoredRow> found;
    Fault fault = reconnect(why);
    if (fault == Fault::none) fault = readRows(after, most, bytes, found, why);
    if (fault == Fault::none) return found;
    if (fault != Fault::damaged) break;
    if (Result<void> mended = mend(why); !mended.ok()) return mended.error();
  }
  return Error{codes::kQueueUnavailable,
               "the spool " + path().string() + " cannot be read: " + why};
}

Fault SpoolFile::readRows(std::int64_t after, std::size_t most, std::size_t bytes,
                          std::vector<StoredRow>& found, std::string& why) {
  std::size_t size = 0;
  Statement rows(*database_,
                 "SELECT number, sum, bytes FROM submission WHERE number>? AND aside=0"
                 " ORDER BY number LIMIT ?");
  rows.bind(1, after).bind(2, static_cast<std::int64_t>(most));
  while (size < bytes && rows.row()) {
    found.push_back({rows.integer(0), std::string(rows.bytes(2))});
    size += found.back().bytes.size();
    if (checksum(found.back().bytes) == rows.integer(1)) continue;
    why = "row " + std::to_string(found.back().number) + " does not match its checksum";
    return Fault::damaged;
  }
  if (size >= bytes || rows.ended()) return Fault::none;
  why = database_->why();
  return database_->fault();
}

std::vector<StoredNonce> SpoolFile::nonces() {
  std::vector<StoredNonce> found;
  Statement rows(*database_, "SELECT nonce, use, until FROM nonce WHERE until>?");
  rows.bind(1, millis(clock_.wall()));
  while (rows.row())
    found.push_back({std::string(rows.bytes(0)), std::string(rows.bytes(1)),
                     WallTime(std::chrono::milliseconds(rows.integer(2)))});
  return found;
}

Error SpoolFile::refusal(Fault fault, const std::string& why) const {
  if (fault == Fault::full)
    return {codes::kQueueFull, "the disk of the spool " + path().string() +
                                   " is full; make room, or bring Redis back"};
  return {codes::kQueueUnavailable, "the spool " + path().string() + " cannot be written: " + why};
}

}  // namespace lianqiao::spool
