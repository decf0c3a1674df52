#include "file_drop/drop_folder.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "lianqiao/time.h"

namespace lianqiao::file_drop {

namespace fs = std::filesystem;

namespace {

/// Room for what is appended: a name has at most 255 bytes.
std::string shortName(std::string_view name) {
  constexpr std::size_t kMost = 160;
  return std::string(cutAt(name, kMost));
}

/// An ending that is longer belongs to the name.
std::string extensionOf(const std::string& file) {
  constexpr std::size_t kLongest = 16;
  const std::string extension = fs::path(file).extension();
  return extension.size() <= kLongest ? extension : std::string();
}

}  // namespace

std::string compactTime(WallTime time) {
  const CivilTime utc = civilOf(time);
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%04d%02d%02dT%02d%02d%02dZ", utc.year, utc.month,
                utc.day, utc.hour, utc.minute, utc.second);
  return text.data();
}

std::string Claim::partialResult(std::string_view suffix) const {
  return shortName(file) + std::string(suffix) + ".part";
}

DropFolder::DropFolder(const DropSettings& settings, Host& host)
    : settings_(settings),
      host_(host),
      look_(settings, host),
      check_(settings),
      finished_(settings, host) {}

Result<Claim*> DropFolder::current(Pace& pace) {
  if (current_) {
    const auto there = current_->folder.look(current_->file);
    if (there && *there) return &*current_;
    current_.reset();
    if (!there) return there.error();
  }
  for (bool looked = false;; looked = true) {
    while (!unfinished_.empty()) {
      const std::string id = std::move(unfinished_.front());
      unfinished_.pop_front();
      if (auto resumed = resume(id); !resumed) return resumed.error();
      if (current_) return &*current_;
    }
    while (const auto candidate = nextCandidate()) {
      if (auto taken = take(*candidate, pace); !taken) return taken.error();
      if (current_) return &*current_;
      if (again_) return nullptr;
    }
    if (looked) return nullptr;
    const auto refreshed = refresh(pace);
    if (!refreshed) return refreshed.error();
    if (!*refreshed) return nullptr;
  }
}

std::optional<FolderLook::Candidate> DropFolder::nextCandidate() {
  return again_ ? std::exchange(again_, std::nullopt) : look_.next();
}

/// False: the pace was spent within a copy, of which the claims' list must know nothing yet.
Result<bool> DropFolder::refresh(Pace& pace) {
  if (!drop_.valid() || !drop_.isStillAtItsPath()) {
    auto opened = Folder::at(settings_.folder);
    if (!opened) return opened.error();
    drop_ = std::move(*opened);
  }
  auto claims = drop_.own(std::string(kClaimedFolder));
  if (!claims) return claims.error();
  if (auto closed = claims->close(); !closed) return closed.error();
  claims_ = std::move(*claims);
  if (!finished_.claimChanged(claims_, pace)) return false;
  if (auto listed = listClaims(); !listed) return listed.error();
  if (auto looked = look_.look(drop_); !looked) return looked.error();
  return true;
}

Result<void> DropFolder::listClaims() {
  std::vector<std::string> ids;
  auto listed = claims_.each([&ids](std::string id) {
    ids.push_back(std::move(id));
    return true;
  });
  if (!listed) return listed;
  std::sort(ids.begin(), ids.end());
  const auto isGone = [&ids](const auto& entry) {
    return !std::binary_search(ids.begin(), ids.end(), entry.first);
  };
  std::erase_if(parked_, isGone);
  std::erase_if(held_, isGone);
  unfinished_.assign(ids.begin(), ids.end());
  return {};
}

/// The name of the claimed file; empty where there is none.
Result<std::string> DropFolder::ledgerIn(const Folder& folder) const {
  std::string ledger;
  auto listed = folder.each([&](std::string name) {
    const bool result = name.ends_with(settings_.resultSuffix + ".part");
    if (!result && !name.starts_with('.') && (ledger.empty() || name < ledger))
      ledger = std::move(name);
    return true;
  });
  if (!listed) return listed.error();
  return ledger;
}

Result<void> DropFolder::resume(const std::string& id) {
  const auto there = claims_.look(id);
  if (!there) return there.error();
  if (!*there || kindOf(**there) != "a folder") return {};
  auto folder = claims_.own(id);
  if (!folder) return folder.error();
  const auto ledger = ledgerIn(*folder);
  if (!ledger) return ledger.error();
  if (ledger->empty()) return clear(id, *folder);
  const auto state = folder->look(*ledger);
  if (!state) return state.error();
  if (!*state || !(*state)->isFile() || (*state)->links > 1) return putBack(id, *folder, *ledger);
  auto content = folder->read(*ledger);
  if (!content) {
    if (held_.try_emplace(id, Unread{displayName(*ledger), "cannot be read"}).second)
      tell(*ledger, content.error());
    return {};
  }
  if (!hasSettledAgain(id, *ledger, *content)) return {};
  held_.erase(id);
  current_ = Claim{id, std::move(*folder), *ledger, displayName(*ledger), std::move(*content)};
  return {};
}

bool DropFolder::hasSettledAgain(const std::string& id, const std::string& name,
                                 const Fd& content) {
  const auto found = parked_.find(id);
  if (found == parked_.end()) return true;
  Parked& parked = found->second;
  const WallTime now = host_.now();
  const auto state = stateOf(content);
  if (!state || !state->isUnchangedSince(parked.state) || now < parked.since ||
      writersOf(content) == Writers::some) {
    parked.since = now;
    if (state) parked.state = *state;
  }
  if (now - parked.since >= settings_.settleTime) {
    parked_.erase(found);
    return true;
  }
  if (now - parked.first >= settings_.giveUpTime)
    held_[id] = Unread{displayName(name), "is still being written, long after it was taken"};
  return false;
}

/// A crash came between making the folder and claiming, or between the file's and the result's
/// move. Markers go back: their ledger has not come with them.
Result<void> DropFolder::clear(const std::string& id, const Folder& folder) {
  std::vector<std::string> names;
  auto listed = folder.each([&names](std::string name) {
    names.push_back(std::move(name));
    return true;
  });
  if (!listed) return listed;
  for (const std::string& name : names) {
    if (name.ends_with(settings_.resultSuffix + ".part")) {
      if (auto put = putResult(folder, name); !put) return put;
    } else if (name == FinishedFiles::kCopying) {
      folder.remove(name);
    } else if (name.starts_with('.')) {
      const std::string marker = name.substr(1);
      if (auto back = folder.move(name, drop_, marker, extensionOf(marker)); !back)
        return back.error();
    }
  }
  claims_.removeFolder(id);
  return {};
}

Result<void> DropFolder::putBack(const std::string& id, const Folder& folder,
                                 const std::string& name) {
  auto back = folder.move(name, drop_, name, extensionOf(name));
  if (!back) return back.error();
  return clear(id, folder);
}

Result<void> DropFolder::putResult(const Folder& folder, const std::string& part) {
  const std::string name = part.substr(0, part.size() - std::string_view(".part").size());
  auto moved = folder.move(part, drop_, name, settings_.resultSuffix);
  if (!moved) return moved.error();
  return drop_.sync();
}

void DropFolder::tell(const std::string& name, const Error& error) {
  host_.count("files_unreadable");
  host_.log(LogLevel::warning,
            displayName(name) + " is left where it is, the others go on: " + error.detail);
}

Result<void> DropFolder::take(const FolderLook::Candidate& candidate, Pace& pace) {
  const auto state = drop_.look(candidate.name);
  if (!state) return state.error();
  if (!*state || !(*state)->isUnchangedSince(candidate.state) || (*state)->links > 1) return {};
  auto content = drop_.read(candidate.name);
  if (!content) {
    if (look_.hold(candidate.name, "cannot be read; give the gateway's user the right to it"))
      tell(candidate.name, content.error());
    return {};
  }
  const auto opened = stateOf(*content);
  if (!opened) return opened.error();
  if (!opened->isUnchangedSince(candidate.state)) return {};
  const Completeness found =
      check_.of(drop_, candidate.name, *content, host_.now() - candidate.since, pace);
  if (found.goesOn) {
    again_ = candidate;
    return {};
  }
  if (found.complete) return claim(candidate, std::move(*content));
  if (found.missing.empty()) {
    look_.release(candidate.name);
  } else {
    look_.hold(candidate.name, found.missing);
  }
  return {};
}

Result<void> DropFolder::claim(const FolderLook::Candidate& candidate, Fd content) {
  std::string id;
  auto folder = newClaim(claims_, host_, id);
  if (!folder) return folder.error();
  // Before the ledger: a marker that stayed behind would stand for the next ledger of this name.
  for (const CompanionName* companion : {&settings_.marker, &settings_.manifest}) {
    if (companion->empty()) continue;
    const std::string name = companion->of(candidate.name);
    if (auto moved = drop_.move(name, *folder, "." + name, ""); !moved)
      return leave(candidate.name, name, moved.error(), id, *folder);
  }
  if (auto moved = drop_.move(candidate.name, *folder, candidate.name, ""); !moved)
    return leave(candidate.name, candidate.name, moved.error(), id, *folder);
  if (auto synced = folder->sync(); !synced) return synced;
  if (auto synced = drop_.sync(); !synced) return synced;
  const auto claimed = folder->look(candidate.name);
  if (!claimed) return claimed.error();
  // Somebody may have exchanged it in this instant.
  if (!*claimed || !(*claimed)->isSameFileAs(candidate.state) || (*claimed)->links > 1)
    return putBack(id, *folder, candidate.name);
  look_.taken(candidate.name);
  current_ = Claim{id, std::move(*folder), candidate.name, displayName(candidate.name),
                   std::move(content)};
  host_.count("files_claimed");
  return {};
}

/// `name`, the ledger itself or what lies beside it, cannot be moved.
Result<void> DropFolder::leave(const std::string& ledger, const std::string& name,
                               const Error& error, const std::string& id, const Folder& folder) {
  const auto there = drop_.look(name);
  const bool gone = there && !*there;
  const std::string what = name == ledger ? "" : "waits: " + displayName(name) + " ";
  if (!gone && look_.hold(ledger, what + "cannot be moved into " + std::string(kClaimedFolder)))
    tell(ledger, error);
  return clear(id, folder);
}

Result<std::optional<Manifest>> DropFolder::manifest() const {
  if (settings_.manifest.empty() || !current_) return std::optional<Manifest>();
  const std::string name = "." + settings_.manifest.of(current_->file);
  const auto there = current_->folder.look(name);
  if (!there) return there.error();
  if (!*there) return std::optional<Manifest>();  // claimed before the setting was made
  auto file = current_->folder.read(name);
  auto manifest = file ? readManifest(*file) : Result<Manifest>(file.error());
  if (!manifest)
    return Error{codes::kBadFile,
                 "the manifest of " + current_->name + " " + manifest.error().detail};
  return std::optional(std::move(*manifest));
}

void DropFolder::park() {
  const WallTime now = host_.now();
  const auto state = stateOf(current_->content);
  const auto [parked, first] =
      parked_.try_emplace(current_->id, Parked{state ? *state : FileState{}, now, now});
  if (!first) parked->second.since = now;
  current_.reset();
}

Result<Folder> DropFolder::home(const fs::path& path) const {
  const fs::path inside = pathBelow(settings_.folder, path);
  if (inside.empty()) return Folder::ownAt(path);
  Result<Folder> folder = drop_.own(*inside.begin());
  for (auto part = std::next(inside.begin()); folder && part != inside.end(); ++part) {
    Result<Folder> next = folder->own(*part);
    folder = std::move(next);
  }
  return folder;
}

Result<void> DropFolder::finish(bool readable, std::string_view digest, const FileState& read) {
  Claim& claim = *current_;
  auto home = this->home(readable ? settings_.archive : settings_.failed);
  if (!home) return home.error();
  const std::string extension = extensionOf(claim.file);
  const std::string stem = claim.file.substr(0, claim.file.size() - extension.size());
  const std::string kept = shortName(stem) + "." + compactTime(host_.now()) + "." +
                           std::string(digest.substr(0, 8)) + extension;
  auto moved = claim.folder.move(claim.file, *home, kept, extension);
  if (!moved) return moved.error();
  if (auto synced = home->sync(); !synced) return synced;
  for (const CompanionName* companion : {&settings_.marker, &settings_.manifest}) {
    if (!companion->empty()) claim.folder.remove("." + companion->of(claim.file));
  }
  // Where nobody could say that its writer was done, it is looked after for a while.
  if (writersOf(claim.content) != Writers::none)
    finished_.watch(std::move(claim.content), claim.file, read);
  const std::string id = claim.id;
  const Folder folder = std::move(claim.folder);
  current_.reset();
  if (auto cleared = clear(id, folder); !cleared) return cleared;
  host_.count(readable ? "files_archived" : "files_failed");
  return {};
}

UnreadList DropFolder::unread() const {
  UnreadList list = look_.unread();
  for (const auto& [id, one] : held_) list.add(one);
  finished_.addUnread(list);
  return list;
}

}  // namespace lianqiao::file_drop
