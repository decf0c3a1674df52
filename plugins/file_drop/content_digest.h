#pragma once

#include <optional>
#include <string>

#include "file_drop/posix_file.h"
#include "lianqiao/digest.h"

namespace lianqiao::file_drop {

/// The digests of a file's content, read in steps. Not thread-safe.
class ContentDigest {
 public:
  /// MD5 costs time, is needed for manifests alone, and ends the process where OpenSSL has none
  /// (FIPS).
  explicit ContentDigest(bool withMd5) {
    if (withMd5) md5_.emplace(Hash::md5);
  }

  /// What stands for the digest of a file that is refused for its size, and of which nothing is
  /// read.
  static std::string insteadOf(const FileState& tooLarge);

  /// Reads on until `pace` is spent. False: there is more.
  Result<bool> go(const Fd& file, Pace& pace);

  /// REQUIRES: go() said true. Lower-case hex; asked for once.
  std::string sha256();
  std::string md5();  ///< Empty where it was not wanted.
  [[nodiscard]] std::uint64_t bytes() const { return offset_; }

 private:
  DigestStream sha256_{Hash::sha256};
  std::optional<DigestStream> md5_;
  std::uint64_t offset_ = 0;
};

}  // namespace lianqiao::file_drop
