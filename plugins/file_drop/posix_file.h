#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "lianqiao/result.h"

/// The few system calls that std::filesystem lacks: reading at an offset, syncing, moving without
/// overwriting. Errors carry deliver.connect (the folder is the peer) and name the path and the
/// cause.
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

/// An Error about `path` with the text of `errno`.
Error fileError(std::string_view doing, const std::filesystem::path& path, int number);

/// Never follows a symbolic link.
Result<Fd> openForReading(const std::filesystem::path& path);
/// Fails when `path` exists.
Result<Fd> createNew(const std::filesystem::path& path);
/// Creates or opens for appending.
Result<Fd> openForAppending(const std::filesystem::path& path);

/// Fills `out` as far as the file goes; returns the bytes read.
Result<std::size_t> readAt(const Fd& file, std::uint64_t offset, std::span<char> out);
Result<std::uint64_t> sizeOf(const Fd& file);
Result<void> writeAll(const Fd& file, std::string_view bytes, const std::filesystem::path& path);
Result<void> syncFile(const Fd& file, const std::filesystem::path& path);
Result<void> syncFolder(const std::filesystem::path& folder);

/// Renames without ever overwriting; `to` gets "-2", "-3", … before `ending`, with which it ends,
/// as long as the name is taken. Copies where the two lie on different file systems. Returns the
/// name that it got.
Result<std::filesystem::path> moveWithoutOverwriting(const std::filesystem::path& from,
                                                     const std::filesystem::path& to,
                                                     std::string_view ending);

/// Creates `folder` with its parents.
Result<void> makeFolder(const std::filesystem::path& folder);

/// The name of a file as UTF-8: names in GBK are converted, other bytes become "?".
std::string displayName(const std::filesystem::path& path);

}  // namespace lianqiao::file_drop
