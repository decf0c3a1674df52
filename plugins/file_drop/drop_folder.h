#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "file_drop/completeness.h"
#include "file_drop/drop_settings.h"
#include "file_drop/finished_files.h"
#include "file_drop/folder.h"
#include "file_drop/folder_look.h"
#include "lianqiao/host.h"

namespace lianqiao::file_drop {

/// A file that was taken out of the drop folder. It lies in a folder of its own below .claimed/,
/// together with the result that is being written, so that two files of one name never meet.
struct Claim {
  std::string id;  ///< Name of that folder; sorts by the time of the claim.
  Folder folder;
  std::string file;  ///< Its name in there.
  std::string name;  ///< What people call it.
  Fd content;        ///< Open for reading from the claim to the end.

  /// The name under which the result grows; it can be put in its place also when the file has gone
  /// already.
  [[nodiscard]] std::string partialResult(std::string_view suffix) const;
};

/// The life of files in the folder: dropped → claimed → archived or failed. A claim is one rename,
/// so it happens wholly or not, and survives a restart. Everything is done from the descriptors of
/// folders that are the gateway's own or were opened as the drop folder: see Folder. What a claim
/// took by mistake, because somebody exchanged it in that instant, is put back.
///
/// Errors are deliver.connect and leave every file where it is. What fails with one file is not met
/// again before the others had their turn. Not thread-safe.
class DropFolder {
 public:
  DropFolder(const DropSettings& settings, Host& host);

  /// The claim under way, else the oldest unfinished one, else a new one on the oldest file that
  /// has settled and is complete; nullptr when there is none, or when `pace` is spent, off which it
  /// takes what it reads. It stays valid until finish(), park(), putOff() or the next current().
  Result<Claim*> current(Pace& pace);

  /// Moves the file to the archive, or to failed, and puts the result beside where it was dropped.
  /// `read` is its state when it was read.
  Result<void> finish(bool readable, std::string_view digest, const FileState& read);
  /// The current claim is still being written: it waits until it has settled again, and the others
  /// go on.
  void park();
  /// Something failed with the current claim: it is opened anew after the others.
  void putOff() { current_.reset(); }
  /// The manifest that came with the current claim; empty where none is set. Fails with
  /// decode.file, whatever keeps it from being read.
  Result<std::optional<Manifest>> manifest() const;

  /// What lay there at the last look and is not read.
  [[nodiscard]] UnreadList unread() const;
  /// True once that list is whole: after a start it takes a while to know all of it again.
  [[nodiscard]] bool knowsAll() const { return look_.knowsAll(); }

 private:
  /// A claim that changed after it was taken.
  struct Parked {
    FileState state;
    WallTime since{};  ///< Unchanged.
    WallTime first{};
  };
  Result<bool> refresh(Pace& pace);
  Result<void> listClaims();
  Result<void> resume(const std::string& id);
  Result<std::string> ledgerIn(const Folder& folder) const;
  [[nodiscard]] bool hasSettledAgain(const std::string& id, const std::string& name,
                                     const Fd& content);
  Result<void> clear(const std::string& id, const Folder& folder);
  Result<void> putBack(const std::string& id, const Folder& folder, const std::string& name);

  std::optional<FolderLook::Candidate> nextCandidate();
  Result<void> take(const FolderLook::Candidate& candidate, Pace& pace);
  Result<void> claim(const FolderLook::Candidate& candidate, Fd content);
  Result<void> leave(const std::string& ledger, const std::string& name, const Error& error,
                     const std::string& id, const Folder& folder);
  Result<void> putResult(const Folder& folder, const std::string& part);
  Result<Folder> home(const std::filesystem::path& path) const;
  void tell(const std::string& name, const Error& error);

  const DropSettings& settings_;
  Host& host_;
  Folder drop_;
  Folder claims_;
  FolderLook look_;
  std::deque<std::string> unfinished_;  ///< Claims found at the last look and not yet resumed.
  std::map<std::string, Parked> parked_;
  std::map<std::string, Unread> held_;  ///< Claims that cannot be resumed, and why.
  CompletenessCheck check_;
  std::optional<FolderLook::Candidate> again_;  ///< Whose check the pace ended.
  FinishedFiles finished_;
  std::optional<Claim> current_;
};

/// 20200106T120938Z
std::string compactTime(WallTime time);

}  // namespace lianqiao::file_drop
