#pragma once

#include <string>

#include "file_drop/posix_file.h"
#include "lianqiao/digest.h"

namespace lianqiao::file_drop {

/// The digests of a file's content, read in steps. Not thread-safe.
class ContentDigest {
 public:
  /// MD5 costs time and is needed for manifests alone.
  explicit ContentDigest(bool withMd5) : withMd5_(withMd5) {}

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
  DigestStream md5_{Hash::md5};
  bool withMd5_;
  std::uint64_t offset_ = 0;
};

}  // namespace lianqiao::file_drop
