#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "file_drop/drop_settings.h"
#include "file_drop/folder.h"
#include "file_drop/unread_list.h"
#include "lianqiao/host.h"

namespace lianqiao::file_drop {

/// Files that were read to their end while the system could not say whether somebody writes them.
/// One that is written after that is claimed once more, whole, as a copy, when it has settled: the
/// rows that were in it are known. It stays watched, for its writer may go on. At most 32 are
/// watched, each for give_up_time.
///
/// A fault of one is its own: it is among the unread ones until it can be copied, and stops nothing
/// else. Not thread-safe.
class FinishedFiles {
 public:
  static constexpr std::size_t kMostWatched = 32;
  /// The name of a copy that is not whole.
  static constexpr std::string_view kCopying = ".copying.part";

  FinishedFiles(const DropSettings& settings, Host& host) : settings_(settings), host_(host) {}

  /// `read` is its state when its last row was read.
  void watch(Fd content, std::string file, const FileState& read);
  /// Makes claims in `claims` of those that changed. What is copied is taken off `pace`. False: it
  /// was spent within a copy; then the claims must not be looked at before the next call.
  bool claimChanged(const Folder& claims, Pace& pace);
  void addUnread(UnreadList& list) const;

 private:
  struct Copy {
    std::string claim;
    Folder folder;
    Fd out;
    std::uint64_t offset = 0;
  };
  struct Finished {
    Fd content;
    FileState read;  ///< As it was when its last row was read.
    FileState seen;
    std::string file;
    WallTime since{};  ///< As `seen`.
    WallTime until{};  ///< Watched.
    std::optional<Copy> copy;
    std::string trouble;  ///< Why it cannot be copied, in words that follow on its name.
  };

  [[nodiscard]] bool hasSettled(Finished& one, const FileState& state, const Folder& claims);
  Result<bool> copy(Finished& one, const Folder& claims, Pace& pace);
  static void abandon(Finished& one, const Folder& claims);
  void fail(Finished& one, std::string why, const std::string& detail);

  const DropSettings& settings_;
  Host& host_;
  std::deque<Finished> finished_;
};

/// Makes the folder of a new claim, whose name sorts by the time.
Result<Folder> newClaim(const Folder& claims, Host& host, std::string& id);

}  // namespace lianqiao::file_drop
