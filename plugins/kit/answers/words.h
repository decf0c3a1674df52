#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lianqiao::kit {

/// Whether one of `words` stands in `text`, ASCII case aside. An empty word stands in none.
bool saysAny(std::string_view text, const std::vector<std::string>& words);

}  // namespace lianqiao::kit
