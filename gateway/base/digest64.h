#pragma once

#include <cstdint>
#include <string_view>

namespace lianqiao::base {

/// MurmurHash64A: quick, and the same in every build, so that it may be written into a file of this
/// machine. Tells bytes apart that differ by chance; who wants two that are alike can make them, so
/// nothing that protects anybody may rest on it.
[[nodiscard]] std::uint64_t digest64(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace lianqiao::base
