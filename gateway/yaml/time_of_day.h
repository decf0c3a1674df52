#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace lianqiao::yaml {

/// Minutes after midnight of "HH:MM"; nothing for any other text. Pure.
[[nodiscard]] std::optional<std::chrono::minutes> minutesOfDay(std::string_view text);

}  // namespace lianqiao::yaml
