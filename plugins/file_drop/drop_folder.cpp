#include "file_drop/drop_folder.h"

#include <Poco/SHA2Engine.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "file_drop/open_ledger.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kUnfinished[] = {".part",       ".tmp",      ".temp",
                                            ".crdownload", ".filepart", ".swp"};

constexpr auto kReportEvery = std::chrono::hours(1);

/// A read lease is refused while anyone on this machine still has the file open for writing.
bool isBeingWritten(const Fd& file) {
  if (::fcntl(file.get(), F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN || errno == EWOULDBLOCK;
  ::fcntl(file.get(), F_SETLEASE, F_UNLCK);
  return false;
}

std::optional<struct stat> statusOf(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return info;
}

std::int64_t nanoseconds(const struct timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Room for what is appended: a name has at most 255 bytes.
std::string shortName(const fs::path& name) {
  constexpr std::size_t kMost = 160;
  return std::string(cutAt(name.native(), kMost));
}

Result<std::vector<fs::path>> listFolder(const fs::path& folder) {
  std::error_code failed;
  std::vector<fs::path> entries;
  fs::directory_iterator entry(folder, failed);
  while (!failed && entry != fs::directory_iterator()) {
    entries.push_back(entry->path());
    entry.increment(failed);
  }
  if (failed) return fileError("cannot list the folder", folder, failed.value());
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace

std::string compactTime(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(seconds - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

Result<std::string> digestOf(const fs::path& path) {
  auto file = openForReading(path);
  if (!file) return file.error();
  Poco::SHA2Engine engine(Poco::SHA2Engine::SHA_256);
  std::vector<char> block(64u << 10);
  for (std::uint64_t offset = 0;;) {
    const auto n = readAt(*file, offset, block);
    if (!n) return n.error();
    if (*n == 0) return Poco::DigestEngine::digestToHex(engine.digest());
    engine.update(block.data(), *n);
    offset += *n;
  }
}

fs::path Claim::partialResult(std::string_view suffix) const {
  return folder() / (shortName(file.filename()) + std::string(suffix) + ".part");
}

DropFolder::DropFolder(const DropSettings& settings, Host& host)
    : settings_(settings), host_(host), claimed_(settings.folder / ".claimed") {}

Result<std::optional<Claim>> DropFolder::current() {
  std::erase_if(reported_, [](const auto& entry) { return !statusOf(entry.first); });
  auto unfinished = oldestClaim();
  if (!unfinished || unfinished->has_value()) return unfinished;
  auto settled = oldestSettled();
  if (!settled) return settled.error();
  if (!settled->has_value()) return std::optional<Claim>();
  return claim(**settled);
}

Result<std::optional<Claim>> DropFolder::oldestClaim() {
  if (known_ && statusOf(known_->file)) return known_;
  known_.reset();
  if (auto made = makeFolder(claimed_); !made) return made.error();
  auto claims = listFolder(claimed_);
  if (!claims) return claims.error();
  for (const fs::path& folder : *claims) {
    const auto status = statusOf(folder);
    if (!status || !S_ISDIR(status->st_mode)) continue;
    auto files = listFolder(folder);
    if (!files) return files.error();
    const auto file = std::find_if(files->begin(), files->end(), [this](const fs::path& path) {
      const auto found = statusOf(path);
      return found && S_ISREG(found->st_mode) && !isResult(path);
    });
    if (file != files->end()) {
      if (!openWhereAllowed(*file).valid()) continue;
      auto described = describe(*file);
      if (!described) return described.error();
      known_ = std::move(*described);
      return known_;
    }
    // A crash came between making the folder and claiming, or between the file's and the result's
    // move.
    for (const fs::path& path : *files) {
      if (!isResult(path)) continue;
      if (auto put = putResult(path); !put) return put.error();
    }
    ::rmdir(folder.c_str());
  }
  return std::optional<Claim>();
}

bool DropFolder::isResult(const fs::path& file) const {
  return file.native().ends_with(settings_.resultSuffix + ".part");
}

Result<void> DropFolder::putResult(const fs::path& part) {
  auto moved = moveWithoutOverwriting(part, settings_.folder / part.stem(), settings_.resultSuffix);
  if (!moved) return moved.error();
  return syncFolder(settings_.folder);
}

Fd DropFolder::openWhereAllowed(const fs::path& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  const int failed = errno;
  if (file.valid()) {
    reported_.erase(path.native());
  } else if (failed != ENOENT) {
    const auto [told, first] = reported_.try_emplace(path.native(), host_.now());
    if (first || host_.now() - told->second >= kReportEvery) {
      told->second = host_.now();
      host_.count("files_unreadable");
      host_.log(LogLevel::warning, fileError("cannot read", path, failed).detail +
                                       "; this file is left where it is, the others go on");
    }
  }
  return file;
}

Result<Claim> DropFolder::describe(const fs::path& file) const {
  auto digest = digestOf(file);
  if (!digest) return digest.error();
  return Claim{file.parent_path().filename(), file, displayName(file.filename()),
               std::move(*digest)};
}

bool DropFolder::passedOver(const std::string& name) const {
  if (name.starts_with('.') || name.starts_with("~$") || name.ends_with('~')) return true;
  return name.ends_with(settings_.resultSuffix) ||
         std::any_of(std::begin(kUnfinished), std::end(kUnfinished),
                     [&](std::string_view suffix) { return name.ends_with(suffix); });
}

bool DropFolder::fits(const std::string& name) const {
  return std::any_of(
      settings_.patterns.begin(), settings_.patterns.end(),
      [&](const std::string& p) { return ::fnmatch(p.c_str(), name.c_str(), FNM_CASEFOLD) == 0; });
}

void DropFolder::reportMisfit(const fs::path& path) {
  if (!reported_.try_emplace(path.native(), host_.now()).second) return;
  host_.count("files_ignored");
  std::string patterns;
  for (const std::string& pattern : settings_.patterns) patterns += " " + pattern;
  host_.log(LogLevel::warning, path.native() + " fits none of the patterns" + patterns +
                                   "; it is left where it is: rename it, or mend `pattern`");
}

bool DropFolder::hasSettled(const fs::path& path, std::set<std::string>& present,
                            std::int64_t& changed) {
  const auto status = statusOf(path);
  if (!status || !S_ISREG(status->st_mode)) return false;
  const std::string name = path.filename();
  present.insert(name);
  changed = nanoseconds(status->st_mtim);
  const WallTime now = host_.now();
  const auto size = static_cast<std::uint64_t>(status->st_size);
  const auto [found, first] = seen_.try_emplace(name, Seen{size, changed, status->st_ino, now});
  Seen& seen = found->second;
  if (seen.size != size || seen.changed != changed || seen.inode != status->st_ino ||
      now < seen.since) {
    seen = {size, changed, status->st_ino, now};
  }
  if (now - seen.since < settings_.settleTime) return false;
  const Fd file = openWhereAllowed(path);
  if (!file.valid() || isBeingWritten(file)) return false;
  return now - seen.since >= settings_.giveUpTime || looksWhole(file, path.filename().native());
}

Result<std::optional<DropFolder::Candidate>> DropFolder::oldestSettled() {
  auto entries = listFolder(settings_.folder);
  if (!entries) return entries.error();
  std::set<std::string> present;
  std::optional<Candidate> oldest;
  for (const fs::path& path : *entries) {
    std::int64_t changed = 0;
    const bool fitting = fits(path.filename());
    if (passedOver(path.filename()) || (!fitting && reported_.contains(path.native()))) continue;
    if (!hasSettled(path, present, changed)) continue;
    if (!fitting) {
      reportMisfit(path);
    } else if (!oldest || changed < oldest->changed) {
      oldest = Candidate{path, changed};
    }
  }
  std::erase_if(seen_, [&present](const auto& entry) { return !present.contains(entry.first); });
  const std::set<fs::path> there(entries->begin(), entries->end());
  std::erase_if(reported_, [&](const auto& entry) {
    const fs::path path(entry.first);
    return path.parent_path() == settings_.folder && !there.contains(path);
  });
  return oldest;
}

Result<std::optional<Claim>> DropFolder::claim(const Candidate& candidate) {
  const auto since = host_.now().time_since_epoch().count();
  std::array<char, 32> stamp{};
  std::snprintf(stamp.data(), stamp.size(), "%015lld-", static_cast<long long>(since));
  const fs::path folder = claimed_ / (stamp.data() + host_.nonce(4));
  if (::mkdir(folder.c_str(), 0750) != 0)
    return fileError("cannot create the folder", folder, errno);
  const fs::path target = folder / candidate.path.filename();
  if (::rename(candidate.path.c_str(), target.c_str()) != 0) {
    const int failed = errno;
    ::rmdir(folder.c_str());
    if (failed == ENOENT) return std::optional<Claim>();
    return fileError("cannot claim", candidate.path, failed);
  }
  seen_.erase(candidate.path.filename());
  if (auto synced = syncFolder(folder); !synced) return synced.error();
  if (auto synced = syncFolder(settings_.folder); !synced) return synced.error();
  auto described = describe(target);
  if (!described) return described.error();
  known_ = std::move(*described);
  host_.count("files_claimed");
  return known_;
}

Result<void> DropFolder::finish(const Claim& claim, bool readable) {
  const fs::path home = readable ? settings_.archive : settings_.failed;
  if (auto made = makeFolder(home); !made) return made;
  fs::path kept = home / shortName(claim.file.stem());
  kept += "." + compactTime(host_.now()) + "." + claim.digest.substr(0, 8);
  kept += claim.file.extension();
  auto moved = moveWithoutOverwriting(claim.file, kept, claim.file.extension().native());
  if (!moved) return moved.error();
  if (auto synced = syncFolder(home); !synced) return synced;
  known_.reset();
  const fs::path part = claim.partialResult(settings_.resultSuffix);
  if (statusOf(part)) {
    if (auto put = putResult(part); !put) return put;
  }
  ::rmdir(claim.folder().c_str());
  host_.count(readable ? "files_archived" : "files_failed");
  return {};
}

}  // namespace lianqiao::file_drop
