#pragma once

#include <cstddef>
#include <string_view>

namespace lianqiao::base {

/// cutAt() of what is masked later: where something is cut off, no number is parted. Digits at the
/// end, of either width, and what may stand between them go, too. Pure.
[[nodiscard]] std::string_view cutBeforeNumber(std::string_view text, std::size_t bytes);

}  // namespace lianqiao::base
