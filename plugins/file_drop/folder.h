#pragma once

#include <functional>
#include <optional>
#include <string>

#include "file_drop/posix_file.h"

namespace lianqiao::file_drop {

/// A folder that is held open. All that is done in it goes through its descriptor and plain names,
/// and no link is followed. So nobody who may write there can turn a step towards another place,
/// whenever he exchanges what stands under a name. Errors carry deliver.connect and name path and
/// cause. Not thread-safe.
class Folder {
 public:
  Folder() = default;
  /// A folder that the configuration names: links on the way are the administrator's. It is
  /// created with its parents where it is missing.
  static Result<Folder> at(const std::filesystem::path& path);
  /// The same for one of the gateway's own: its last part is no link, and it is checked as own()
  /// does.
  static Result<Folder> ownAt(const std::filesystem::path& path);

  /// A folder inside that is the gateway's own, created where it is missing. Fails when it is a
  /// link or a file, belongs to another user, or everybody may write into it.
  [[nodiscard]] Result<Folder> own(const std::string& name) const;
  /// Takes every right from others. For a folder in which files must not be exchanged.
  Result<void> close() const;

  [[nodiscard]] bool valid() const { return fd_.valid(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// False when its path now leads to another folder or to none.
  [[nodiscard]] bool isStillAtItsPath() const;

  /// What stands under a name, not what a link there points to. nullopt: nothing.
  [[nodiscard]] Result<std::optional<FileState>> look(const std::string& name) const;
  /// Calls `visit` for every name but "." and "..", in no order, until it returns false.
  Result<void> each(const std::function<bool(std::string name)>& visit) const;

  [[nodiscard]] Result<Fd> read(const std::string& name) const;
  /// Fails when the name is taken, by a link too.
  [[nodiscard]] Result<Fd> create(const std::string& name) const;
  /// For reading and appending; created where it is missing.
  [[nodiscard]] Result<Fd> append(const std::string& name) const;

  /// Renames without ever overwriting; `as` gets "-2", "-3", … before `ending`, with which it ends,
  /// as long as the name is taken. Copies where `to` lies on another file system: a whole copy
  /// appears under its name at once. Returns the name that it got.
  Result<std::string> move(const std::string& name, const Folder& to, const std::string& as,
                           std::string_view ending) const;
  /// Renames within this folder, over what stands there. For a folder that nobody else may write.
  [[nodiscard]] Result<void> replace(const std::string& name, const std::string& as) const;
  void remove(const std::string& name) const;
  void removeFolder(const std::string& name) const;
  [[nodiscard]] Result<void> sync() const;

 private:
  Folder(Fd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}
  [[nodiscard]] Result<void> checkOwn() const;
  [[nodiscard]] int renameNew(const std::string& name, const Folder& to,
                              const std::string& as) const;
  Result<int> copyAcross(const std::string& name, const Folder& to, const std::string& as) const;
  [[nodiscard]] Result<Fd> openWith(const std::string& name, int flags,
                                    std::string_view doing) const;

  Fd fd_;
  std::filesystem::path path_;
};

}  // namespace lianqiao::file_drop
