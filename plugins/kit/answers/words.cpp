#include "kit/answers/words.h"

#include <algorithm>

#include "lianqiao/ascii.h"

namespace lianqiao::kit {

bool saysAny(std::string_view text, const std::vector<std::string>& words) {
  const std::string low = lowered(text);
  return std::any_of(words.begin(), words.end(), [&low](const std::string& one) {
    return !one.empty() && low.find(lowered(one)) != std::string::npos;
  });
}

}  // namespace lianqiao::kit
