#include "file_drop/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace fs = std::filesystem;

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Error fileError(std::string_view doing, const fs::path& path, int number) {
  std::string detail(doing);
  detail += " " + displayName(path) + ": " + std::generic_category().message(number);
  if (number == EACCES || number == EPERM) detail += "; give the gateway's user the right to it";
  if (number == ENOSPC || number == EDQUOT) detail += "; make room on that disk";
  return Error{std::string(codes::kConnect), std::move(detail)};
}

namespace {

Result<Fd> openWith(const fs::path& path, int flags, std::string_view doing) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
  if (fd < 0) return fileError(doing, path, errno);
  return Fd(fd);
}

int renameNew(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // Some network file systems know no RENAME_NOREPLACE.
  struct stat info {};
  if (::lstat(to.c_str(), &info) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

Result<void> copyDurably(const fs::path& from, const fs::path& to) {
  auto in = openForReading(from);
  if (!in) return in.error();
  auto out = createNew(to);
  if (!out) return out.error();
  std::vector<char> block(64u << 10);
  for (std::uint64_t offset = 0;;) {
    const auto n = readAt(*in, offset, block);
    if (!n) return n.error();
    if (*n == 0) return syncFile(*out, to);
    if (auto written = writeAll(*out, {block.data(), *n}, to); !written) return written;
    offset += *n;
  }
}

/// "deliver" into another file system: a whole copy appears under its name at once.
Result<int> copyAcross(const fs::path& from, const fs::path& to) {
  fs::path part = to;
  part += ".part";
  ::unlink(part.c_str());
  if (auto copied = copyDurably(from, part); !copied) {
    ::unlink(part.c_str());
    return copied.error();
  }
  const int failed = renameNew(part, to);
  if (failed != 0) {
    ::unlink(part.c_str());
    return failed;
  }
  if (auto synced = syncFolder(to.parent_path()); !synced) return synced.error();
  ::unlink(from.c_str());
  return 0;
}

}  // namespace

Result<Fd> openForReading(const fs::path& path) {
  return openWith(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, "cannot read");
}

Result<Fd> createNew(const fs::path& path) {
  return openWith(path, O_WRONLY | O_CREAT | O_EXCL, "cannot create");
}

Result<Fd> openForAppending(const fs::path& path) {
  return openWith(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, "cannot write");
}

Result<std::size_t> readAt(const Fd& file, std::uint64_t offset, std::span<char> out) {
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t n = ::pread(file.get(), out.data() + have, out.size() - have,
                              static_cast<off_t>(offset + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fileError("cannot read", "the file", errno);
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  return have;
}

Result<std::uint64_t> sizeOf(const Fd& file) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fileError("cannot examine", "the file", errno);
  return static_cast<std::uint64_t>(info.st_size);
}

Result<void> writeAll(const Fd& file, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fileError("cannot write", path, n == 0 ? ENOSPC : errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> syncFile(const Fd& file, const fs::path& path) {
  if (::fsync(file.get()) != 0) return fileError("cannot write", path, errno);
  return {};
}

Result<void> syncFolder(const fs::path& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return fileError("cannot open", folder, errno);
  // Some file systems cannot sync a folder and say EINVAL; there is nothing to do about it.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) return fileError("cannot write", folder, errno);
  return {};
}

Result<fs::path> moveWithoutOverwriting(const fs::path& from, const fs::path& to,
                                        std::string_view ending) {
  const std::string& whole = to.native();
  const std::string stem = whole.substr(0, whole.size() - ending.size());
  for (int attempt = 1; attempt <= 10'000; ++attempt) {
    fs::path target = to;
    if (attempt > 1) {
      target = stem + "-" + std::to_string(attempt);
      target += ending;
    }
    int failed = renameNew(from, target);
    if (failed == EXDEV) {
      auto copied = copyAcross(from, target);
      if (!copied) return copied.error();
      failed = *copied;
    }
    if (failed == 0) return target;
    if (failed != EEXIST) return fileError("cannot move a file to", target, failed);
  }
  return fileError("cannot find a free name for", to, EEXIST);
}

Result<void> makeFolder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return fileError("cannot create the folder", folder, failed.value());
  return {};
}

std::string displayName(const fs::path& path) {
  std::string name = path.native();
  if (isUtf8(name)) return name;
  if (auto converted = fromGb18030(name)) return *converted;
  for (char& c : name) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return name;
}

}  // namespace lianqiao::file_drop
