#include "spool/spool_look.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <system_error>

#include "spool/submission_codec.h"

namespace lianqiao::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kLayout = 1;
constexpr std::uint64_t kReserve = 128u << 20;
constexpr std::uint64_t kReserveShare = 20;  // but at most this fraction of the disk

/// With PERSIST a journal stays when it is done with, its head zeroed.
bool isHot(const fs::path& journal) {
  char head = 0;
  std::ifstream file(journal, std::ios::binary);
  return file.get(head) && head != 0;
}

std::vector<fs::path> damagedFiles(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename();
    if (name.starts_with("spool.db.damaged-") && !name.ends_with("-journal"))
      found.push_back(at->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

Fault examine(Database& database, std::string& why) {
  if (database.number("PRAGMA user_version") > kLayout) {
    why = "it was written by another version; let that one drain it first";
    return Fault::other;
  }
  Statement pages(database, "PRAGMA quick_check(1)");
  if (!pages.row() || pages.bytes(0) != "ok") {
    why = pages.bytes(0).empty() ? database.why() : std::string(pages.bytes(0));
    return Fault::damaged;
  }
  Statement rows(database, "SELECT number, sum, bytes FROM submission ORDER BY number");
  while (rows.row()) {
    if (checksum(rows.bytes(2)) == rows.integer(1)) continue;
    why = "row " + std::to_string(rows.integer(0)) + " does not match its checksum";
    return Fault::damaged;
  }
  if (rows.ended()) return Fault::none;
  why = database.why();
  return database.fault();
}

std::uint64_t leastFree(std::uint64_t capacity) {
  return std::min(kReserve, capacity / kReserveShare);
}

SpoolLook lookAtSpool(const fs::path& folder) {
  SpoolLook look;
  look.aside = damagedFiles(folder);
  const fs::path file = folder / "spool.db";
  std::error_code error;
  if (!fs::exists(file, error)) {
    look.state = error ? SpoolLook::State::unreadable : SpoolLook::State::absent;
    if (error) look.why = error.message();
    return look;
  }
  if (::access(file.c_str(), R_OK) != 0) {
    look.state = SpoolLook::State::unreadable;
    look.why = "this user may not read it";
    return look;
  }
  if (fs::file_size(file, error) == 0) {
    look.state = SpoolLook::State::damaged;
    look.why = "it is empty";
    return look;
  }
  if (isHot(folder / "spool.db-journal")) {
    look.state = SpoolLook::State::unfinished;
    return look;
  }
  const auto database = Database::open(file.string(), Database::Mode::look, look.why);
  look.state = SpoolLook::State::damaged;
  if (database == nullptr) return look;
  const Fault fault = examine(*database, look.why);
  if (fault == Fault::other) look.state = SpoolLook::State::other_version;
  if (fault != Fault::none) return look;
  look.state = SpoolLook::State::whole;
  look.submissions =
      static_cast<std::uint64_t>(database->number("SELECT count(*) FROM submission"));
  return look;
}

}  // namespace lianqiao::spool
