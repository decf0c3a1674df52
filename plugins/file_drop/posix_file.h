#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "file_drop/pace.h"
#include "lianqiao/result.h"

struct stat;

/// The few system calls on one file that std::filesystem lacks. Errors carry deliver.connect (the
/// folder is the peer) and name the path and the cause.
namespace lianqiao::file_drop {

/// Owns one file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// What the system says of a file, as far as it tells one content from another.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t changed = 0;  ///< Nanoseconds since 1970, by the clock of whoever wrote it.
  std::uint32_t mode = 0;
  std::uint32_t owner = 0;
  std::uint64_t links = 0;

  static FileState of(const struct stat& info);
  [[nodiscard]] bool isFile() const;
  [[nodiscard]] bool isSameFileAs(const FileState& other) const {
    return device == other.device && inode == other.inode;
  }
  /// Same file, size and time: as far as the system says, its content has not changed.
  [[nodiscard]] bool isUnchangedSince(const FileState& other) const {
    return isSameFileAs(other) && size == other.size && changed == other.changed;
  }
};
/// "a folder", "a link", "a pipe", …; empty for a file.
std::string_view kindOf(const FileState& state);

/// An Error about `path` with the text of `errno`.
Error fileError(std::string_view doing, const std::filesystem::path& path, int number);

/// A file that a person or the gateway itself names. Never follows a symbolic link.
Result<Fd> openForReading(const std::filesystem::path& path);
/// The same file once more.
Result<Fd> duplicate(const Fd& file);

Result<FileState> stateOf(const Fd& file);
/// Fills `out` as far as the file goes; returns the bytes read.
Result<std::size_t> readAt(const Fd& file, std::uint64_t offset, std::span<char> out);
Result<std::uint64_t> sizeOf(const Fd& file);
Result<void> writeAll(const Fd& file, std::string_view bytes, const std::filesystem::path& path);
/// Copies on from `offset`, which it moves, until `pace` is spent. True: the copy, which is called
/// `path`, is whole and synced.
Result<bool> copyOn(const Fd& from, const Fd& to, const std::filesystem::path& path,
                    std::uint64_t& offset, Pace& pace);
Result<void> syncFile(const Fd& file, const std::filesystem::path& path);
/// Sets the rights of a file that we made, whatever the umask is.
Result<void> setMode(const Fd& file, std::uint32_t mode, const std::filesystem::path& path);

/// Whether some program has a file open for writing. The system can say so of this machine's
/// programs, where it lets us ask at all: the file's owner or CAP_LEASE may, and no network file
/// system tells reliably.
enum class Writers : std::uint8_t { none, some, unknown };
Writers writersOf(const Fd& file);

/// The name of a file as UTF-8 that can be shown: names in GBK are converted, other bytes and
/// control characters become "?".
std::string displayName(const std::filesystem::path& path);

}  // namespace lianqiao::file_drop
