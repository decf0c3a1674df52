#include "kit/answers/words.h"

#include <algorithm>

namespace lianqiao::kit {

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool saysAny(std::string_view text, const std::vector<std::string>& words) {
  const std::string low = lowered(text);
  return std::any_of(words.begin(), words.end(), [&low](const std::string& one) {
    return !one.empty() && low.find(lowered(one)) != std::string::npos;
  });
}

}  // namespace lianqiao::kit
