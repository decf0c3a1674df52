#pragma once

#include <Poco/MD5Engine.h>
#include <Poco/SHA2Engine.h>

#include <string>

#include "file_drop/posix_file.h"

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
  Poco::SHA2Engine sha256_{Poco::SHA2Engine::SHA_256};
  Poco::MD5Engine md5_;
  bool withMd5_;
  std::uint64_t offset_ = 0;
};

}  // namespace lianqiao::file_drop
