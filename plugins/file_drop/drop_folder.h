#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "file_drop/drop_settings.h"
#include "file_drop/posix_file.h"
#include "lianqiao/host.h"

namespace lianqiao::file_drop {

/// A file that was taken out of the drop folder. It lies in a folder of its own below .claimed/,
/// together with the result that is being written, so that two files of one name never meet.
struct Claim {
  std::string id;              ///< Name of that folder; sorts by the time of the claim.
  std::filesystem::path file;  ///< The claimed file.
  std::string name;            ///< What people call it.
  std::string digest;          ///< SHA-256, hex.

  [[nodiscard]] std::filesystem::path folder() const { return file.parent_path(); }
  /// Where the result grows; named so that it can be put in its place when the file has gone
  /// already.
  [[nodiscard]] std::filesystem::path partialResult(std::string_view suffix) const;
};

/// The life of files in the folder: dropped → claimed → archived or failed. A claim is one rename,
/// so it happens wholly or not, and survives a restart. Errors are deliver.connect and leave every
/// file where it is. Not thread-safe.
class DropFolder {
 public:
  DropFolder(const DropSettings& settings, Host& host);

  /// The oldest unfinished claim, else a new one on the oldest file that has settled; nullopt when
  /// there is none. Files that may not be read or fit no pattern (both are reported), symbolic
  /// links, folders, hidden files, locks of office programs and results are left alone.
  Result<std::optional<Claim>> current();

  /// Puts the result beside where the file was dropped and moves the file to the archive, or to
  /// failed.
  Result<void> finish(const Claim& claim, bool readable);

 private:
  struct Seen {
    std::uint64_t size = 0;
    std::int64_t changed = 0;
    std::uint64_t inode = 0;
    WallTime since{};
  };
  struct Candidate {
    std::filesystem::path path;
    std::int64_t changed = 0;
  };

  Result<std::optional<Claim>> oldestClaim();
  Result<std::optional<Candidate>> oldestSettled();
  bool hasSettled(const std::filesystem::path& path, std::set<std::string>& present,
                  std::int64_t& changed);
  /// Not valid, and reported once an hour, for a file that may not be read: taking it would keep
  /// all others waiting behind it.
  [[nodiscard]] Fd openWhereAllowed(const std::filesystem::path& path);
  /// Hidden files, locks, results, what is not finished.
  [[nodiscard]] bool passedOver(const std::string& name) const;
  [[nodiscard]] bool fits(const std::string& name) const;
  void reportMisfit(const std::filesystem::path& path);
  Result<std::optional<Claim>> claim(const Candidate& candidate);
  Result<void> putResult(const std::filesystem::path& part);
  [[nodiscard]] bool isResult(const std::filesystem::path& file) const;
  [[nodiscard]] Result<Claim> describe(const std::filesystem::path& file) const;

  const DropSettings& settings_;
  Host& host_;
  std::filesystem::path claimed_;
  std::map<std::string, Seen> seen_;
  std::map<std::string, WallTime> reported_;  ///< Files that are not taken, and when that was said.
  std::optional<Claim> known_;
};

/// SHA-256 of a file's content in hex, read in blocks.
Result<std::string> digestOf(const std::filesystem::path& file);

/// 20200106T120938Z
std::string compactTime(WallTime time);

}  // namespace lianqiao::file_drop
