#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lianqiao::config {

/// "There is no peer X; configured: a, b. Did you mean a?"
[[nodiscard]] std::string noSuchPeer(std::string_view name, std::vector<std::string> configured);

}  // namespace lianqiao::config
