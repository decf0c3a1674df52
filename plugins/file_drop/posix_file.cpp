#include "file_drop/posix_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <system_error>
#include <vector>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kFuse = 0x65735546;
constexpr std::uint32_t kCifs = 0xFF534D42;
constexpr std::uint32_t kSmb2 = 0xFE534D42;
constexpr std::uint32_t kCeph = 0x00C36400;

enum class Ground { local, network, opaque };

/// On a network file system EAGAIN may only mean that the server gave no delegation. FUSE and 9P
/// grant leases without asking anybody.
Ground groundOf(const Fd& file) {
  struct statfs info {};
  if (::fstatfs(file.get(), &info) != 0) return Ground::opaque;
  switch (static_cast<std::uint32_t>(info.f_type)) {
    case kFuse:
    case V9FS_MAGIC:
    case kCeph:
    case AFS_SUPER_MAGIC:
      return Ground::opaque;
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case kCifs:
    case kSmb2:
      return Ground::network;
    default:
      return Ground::local;
  }
}

/// C0, DEL and C1 controls, and what turns the direction of text.
bool misleads(std::string_view character) {
  if (character.size() == 1) {
    const auto byte = static_cast<unsigned char>(character[0]);
    return byte < 0x20 || byte == 0x7F;
  }
  if (character.size() == 2) return character[0] == '\xC2' && character[1] < '\xA0';
  constexpr std::string_view kTurning[] = {"\u200E", "\u200F", "\u202A", "\u202B", "\u202C",
                                           "\u202D", "\u202E", "\u2066", "\u2067", "\u2068",
                                           "\u2069", "\u061C", "\u2028", "\u2029"};
  return std::find(std::begin(kTurning), std::end(kTurning), character) != std::end(kTurning);
}

std::string withoutControls(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::string_view character = prefix(text, 1);
    shown += misleads(character) ? std::string_view("?") : character;
    text.remove_prefix(character.size());
  }
  return shown;
}

}  // namespace

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

FileState FileState::of(const struct stat& info) {
  FileState state;
  state.device = info.st_dev;
  state.inode = info.st_ino;
  state.size = static_cast<std::uint64_t>(info.st_size);
  state.changed = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  state.mode = info.st_mode;
  state.owner = info.st_uid;
  state.links = info.st_nlink;
  return state;
}

bool FileState::isFile() const { return S_ISREG(mode); }

std::string_view kindOf(const FileState& state) {
  if (S_ISREG(state.mode)) return {};
  if (S_ISDIR(state.mode)) return "a folder";
  if (S_ISLNK(state.mode)) return "a link";
  if (S_ISFIFO(state.mode)) return "a pipe";
  if (S_ISSOCK(state.mode)) return "a socket";
  return "a device";
}

Error fileError(std::string_view doing, const fs::path& path, int number) {
  std::string detail(doing);
  detail += " " + displayName(path) + ": " + std::generic_category().message(number);
  if (number == EACCES || number == EPERM) detail += "; give the gateway's user the right to it";
  if (number == ENOSPC || number == EDQUOT) detail += "; make room on that disk";
  if (number == ELOOP) detail += "; links are not followed: put the file itself there";
  return Error{codes::kConnect, std::move(detail)};
}

Result<Fd> openForReading(const fs::path& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid()) return fileError("cannot read", path, errno);
  return fd;
}

Result<Fd> duplicate(const Fd& file) {
  Fd fd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return fileError("cannot read", "the file", errno);
  return fd;
}

Result<FileState> stateOf(const Fd& file) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fileError("cannot examine", "the file", errno);
  return FileState::of(info);
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
  const auto state = stateOf(file);
  if (!state) return state.error();
  return state->size;
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

Result<bool> copyOn(const Fd& from, const Fd& to, const fs::path& path, std::uint64_t& offset,
                    Pace& pace) {
  std::vector<char> block(64u << 10);
  while (!pace.spent()) {
    const auto n = readAt(from, offset, block);
    if (!n) return n.error();
    if (auto written = writeAll(to, {block.data(), *n}, path); !written) return written.error();
    offset += *n;
    pace.spend(*n);
    if (*n == block.size()) continue;
    if (auto synced = syncFile(to, path); !synced) return synced.error();
    return true;
  }
  return false;
}

Result<void> syncFile(const Fd& file, const fs::path& path) {
  if (::fsync(file.get()) != 0) return fileError("cannot write", path, errno);
  return {};
}

Result<void> setMode(const Fd& file, std::uint32_t mode, const fs::path& path) {
  if (::fchmod(file.get(), mode) == 0) return {};
  // A file system without modes: the mount says who may read.
  if (errno == EPERM || errno == ENOTSUP || errno == ENOSYS) return {};
  return fileError("cannot set the rights of", path, errno);
}

Writers writersOf(const Fd& file) {
  const Ground place = groundOf(file);
  if (place == Ground::opaque) return Writers::unknown;
  // Somebody who opens the file while we hold the lease makes the kernel send a signal. By default
  // that is SIGIO, which would end the process; SIGURG is ignored. The end of a lease forgets this.
  if (::fcntl(file.get(), F_SETSIG, SIGURG) != 0) return Writers::unknown;
  if (::fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(file.get(), F_SETLEASE, F_UNLCK);
    return Writers::none;
  }
  return errno == EAGAIN && place == Ground::local ? Writers::some : Writers::unknown;
}

std::string displayName(const fs::path& path) {
  std::string name = path.native();
  if (isUtf8(name)) return withoutControls(name);
  if (auto converted = fromGb18030(name)) return withoutControls(*converted);
  for (char& c : name) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return withoutControls(name);
}

}  // namespace lianqiao::file_drop
