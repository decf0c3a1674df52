#include "file_drop/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <memory>
#include <system_error>

#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace fs = std::filesystem;

namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kFolderMode = 0750;
constexpr mode_t kFileMode = 0640;

Error notOurs(const fs::path& path, std::string_view what) {
  return Error{codes::kConnect,
               displayName(path) + " " + std::string(what) +
                   "; it must be a folder of the gateway's own user: take away what stands there"};
}

}  // namespace

Result<Folder> Folder::at(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) return fileError("cannot create the folder", path, failed.value());
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return fileError("cannot open the folder", path, errno);
  return Folder(std::move(fd), path);
}

Result<Folder> Folder::ownAt(const fs::path& path) {
  const fs::path place = path.has_filename() ? path : path.parent_path();
  auto parent = at(place.has_parent_path() ? place.parent_path() : fs::path("."));
  if (!parent) return parent.error();
  return parent->own(place.filename());
}

Result<Folder> Folder::own(const std::string& name) const {
  const fs::path path = path_ / name;
  if (::mkdirat(fd_.get(), name.c_str(), kFolderMode) != 0 && errno != EEXIST)
    return fileError("cannot create the folder", path, errno);
  Fd fd(::openat(fd_.get(), name.c_str(), kFolderFlags));
  const int failed = errno;
  if (!fd.valid()) {
    if (failed == ENOTDIR || failed == ELOOP) return notOurs(path, "is a link or a file");
    return fileError("cannot open the folder", path, failed);
  }
  Folder folder(std::move(fd), path);
  if (auto checked = folder.checkOwn(); !checked) return checked.error();
  return folder;
}

Result<void> Folder::checkOwn() const {
  const auto state = stateOf(fd_);
  if (!state) return state.error();
  if (state->owner != ::geteuid())
    return notOurs(path_, "belongs to the user with number " + std::to_string(state->owner));
  if ((state->mode & S_IWOTH) != 0) return notOurs(path_, "may be written by everybody");
  return {};
}

Result<void> Folder::close() const {
  const auto state = stateOf(fd_);
  if (!state) return state.error();
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if ((state->mode & kOthers) == 0) return {};
  // A file system without modes ignores this or says EPERM. Then others must at least not write.
  (void)::fchmod(fd_.get(), S_IRWXU);
  const auto closed = stateOf(fd_);
  if (!closed) return closed.error();
  if ((closed->mode & (S_IWGRP | S_IWOTH)) != 0)
    return notOurs(path_, "may be written by others, and the file system does not let us end that");
  return {};
}

bool Folder::isStillAtItsPath() const {
  struct stat there {};
  const auto ours = stateOf(fd_);
  return ours && ::stat(path_.c_str(), &there) == 0 && there.st_dev == ours->device &&
         there.st_ino == ours->inode;
}

Result<std::optional<FileState>> Folder::look(const std::string& name) const {
  struct stat info {};
  if (::fstatat(fd_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
    return std::optional(FileState::of(info));
  if (errno == ENOENT) return std::optional<FileState>();
  return fileError("cannot examine", path_ / name, errno);
}

Result<void> Folder::each(const std::function<bool(std::string name)>& visit) const {
  // A descriptor of its own: a folder's place in the listing belongs to the descriptor.
  const int fd = ::openat(fd_.get(), ".", kFolderFlags);
  if (fd < 0) return fileError("cannot list the folder", path_, errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(fd), ::closedir);
  if (!listing) {
    const int failed = errno;
    ::close(fd);
    return fileError("cannot list the folder", path_, failed);
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(listing.get());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (!visit(std::move(name))) return {};
  }
  if (errno != 0) return fileError("cannot list the folder", path_, errno);
  return {};
}

Result<Fd> Folder::openWith(const std::string& name, int flags, std::string_view doing) const {
  Fd fd(::openat(fd_.get(), name.c_str(), flags | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, kFileMode));
  if (!fd.valid()) return fileError(doing, path_ / name, errno);
  return fd;
}

Result<Fd> Folder::read(const std::string& name) const {
  return openWith(name, O_RDONLY | O_NONBLOCK, "cannot read");
}

Result<Fd> Folder::create(const std::string& name) const {
  return openWith(name, O_WRONLY | O_CREAT | O_EXCL, "cannot create");
}

Result<Fd> Folder::append(const std::string& name) const {
  return openWith(name, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK, "cannot write");
}

int Folder::renameNew(const std::string& name, const Folder& to, const std::string& as) const {
  if (::renameat2(fd_.get(), name.c_str(), to.fd_.get(), as.c_str(), RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // Some network file systems know no RENAME_NOREPLACE.
  struct stat info {};
  if (::fstatat(to.fd_.get(), as.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
  return ::renameat(fd_.get(), name.c_str(), to.fd_.get(), as.c_str()) == 0 ? 0 : errno;
}

Result<int> Folder::copyAcross(const std::string& name, const Folder& to,
                               const std::string& as) const {
  auto content = read(name);
  if (!content) return content.error();
  const std::string part = as + ".part";
  to.remove(part);
  auto out = to.create(part);
  if (!out) return out.error();
  std::uint64_t offset = 0;
  Pace whole = withoutEnd();
  if (auto copied = copyOn(*content, *out, to.path_ / part, offset, whole); !copied) {
    to.remove(part);
    return copied.error();
  }
  const int failed = to.renameNew(part, to, as);
  if (failed != 0) {
    to.remove(part);
    return failed;
  }
  if (auto synced = to.sync(); !synced) return synced.error();
  remove(name);
  return 0;
}

Result<std::string> Folder::move(const std::string& name, const Folder& to, const std::string& as,
                                 std::string_view ending) const {
  const std::string stem = as.substr(0, as.size() - ending.size());
  for (int attempt = 1; attempt <= 10'000; ++attempt) {
    std::string target = as;
    if (attempt > 1) target = stem + "-" + std::to_string(attempt) + std::string(ending);
    int failed = renameNew(name, to, target);
    if (failed == EXDEV) {
      auto copied = copyAcross(name, to, target);
      if (!copied) return copied.error();
      failed = *copied;
    }
    if (failed == 0) return target;
    if (failed != EEXIST) return fileError("cannot move a file to", to.path_ / target, failed);
  }
  return fileError("cannot find a free name for", to.path_ / as, EEXIST);
}

Result<void> Folder::replace(const std::string& name, const std::string& as) const {
  if (::renameat(fd_.get(), name.c_str(), fd_.get(), as.c_str()) != 0)
    return fileError("cannot replace", path_ / as, errno);
  return {};
}

void Folder::remove(const std::string& name) const { ::unlinkat(fd_.get(), name.c_str(), 0); }

void Folder::removeFolder(const std::string& name) const {
  ::unlinkat(fd_.get(), name.c_str(), AT_REMOVEDIR);
}

Result<void> Folder::sync() const {
  // Some file systems cannot sync a folder and say EINVAL; there is nothing to do about it.
  if (::fsync(fd_.get()) != 0 && errno != EINVAL) return fileError("cannot write", path_, errno);
  return {};
}

}  // namespace lianqiao::file_drop
