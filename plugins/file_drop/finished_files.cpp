#include "file_drop/finished_files.h"

#include <array>
#include <cstdio>

#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

Result<Folder> newClaim(const Folder& claims, Host& host, std::string& id) {
  const auto since = host.now().time_since_epoch().count();
  std::array<char, 32> stamp{};
  std::snprintf(stamp.data(), stamp.size(), "%015lld-", static_cast<long long>(since));
  id = stamp.data() + host.nonce(4);
  return claims.own(id);
}

void FinishedFiles::watch(Fd content, std::string file, const FileState& read) {
  if (finished_.size() == kMostWatched) finished_.pop_front();
  const WallTime now = host_.now();
  Finished one{std::move(content), read, read, std::move(file), now, {}, std::nullopt, {}};
  one.until = now + settings_.giveUpTime;
  finished_.push_back(std::move(one));
}

bool FinishedFiles::claimChanged(const Folder& claims, Pace& pace) {
  const WallTime now = host_.now();
  for (auto one = finished_.begin(); one != finished_.end();) {
    const auto state = stateOf(one->content);
    // Its server has it no more, or nobody has and what was added could not be copied.
    const bool gone = !state || (state->links == 0 && !one->trouble.empty());
    const bool over = now >= one->until && one->trouble.empty();
    if (gone || (over && state->isUnchangedSince(one->read))) {
      if (gone) {
        host_.count("files_unreadable");
        host_.log(LogLevel::warning, displayName(one->file) +
                                         " has gone after it was archived; whether it had changed "
                                         "is not known");
      }
      abandon(*one, claims);
      one = finished_.erase(one);
      continue;
    }
    if (hasSettled(*one, *state, claims)) {
      const auto done = copy(*one, claims, pace);
      if (done && !*done) return false;
      if (!done) abandon(*one, claims);
    }
    ++one;
  }
  return true;
}

/// Whether it changed since it was read, and not for a while.
bool FinishedFiles::hasSettled(Finished& one, const FileState& state, const Folder& claims) {
  if (state.isUnchangedSince(one.read)) {
    abandon(one, claims);
    one.trouble.clear();
    return false;
  }
  const WallTime now = host_.now();
  if (!state.isUnchangedSince(one.seen) || now < one.since) {
    abandon(one, claims);
    one.seen = state;
    one.since = now;
    one.until = now + settings_.giveUpTime;
  }
  return now - one.since >= settings_.settleTime;
}

/// False: the pace was spent.
Result<bool> FinishedFiles::copy(Finished& one, const Folder& claims, Pace& pace) {
  const auto failed = [&](const Error& error) {
    fail(one, "changed after it was read, and cannot be copied; make room on that disk",
         error.detail);
    return error;
  };
  if (one.seen.size > settings_.read.maxFile) {
    fail(one, "grew beyond max_file after it was read; split it, or raise max_file",
         std::to_string(one.seen.size) + " bytes");
    return Error{codes::kDecodeLimit, one.trouble};
  }
  const std::string copying(kCopying);
  if (!one.copy) {
    Copy fresh;
    auto folder = newClaim(claims, host_, fresh.claim);
    if (!folder) return failed(folder.error());
    fresh.folder = std::move(*folder);
    one.copy = std::move(fresh);
    auto out = one.copy->folder.create(copying);
    if (!out) return failed(out.error());
    one.copy->out = std::move(*out);
  }
  Copy& copy = *one.copy;
  auto whole = copyOn(one.content, copy.out, copy.folder.path() / copying, copy.offset, pace);
  if (!whole) return failed(whole.error());
  if (!*whole) return false;
  // While it was copied it may have changed; then the next look begins anew.
  const auto state = stateOf(one.content);
  if (!state || !state->isUnchangedSince(one.seen)) {
    abandon(one, claims);
    return true;
  }
  if (auto moved = copy.folder.move(copying, copy.folder, one.file, ""); !moved)
    return failed(moved.error());
  if (auto synced = copy.folder.sync(); !synced) return failed(synced.error());
  one.copy.reset();
  one.read = one.seen;
  one.trouble.clear();
  host_.count("files_changed");
  host_.log(LogLevel::warning,
            displayName(one.file) + " changed after it was read; it is read again");
  return true;
}

void FinishedFiles::abandon(Finished& one, const Folder& claims) {
  if (!one.copy) return;
  one.copy->folder.remove(std::string(kCopying));
  claims.removeFolder(one.copy->claim);
  one.copy.reset();
}

/// It is tried again when it has settled once more, and stays watched until then.
void FinishedFiles::fail(Finished& one, std::string why, const std::string& detail) {
  one.since = host_.now();
  if (one.trouble == why) return;
  host_.count("files_unreadable");
  host_.log(LogLevel::warning, displayName(one.file) + " " + why + ": " + detail);
  one.trouble = std::move(why);
}

void FinishedFiles::addUnread(UnreadList& list) const {
  for (const Finished& one : finished_) {
    if (!one.trouble.empty()) list.add({displayName(one.file), one.trouble});
  }
}

}  // namespace lianqiao::file_drop
