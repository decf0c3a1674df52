#include "base/digest64.h"

#include <cstring>

namespace lianqiao::base {

std::uint64_t digest64(std::string_view bytes, std::uint64_t seed) {
  constexpr std::uint64_t kMix = 0xc6a4a7935bd1e995;
  constexpr int kShift = 47;
  std::uint64_t digest = seed ^ (bytes.size() * kMix);
  for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t block = 0;
    std::memcpy(&block, bytes.data(), sizeof block);
    block *= kMix;
    block ^= block >> kShift;
    digest = (digest ^ (block * kMix)) * kMix;
  }
  if (!bytes.empty()) {
    std::uint64_t block = 0;
    std::memcpy(&block, bytes.data(), bytes.size());
    digest = (digest ^ block) * kMix;
  }
  digest ^= digest >> kShift;
  digest *= kMix;
  return digest ^ (digest >> kShift);
}

}  // namespace lianqiao::base
