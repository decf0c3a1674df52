#include "spool/spool_mend.h"

#include <fcntl.h>
#include <unistd.h>

#include <limits>
#include <system_error>

#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "spool/spool_file.h"
#include "spool/submission_codec.h"

namespace lianqiao::spool {
namespace {

namespace fs = std::filesystem;

// Numbers in a row that find nothing, then the rest is given up.
constexpr std::int64_t kMostMisses = 20'000;

/// Copies from a damaged file what can be read: in order as far as that goes, then number by
/// number, for a lookup needs only the pages on its way.
class Salvage {
 public:
  Salvage(Database& from, Database& to)
      : from_(from), insert_(to, "INSERT OR IGNORE INTO submission VALUES(?,?,?,?,?)"), to_(to) {}

  bool run() {
    std::int64_t reached = 0;
    {
      Statement rows(from_, "SELECT number, at, aside, sum, bytes FROM submission ORDER BY number");
      while (rows.row()) {
        reached = rows.integer(0);
        if (!take(rows)) return false;
      }
      if (rows.ended()) return nonces();
      if (from_.fault() == Fault::busy) return false;
    }
    std::int64_t above = 0;
    {
      Statement rows(from_,
                     "SELECT number, at, aside, sum, bytes FROM submission ORDER BY number DESC");
      while (rows.row() && rows.integer(0) > reached) {
        above = rows.integer(0);
        if (!take(rows)) return false;
      }
    }
    return probe(reached + 1, above > 0 ? above : std::numeric_limits<std::int64_t>::max()) &&
           nonces();
  }

  std::uint64_t intact = 0;
  std::uint64_t damaged = 0;

 private:
  bool take(const Statement& row) {
    if (checksum(row.bytes(4)) != row.integer(3)) {
      ++damaged;
      return true;
    }
    for (int column = 0; column < 4; ++column) insert_.bind(column + 1, row.integer(column));
    ++intact;
    return insert_.bindBytes(5, row.bytes(4)).run();
  }

  bool probe(std::int64_t from, std::int64_t to) {
    Statement row(from_, "SELECT number, at, aside, sum, bytes FROM submission WHERE number=?");
    std::int64_t misses = 0;
    for (std::int64_t number = from; number < to && misses < kMostMisses; ++number, ++misses) {
      if (row.bind(1, number).row()) {
        misses = 0;
        if (!take(row)) return false;
      }
      row.reset();
    }
    return true;
  }

  bool nonces() {
    Statement rows(from_, "SELECT nonce, use, until FROM nonce");
    Statement insert(to_, "INSERT OR IGNORE INTO nonce VALUES(?,?,?)");
    while (rows.row())
      if (!insert.bindBytes(1, rows.bytes(0))
               .bindBytes(2, rows.bytes(1))
               .bind(3, rows.integer(2))
               .run())
        return false;
    return true;
  }

  Database& from_;
  Statement insert_;
  Database& to_;
};

fs::path damagedName(const fs::path& folder, WallTime now) {
  std::string stamp;
  for (const char c : base::formatTime(now).substr(0, 19))
    if (c != '-' && c != ':') stamp.push_back(c);
  fs::path name = folder / ("spool.db.damaged-" + stamp);
  std::error_code ignored;
  for (int i = 2; fs::exists(name, ignored); ++i)
    name = folder / ("spool.db.damaged-" + stamp + "-" + std::to_string(i));
  return name;
}

}  // namespace

Result<Mended> mendSpool(const fs::path& folder, WallTime now) {
  const fs::path file = folder / "spool.db";
  const fs::path mended = folder / "spool.db.mended";
  const fs::path journal = folder / "spool.db-journal";
  std::error_code error;
  fs::remove(mended, error);
  Mended result;
  std::string why;
  bool whole = false;
  if (const auto to = Database::open(mended.string(), Database::Mode::create, why)) {
    whole = makeTables(*to) && to->run("BEGIN");
    // Writable: SQLite may have to roll back first what a killed process had begun.
    if (const auto from =
            whole ? Database::open(file.string(), Database::Mode::write, why) : nullptr) {
      // With this SQLite reads on although the file is shorter than its head says.
      from->run("PRAGMA writable_schema=ON");
      Salvage salvage(*from, *to);
      whole = salvage.run();
      result.intact = salvage.intact;
      result.damaged = salvage.damaged;
    }
    whole = whole && to->run("COMMIT");
    if (!whole) why = to->fault() == Fault::none ? "another process has it open" : to->why();
  }
  fs::remove(folder / "spool.db.mended-journal", error);
  if (whole) {
    result.aside = damagedName(folder, now);
    fs::rename(file, result.aside, error);
    if (!error && fs::exists(journal))
      fs::rename(journal, result.aside.string() + "-journal", error);
    if (!error) fs::rename(mended, file, error);
    syncFolder(folder);
    if (!error) return result;
    why = error.message();
  }
  return Error{
      codes::kConfig,
      "The spool " + file.string() + " is damaged and cannot be mended: " + why +
          ". Make room on its disk and check its owner; or move the file away, which leaves "
          "its records undelivered."};
}

void finishMend(const fs::path& folder) {
  const fs::path file = folder / "spool.db";
  const fs::path mended = folder / "spool.db.mended";
  std::error_code error;
  if (fs::exists(file, error)) {
    fs::remove(mended, error);
    return;
  }
  fs::remove(folder / "spool.db-journal", error);
  if (fs::exists(mended, error)) fs::rename(mended, file, error);
  syncFolder(folder);
}

void syncFolder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace lianqiao::spool
