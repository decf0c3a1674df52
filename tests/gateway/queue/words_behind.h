#pragma once

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

namespace lianqiao::queue {

/// The letters at the beginning.
inline std::string wordAt(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(),
                                    [](unsigned char c) { return std::isalpha(c) != 0; });
  return {text.begin(), end};
}

/// The words that stand right behind each `prefix`.
inline std::set<std::string> wordsBehind(std::string_view text, std::string_view prefix) {
  std::set<std::string> words;
  for (std::size_t at = text.find(prefix); at != std::string_view::npos; at = text.find(prefix)) {
    text.remove_prefix(at + prefix.size());
    if (std::string word = wordAt(text); !word.empty()) words.insert(std::move(word));
  }
  return words;
}

}  // namespace lianqiao::queue
