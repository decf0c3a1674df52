#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "file_drop/posix_file.h"

namespace lianqiao::file_drop {

/// Bytes that are only appended and read back: the last of them in memory, the rest in a nameless
/// temporary file, so that memory stays below `memory` whatever comes. Not thread-safe.
class SpillBuffer {
 public:
  SpillBuffer(std::filesystem::path folder, std::size_t memory)
      : folder_(std::move(folder)), memory_(memory) {}

  Result<void> append(std::string_view bytes);
  /// REQUIRES: the range was given to one append() as a whole.
  Result<void> read(std::uint64_t offset, std::size_t size, std::string& out) const;
  [[nodiscard]] std::uint64_t size() const { return spilled_ + tail_.size(); }

 private:
  Result<void> spill();

  std::filesystem::path folder_;
  std::size_t memory_;
  std::string tail_;
  std::uint64_t spilled_ = 0;
  Fd file_;
};

}  // namespace lianqiao::file_drop
