#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lianqiao::record {

/// The numbers of persons (mobile, identity card) in whatever was written: those that maskNumbers()
/// masks, their digits alone. Pure.
[[nodiscard]] std::vector<std::string> personNumbers(std::string_view written);
/// Whether there is one.
[[nodiscard]] bool holdsPersonNumber(std::string_view written);

}  // namespace lianqiao::record
