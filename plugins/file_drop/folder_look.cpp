#include "file_drop/folder_look.h"

#include <fnmatch.h>

#include <algorithm>

namespace lianqiao::file_drop {

namespace fs = std::filesystem;

namespace {

bool matchesAny(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(), [&name](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), name.c_str(), FNM_CASEFOLD) == 0;
  });
}

}  // namespace

FolderLook::FolderLook(const DropSettings& settings, Host& host)
    : settings_(settings), host_(host), own_{std::string(kClaimedFolder)} {
  for (const fs::path& path : {settings.archive, settings.failed, settings.outputFolder}) {
    const fs::path inside = pathBelow(settings.folder, path);
    if (!inside.empty()) own_.insert(*inside.begin());
  }
}

bool FolderLook::isOurs(const std::string& name) const {
  return own_.contains(name) || name.ends_with(settings_.resultSuffix);
}

bool FolderLook::isIgnored(const std::string& name) const {
  return name.starts_with('.') || matchesAny(settings_.ignore, name);
}

bool FolderLook::isCompanion(const std::string& name) const {
  return settings_.marker.ledgerOf(name) || settings_.manifest.ledgerOf(name);
}

bool FolderLook::fits(const std::string& name) const {
  return matchesAny(settings_.patterns, name);
}

std::string FolderLook::reasonAgainst(const std::string& name, const FileState& state) const {
  if (const std::string_view kind = kindOf(state); !kind.empty())
    return "is " + std::string(kind) + ", only files are read";
  if (!fits(name)) return "fits no pattern";
  if (state.links > 1) return "has a second name elsewhere (a hard link): copy it here instead";
  return {};
}

Result<void> FolderLook::look(const Folder& folder) {
  ++look_;
  candidates_.clear();
  companions_.clear();
  untracked_ = false;
  Result<void> took;
  auto listed = folder.each([&](std::string name) {
    if (isOurs(name)) return true;
    took = take(folder, std::move(name));
    return took.ok();
  });
  if (!listed) return listed;
  if (!took) return took;
  std::erase_if(seen_, [this](const auto& entry) { return entry.second.look != look_; });
  sortOut();
  return {};
}

Result<void> FolderLook::take(const Folder& folder, std::string name) {
  if (!seen_.contains(name) && seen_.size() >= kMostTracked) {
    untracked_ = true;
    return {};
  }
  if (isIgnored(name)) {
    passOver(name);
    return {};
  }
  const auto state = folder.look(name);
  if (!state) return state.error();
  if (!*state) return {};
  Seen& seen = track(name, **state);
  seen.ledger = fits(name) && !isCompanion(name);
  if (isCompanion(name)) companions_.push_back(std::move(name));
  return {};
}

/// Temporary files of programs are counted once and no more.
void FolderLook::passOver(const std::string& name) {
  const auto [seen, first] = seen_.try_emplace(name);
  seen->second.look = look_;
  seen->second.ledger = false;
  seen->second.state = {};
  if (first) host_.count("files_passed_over");
}

FolderLook::Seen& FolderLook::track(const std::string& name, const FileState& state) {
  const WallTime now = host_.now();
  const auto [found, first] = seen_.try_emplace(name);
  Seen& seen = found->second;
  // A folder's time changes with what is in it, which is no reason to wait.
  const bool same =
      state.isFile() ? state.isUnchangedSince(seen.state) : state.isSameFileAs(seen.state);
  if (first || !same || now < seen.since) {
    seen.since = now;
    seen.why.clear();
  }
  seen.state = state;
  seen.look = look_;
  return seen;
}

void FolderLook::sortOut() {
  const WallTime now = host_.now();
  if (!first_) first_ = now;
  if (now - *first_ >= settings_.settleTime && settledLooks_ < 2) ++settledLooks_;
  unread_ = {};
  for (auto& [name, seen] : seen_) {
    const bool tracked = seen.state.mode != 0;
    if (!tracked || now - seen.since < settings_.settleTime) continue;
    if (isCompanion(name)) continue;
    const std::string reason = reasonAgainst(name, seen.state);
    if (reason.empty()) {
      candidates_.push_back({name, seen.state, seen.since});
    } else if (seen.why != reason) {
      seen.why = reason;
      host_.count("files_ignored");
    }
    if (!seen.why.empty()) unread_.add({displayName(name), seen.why});
  }
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.state.changed != b.state.changed ? a.state.changed > b.state.changed : a.name > b.name;
  });
  addOrphans();
  if (untracked_) unread_.add({"the rest", "waits until fewer files lie here"});
}

/// A marker whose ledger never came, or came under another name.
void FolderLook::addOrphans() {
  if (companions_.empty()) return;
  std::set<std::string> stems;
  for (const auto& [name, seen] : seen_) {
    if (seen.ledger) stems.insert(fs::path(name).stem());
  }
  const auto hasLedger = [&](const CompanionName& companion, const std::string& name) {
    const auto ledger = companion.ledgerOf(name);
    if (!ledger) return false;
    if (companion.byStem()) return stems.contains(*ledger);
    const auto found = seen_.find(*ledger);
    return found != seen_.end() && found->second.ledger;
  };
  for (const std::string& name : companions_) {
    if (hasLedger(settings_.marker, name) || hasLedger(settings_.manifest, name)) continue;
    if (host_.now() - seen_[name].since < settings_.giveUpTime) continue;
    unread_.add({displayName(name), "says that a ledger is complete which is not here"});
  }
}

std::optional<FolderLook::Candidate> FolderLook::next() {
  if (candidates_.empty()) return std::nullopt;
  Candidate oldest = std::move(candidates_.back());
  candidates_.pop_back();
  return oldest;
}

bool FolderLook::hold(const std::string& name, std::string why) {
  const auto found = seen_.find(name);
  if (found == seen_.end() || found->second.why == why) return false;
  found->second.why = std::move(why);
  return true;
}

void FolderLook::release(const std::string& name) {
  if (const auto found = seen_.find(name); found != seen_.end()) found->second.why.clear();
}

}  // namespace lianqiao::file_drop
