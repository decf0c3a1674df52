#include "history_sqlite/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>

#include "lianqiao/codes.h"

namespace lianqiao::history {

namespace fs = std::filesystem;
using base::Lock;
using sqlite::Fault;

namespace {

constexpr const char* kCatalogue = "catalogue.db";

bool isPlainName(std::string_view kind) {
  return PartName::ofFile("2000-01-" + std::string(kind) + ".db").has_value();
}

}  // namespace

SqliteStore::SqliteStore(StoreSettings settings, const std::string& secret, base::LogLine log,
                         const base::Clock& clock)
    : settings_(std::move(settings)),
      log_(std::move(log)),
      clock_(clock),
      unsealing_(secret),
      readers_(settings_.folder, unsealing_),
      writerKey_(secret),
      writer_(settings_, writerKey_),
      sent_(settings_.folder, settings_.sent,
            [this](const std::string& file, const std::string& why) { setAside(file, why); }),
      readerKey_(secret) {}

Result<std::unique_ptr<HistoryStore>> SqliteStore::open(StoreSettings settings, base::LogLine log,
                                                        const base::Clock& clock) {
  std::error_code error;
  fs::create_directories(settings.folder, error);
  if (!error) fs::permissions(settings.folder, fs::perms::owner_all, error);
  if (error)
    return Error{codes::kHistoryUnavailable, "The history's folder " + settings.folder.string() +
                                                 " cannot be made: " + error.message() +
                                                 "; check its owner."};
  for (const auto& [type, kind] : settings.kinds)
    if (!isPlainName(kind))
      return Error{codes::kHistoryUnavailable,
                   "The class " + kind + " of " + type +
                       " is no name of a file; lower-case letters, digits, - and _ alone."};
  bool fresh = true;
  for (const auto& entry : fs::directory_iterator(settings.folder, error))
    fresh = fresh && !PartName::ofFile(entry.path().filename().string());
  const Result<std::string> secret =
      NodeKey::secretIn(settings.key.empty() ? settings.folder / "key" : settings.key, fresh);
  if (!secret.ok()) return secret.error();
  std::unique_ptr<SqliteStore> store(
      new SqliteStore(std::move(settings), *secret, std::move(log), clock));
  if (Result<void> entered = store->enter(); !entered.ok()) return entered.error();
  return std::unique_ptr<HistoryStore>(std::move(store));
}

Result<void> SqliteStore::enter() {
  const std::string file = (settings_.folder / "lock").string();
  folder_.handle = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (folder_.handle < 0 || ::flock(folder_.handle, LOCK_EX | LOCK_NB) != 0)
    return refusal({errno == EWOULDBLOCK ? Fault::busy : Fault::other, std::strerror(errno)},
                   "lock");
  const Lock lock(writing_);
  Failure failure;
  if (openCatalogue(failure)) return compareKey();
  return refusal(failure, kCatalogue);
}

/// What another key has sealed is lost to this one, and its digests find nothing.
Result<void> SqliteStore::compareKey() {
  const auto check = catalogue_->keyCheck(identity());
  if (!check) return catalogueError();
  if (*check == identity()) return {};
  return Error{codes::kHistoryUnavailable,
               "The history's key " + (settings_.folder / "key").string() +
                   " is that of another store (" + identity() + ", the files have " + *check +
                   "); bring its own back from the backup."};
}

bool SqliteStore::openCatalogue(Failure& failure) {
  catalogue_ = Catalogue::open(settings_.folder, failure);
  if (catalogue_ != nullptr && readCatalogue(failure) && takeUpFiles(failure)) return true;
  catalogue_ = nullptr;
  if (failure.fault != Fault::damaged) return false;
  const std::string aside = renameAside(kCatalogue);
  log_(LogLevel::error,
       "The history's catalogue was damaged (" + failure.why + ") and is kept as " + aside +
           "; it is made anew from the files. Gaps, acts and former configurations are in the old "
           "one alone: look at the disk's health.");
  catalogue_ = Catalogue::open(settings_.folder, failure);
  return catalogue_ != nullptr && readCatalogue(failure) && takeUpFiles(failure);
}

bool SqliteStore::readCatalogue(Failure& failure) {
  const auto position = catalogue_->position();
  const auto damaged = position ? catalogue_->damaged() : std::nullopt;
  const auto gaps = damaged ? catalogue_->gaps() : std::nullopt;
  if (!gaps) {
    failure = catalogue_->failure();
    if (failure.fault == Fault::none) failure = {Fault::damaged, "it has no position"};
    return false;
  }
  const Lock lock(state_);
  position_ = *position;
  damaged_ = *damaged;
  gaps_ = *gaps;
  return true;
}

/// The folder is the truth: a file may have been made, or taken away, and the catalogue not have
/// come to it.
bool SqliteStore::takeUpFiles(Failure& failure) {
  std::map<PartName, DayRange> there;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(settings_.folder, error))
    if (auto name = PartName::ofFile(entry.path().filename().string())) there[std::move(*name)];
  if (error) {
    failure = {Fault::other, error.message()};
    return false;
  }
  const auto known = catalogue_->parts();
  if (!known) return failure = catalogue_->failure(), false;
  for (const PartEntry& one : *known)
    if (const auto file = there.find(one.name); file != there.end()) file->second = one.days;
  for (auto& [name, days] : there) {
    if (days.first <= days.last) continue;
    Failure ofFile;
    const auto database = openMonth(fileOf(name), Opening::there, ofFile);
    if (database == nullptr) continue;
    sqlite::Statement range(*database, "SELECT min(day), max(day) FROM day");
    if (range.row() && !range.isNull(0)) days = {range.integer(0), range.integer(1)};
  }
  const Lock lock(state_);
  parts_ = std::move(there);
  return true;
}

fs::path SqliteStore::fileOf(const PartName& part) const { return settings_.folder / part.file(); }

std::string SqliteStore::renameAside(const std::string& file) const {
  std::string aside = file + ".damaged-" + std::to_string(millisOf(clock_.wall()));
  std::error_code error;
  for (const char* end : {"", "-wal", "-shm"})
    fs::rename(settings_.folder / (file + end), settings_.folder / (aside + end), error);
  return aside;
}

/// Of what was sent: it is told by `state()` until the next start, and by the folder after that.
void SqliteStore::setAside(const std::string& file, const std::string& why) {
  const std::string aside = renameAside(file);
  log_(LogLevel::error, "The history's file " + (settings_.folder / file).string() +
                            " is damaged (" + why + ") and was set aside as " + aside +
                            "; what was sent is recomputed where it is asked for.");
  const Lock lock(state_);
  damaged_.push_back(aside + ": " + why);
}

void SqliteStore::setAside(const PartName& part, const std::string& why) {
  writer_.close(part);
  readers_.drop(part);
  const std::string aside = renameAside(part.file());
  log_(LogLevel::error,
       "The history's file " + fileOf(part).string() + " is damaged (" + why +
           ") and was set aside as " + aside +
           "; the other months go on. Look at the disk's health and bring it back from a backup.");
  if (!catalogue_->setAside(part, aside, why, clock_.wall()))
    log_(LogLevel::error, "That could not be noted in the history's catalogue.");
  const Lock lock(state_);
  parts_.erase(part);
  damaged_.push_back(aside + ": " + why);
}

Error SqliteStore::refusal(const Failure& failure, const std::string& file) const {
  const std::string path = (settings_.folder / file).string();
  switch (failure.fault) {
    case Fault::full:
      return {codes::kHistoryFull, "There is no room for the history (" + path +
                                       "); make room on its disk, or shorten its retention."};
    case Fault::damaged:
      return {codes::kHistoryDamaged,
              "The history's file " + path + " is damaged: " + failure.why + "."};
    case Fault::busy:
      return {codes::kHistoryUnavailable, "Another process holds the history's file " + path +
                                              ", or a search reads it; try again."};
    default:
      return {codes::kHistoryUnavailable, "The history's file " + path + " cannot be used: " +
                                              failure.why + "; check its owner and rights."};
  }
}

Error SqliteStore::catalogueError() const { return refusal(catalogue_->failure(), kCatalogue); }

record::JournalPosition SqliteStore::position() const {
  const Lock lock(state_);
  return position_;
}

Result<void> SqliteStore::write(const Batch& batch) {
  if (batch.entries.empty()) return {};
  const Lock lock(writing_);
  const record::JournalPosition after = position();
  if (!sent_.write(batch.sent)) return refusal(sent_.failure(), sent_.failedFile());
  if (Result<void> written = writeParts(batch, false); !written.ok()) return written;
  return advance(std::max(after, batch.entries.back().position));
}

Result<void> SqliteStore::refill(const Batch& batch) {
  if (batch.entries.empty()) return {};
  const Lock lock(writing_);
  if (Result<void> written = writeParts(batch, true); !written.ok()) return written;
  return advance(position());
}

Result<void> SqliteStore::writeParts(const Batch& batch, bool refills) {
  const record::JournalPosition after = position();
  std::set<PartName> aside;
  while (!(refills ? writer_.refill(batch) : writer_.write(batch, after))) {
    const Failure failure = writer_.failure();
    const PartName part = writer_.failedPart();
    // One that is new and damaged again would take file after file with it.
    if (failure.fault != Fault::damaged || !aside.insert(part).second)
      return refusal(failure, part.file());
    setAside(part, failure.why);
  }
  return {};
}

Result<std::vector<std::string>> SqliteStore::unknown(const std::vector<std::string>& ids) {
  const Lock lock(writing_);
  std::vector<std::string> unknown;
  for (const std::string& id : ids) {
    const std::optional<bool> known = writer_.knows(id);
    if (!known) return refusal(writer_.failure(), writer_.failedPart().file());
    if (!*known) unknown.push_back(id);
  }
  return unknown;
}

Result<void> SqliteStore::advance(record::JournalPosition position) {
  const std::vector<PartEntry> touched = writer_.touched();
  if (!catalogue_->advance(position, touched)) return catalogueError();
  const Lock lock(state_);
  position_ = position;
  for (const PartEntry& part : touched) parts_[part.name].add(part.days);
  return {};
}

std::vector<PartEntry> SqliteStore::parts() const {
  const Lock lock(state_);
  std::vector<PartEntry> found;
  for (const auto& [name, days] : parts_) found.push_back({name, days});
  return found;
}

StoreState SqliteStore::state() const {
  StoreState state;
  {
    const Lock lock(state_);
    state.position = position_;
    state.parts = parts_.size();
    state.damaged = damaged_;
    state.gaps = gaps_;
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(settings_.folder, error))
    if (const auto size = entry.file_size(error); !error) state.bytes += size;
  state.classes = classes();
  return state;
}

/// The newest month of each tells how much a day is of late; what was sent grows with its records.
std::vector<ClassSize> SqliteStore::classes() const {
  std::map<std::string, ClassSize> classes;
  std::map<std::string, Month> newest;
  std::map<Month, std::int64_t> days;
  const auto add = [&](const std::string& kind, const Month& month, const std::string& file,
                       std::int64_t count) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(settings_.folder / file, error);
    if (error) return;
    ClassSize& one = classes[kind];
    one.kind = kind;
    one.bytes += size;
    const auto known = newest.find(kind);
    if (known != newest.end() && month < known->second) return;
    newest[kind] = month;
    one.perDay = count > 0 ? size / static_cast<std::uint64_t>(count) : 0;
  };
  for (const PartEntry& part : parts()) {
    const std::int64_t count =
        part.days.first <= part.days.last ? part.days.last - part.days.first + 1 : 0;
    days[part.name.month] = std::max(days[part.name.month], count);
    add(part.name.kind, part.name.month, part.name.file(), count);
  }
  for (const auto& [month, count] : days) add("sent", month, SentFile::nameOf(month), count);
  std::vector<ClassSize> all;
  for (auto& [kind, one] : classes) all.push_back(std::move(one));
  return all;
}

}  // namespace lianqiao::history
