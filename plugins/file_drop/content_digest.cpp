#include "file_drop/content_digest.h"

#include <algorithm>
#include <vector>

namespace lianqiao::file_drop {

std::string ContentDigest::insteadOf(const FileState& tooLarge) {
  return hex(
      digest(Hash::sha256, std::to_string(tooLarge.size) + " " + std::to_string(tooLarge.inode)));
}

Result<bool> ContentDigest::go(const Fd& file, Pace& pace) {
  std::vector<char> block(64u << 10);
  while (!pace.spent()) {
    const auto n = readAt(file, offset_, block);
    if (!n) return n.error();
    sha256_.add({block.data(), *n});
    if (md5_) md5_->add({block.data(), *n});
    offset_ += *n;
    pace.spend(*n);
    if (*n < block.size()) return true;
  }
  return false;
}

std::string ContentDigest::sha256() { return hex(sha256_.finish()); }

std::string ContentDigest::md5() { return md5_ ? hex(md5_->finish()) : std::string(); }

}  // namespace lianqiao::file_drop
