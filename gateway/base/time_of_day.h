#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace lianqiao::base {

/// Minutes after midnight of "HH:MM"; nothing for any other text.
[[nodiscard]] std::optional<std::chrono::minutes> minutesOfDay(std::string_view text);

}  // namespace lianqiao::base
