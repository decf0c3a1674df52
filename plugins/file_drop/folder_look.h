#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "file_drop/drop_settings.h"
#include "file_drop/folder.h"
#include "file_drop/unread_list.h"
#include "lianqiao/host.h"

namespace lianqiao::file_drop {

/// What lies in the drop folder. One look lists it and finds the files that have settled; they are
/// then handed out one by one, oldest first, so that n files cost n steps and not n². At most
/// kMostTracked names are followed at a time, whatever lies there. Not thread-safe.
class FolderLook {
 public:
  static constexpr std::size_t kMostTracked = 200'000;

  struct Candidate {
    std::string name;
    FileState state;
    WallTime since{};  ///< When the gateway first saw it as it is.
  };

  FolderLook(const DropSettings& settings, Host& host);

  /// Lists the folder. What the last look found and nobody took is forgotten.
  Result<void> look(const Folder& folder);
  /// The oldest settled file that was not handed out since the last look.
  std::optional<Candidate> next();

  /// A candidate cannot be taken, and a person must know: it is among the unread ones from the next
  /// look on, until it changes or is taken. True when that is new.
  bool hold(const std::string& name, std::string why);
  /// Nothing more stands against this candidate.
  void release(const std::string& name);
  void taken(const std::string& name) { seen_.erase(name); }

  [[nodiscard]] const UnreadList& unread() const { return unread_; }
  /// True once things that lay there at the first look had the time to settle, and those of them
  /// that were handed out came back.
  [[nodiscard]] bool knowsAll() const { return settledLooks_ >= 2; }

 private:
  struct Seen {
    FileState state;
    WallTime since{};
    std::uint64_t look = 0;
    bool ledger = false;  ///< A file whose name fits.
    std::string why;
  };

  Result<void> take(const Folder& folder, std::string name);
  Seen& track(const std::string& name, const FileState& state);
  void passOver(const std::string& name);
  /// Why a thing that has settled is not read; empty: it is.
  [[nodiscard]] std::string reasonAgainst(const std::string& name, const FileState& state) const;
  void sortOut();
  void addOrphans();
  [[nodiscard]] bool isOurs(const std::string& name) const;
  [[nodiscard]] bool isIgnored(const std::string& name) const;
  [[nodiscard]] bool isCompanion(const std::string& name) const;
  [[nodiscard]] bool fits(const std::string& name) const;

  const DropSettings& settings_;
  Host& host_;
  std::set<std::string> own_;  ///< Names of our folders in it.
  std::unordered_map<std::string, Seen> seen_;
  std::vector<std::string> companions_;
  std::vector<Candidate> candidates_;  ///< The oldest last.
  UnreadList unread_;
  std::uint64_t look_ = 0;
  std::optional<WallTime> first_;  ///< Look.
  int settledLooks_ = 0;           ///< Looks that came settle_time after the first or later.
  bool untracked_ = false;
};

}  // namespace lianqiao::file_drop
