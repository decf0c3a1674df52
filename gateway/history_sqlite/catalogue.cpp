#include "history_sqlite/catalogue.h"

#include <algorithm>

#include "base/rfc3339.h"
#include "history/block_codec.h"
#include "lianqiao/ascii.h"

namespace lianqiao::history {

using sqlite::Database;
using sqlite::Statement;

namespace {

constexpr const char* kTables =
    "CREATE TABLE part(file TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE damaged(file TEXT PRIMARY KEY, at INTEGER NOT NULL, why TEXT NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE gap(number INTEGER PRIMARY KEY, after_time INTEGER NOT NULL,"
    " after_number INTEGER NOT NULL, to_time INTEGER NOT NULL, to_number INTEGER NOT NULL,"
    " noticed INTEGER NOT NULL, refilled INTEGER);"
    "CREATE TABLE configuration(version TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE act(number INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL,"
    " what TEXT NOT NULL, why TEXT NOT NULL);"
    "CREATE TABLE key(one INTEGER PRIMARY KEY, digest TEXT NOT NULL);";

constexpr std::int64_t kMostGaps = 1000;

}  // namespace

std::optional<PartName> PartName::ofFile(std::string_view file) {
  constexpr std::string_view kEnd = ".db";
  constexpr std::size_t kMonth = 7;
  if (!file.ends_with(kEnd) || file.size() < kMonth + 2 + kEnd.size() || file[kMonth] != '-')
    return std::nullopt;
  const auto month = Month::named(file.substr(0, kMonth));
  file.remove_suffix(kEnd.size());
  const std::string_view kind = file.substr(kMonth + 1);
  const bool plain = std::all_of(kind.begin(), kind.end(), [](char c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  });
  if (!month || !plain || kind[0] == '-') return std::nullopt;
  return PartName{*month, std::string(kind)};
}

std::string PartName::file() const { return month.name() + "-" + kind + ".db"; }

void DayRange::add(std::int64_t day) {
  first = std::min(first, day);
  last = std::max(last, day);
}

void DayRange::add(const DayRange& other) {
  first = std::min(first, other.first);
  last = std::max(last, other.last);
}

std::unique_ptr<Catalogue> Catalogue::open(const std::filesystem::path& folder, Failure& failure) {
  auto database = openFile(folder / "catalogue.db", Opening::make, kTables, failure);
  if (database == nullptr) return nullptr;
  return std::unique_ptr<Catalogue>(new Catalogue(std::move(database)));
}

std::optional<std::string> Catalogue::keyCheck(const std::string& own) {
  Statement write(*database_, "INSERT OR IGNORE INTO key VALUES(1,?)");
  if (!noted(write.bindText(1, own).run())) return std::nullopt;
  Statement row(*database_, "SELECT digest FROM key");
  if (row.row()) return std::string(row.bytes(0));
  noted(row.ended());
  return std::nullopt;
}

std::optional<record::JournalPosition> Catalogue::position() { return readPosition(*database_); }

bool Catalogue::noted(bool done) {
  if (!done) failure_ = Failure::of(*database_);
  return done;
}

bool Catalogue::advance(record::JournalPosition position, const std::vector<PartEntry>& parts) {
  const auto write = [&] {
    Statement part(*database_,
                   "INSERT INTO part VALUES(?,?,?) ON CONFLICT DO UPDATE SET"
                   " first=min(first,?2), last=max(last,?3)");
    for (const PartEntry& one : parts) {
      const std::string file = one.name.file();
      if (!part.bindText(1, file).bind(2, one.days.first).bind(3, one.days.last).run())
        return false;
    }
    return writePosition(*database_, position) && database_->run("COMMIT");
  };
  if (!noted(database_->run("BEGIN IMMEDIATE"))) return false;
  if (noted(write())) return true;
  database_->run("ROLLBACK");
  return false;
}

std::optional<std::vector<PartEntry>> Catalogue::parts() {
  std::vector<PartEntry> found;
  Statement rows(*database_, "SELECT file, first, last FROM part");
  while (rows.row())
    if (auto name = PartName::ofFile(rows.bytes(0)))
      found.push_back({std::move(*name), {rows.integer(1), rows.integer(2)}});
  return noted(rows.ended()) ? std::optional(std::move(found)) : std::nullopt;
}

bool Catalogue::remove(const PartName& part) {
  const std::string file = part.file();
  return noted(Statement(*database_, "DELETE FROM part WHERE file=?").bindText(1, file).run());
}

bool Catalogue::setAside(const PartName& part, const std::string& file, const std::string& why,
                         WallTime at) {
  if (!remove(part)) return false;
  Statement row(*database_, "INSERT OR REPLACE INTO damaged VALUES(?,?,?)");
  return noted(row.bindText(1, file).bind(2, millisOf(at)).bindText(3, why).run());
}

std::optional<std::vector<std::string>> Catalogue::damaged() {
  std::vector<std::string> found;
  Statement rows(*database_, "SELECT file, at, why FROM damaged ORDER BY file");
  while (rows.row())
    found.push_back(std::string(rows.bytes(0)) + ": set aside " +
                    base::formatTime(timeAt(rows.integer(1))) + ", " + std::string(rows.bytes(2)));
  return noted(rows.ended()) ? std::optional(std::move(found)) : std::nullopt;
}

bool Catalogue::addGap(const Gap& gap) {
  Statement row(*database_, "INSERT INTO gap VALUES(NULL,?,?,?,?,?,NULL)");
  row.bind(1, static_cast<std::int64_t>(gap.after.time));
  row.bind(2, static_cast<std::int64_t>(gap.after.number));
  row.bind(3, static_cast<std::int64_t>(gap.upTo.time));
  row.bind(4, static_cast<std::int64_t>(gap.upTo.number));
  return noted(row.bind(5, millisOf(gap.noticed)).run());
}

bool Catalogue::fillGaps(std::uint64_t records) {
  Statement row(*database_, "UPDATE gap SET refilled=? WHERE refilled IS NULL");
  return noted(row.bind(1, static_cast<std::int64_t>(records)).run());
}

std::optional<std::vector<Gap>> Catalogue::gaps() {
  std::vector<Gap> found;
  Statement rows(*database_,
                 "SELECT after_time, after_number, to_time, to_number, noticed, refilled FROM gap"
                 " ORDER BY number DESC LIMIT ?");
  rows.bind(1, kMostGaps);
  const auto at = [&](int column) { return static_cast<std::uint64_t>(rows.integer(column)); };
  while (rows.row()) {
    Gap& gap = found.emplace_back(Gap{{at(0), at(1)}, {at(2), at(3)}, timeAt(rows.integer(4)), {}});
    if (!rows.isNull(5)) gap.refilled = at(5);
  }
  return noted(rows.ended()) ? std::optional(std::move(found)) : std::nullopt;
}

bool Catalogue::addConfiguration(std::string_view version, std::string_view content) {
  const std::string packed = compress(content);
  Statement row(*database_, "INSERT OR IGNORE INTO configuration VALUES(?,?)");
  return noted(row.bindText(1, version).bindBytes(2, packed).run());
}

bool Catalogue::configuration(std::string_view version, std::optional<std::string>& into) {
  Statement row(*database_, "SELECT content FROM configuration WHERE version=?");
  if (!row.bindText(1, version).row()) return noted(row.ended());
  into = decompress(row.bytes(0));
  return into.has_value();
}

bool Catalogue::addAct(const Act& act) {
  Statement row(*database_, "INSERT INTO act VALUES(NULL,?,?,?,?)");
  row.bind(1, millisOf(act.at)).bindText(2, act.who).bindText(3, act.what);
  return noted(row.bindText(4, act.why).run());
}

std::optional<std::vector<Act>> Catalogue::acts(std::size_t most) {
  std::vector<Act> found;
  Statement rows(*database_, "SELECT at, who, what, why FROM act ORDER BY number DESC LIMIT ?");
  rows.bind(1, static_cast<std::int64_t>(most));
  while (rows.row())
    found.push_back({timeAt(rows.integer(0)), std::string(rows.bytes(1)),
                     std::string(rows.bytes(2)), std::string(rows.bytes(3))});
  return noted(rows.ended()) ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace lianqiao::history
