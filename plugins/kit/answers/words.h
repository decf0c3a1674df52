#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lianqiao::kit {

/// ASCII letters in lower case, all else as it is.
std::string lowered(std::string_view text);

/// Whether one of `words` stands in `text`, ASCII case aside. An empty word stands in none.
bool saysAny(std::string_view text, const std::vector<std::string>& words);

}  // namespace lianqiao::kit
