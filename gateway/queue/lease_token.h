#pragma once

#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

namespace lianqiao::queue {

/// One run of a node: "<node>.<number>"; the number grows with every start.
[[nodiscard]] inline std::string incarnationOf(std::string_view node, long long number) {
  std::string text(node);
  for (char& c : text)
    if (c == ' ') c = '_';
  return text + "." + std::to_string(number);
}

/// "fence incarnation milliseconds[ m]": who holds a lease and for how long. The fence is never
/// given twice, so whoever shows an old token is known to be late.
struct LeaseToken {
  std::string_view incarnation;
  std::chrono::milliseconds time{0};

  explicit LeaseToken(std::string_view text) {
    text.remove_prefix(std::min(text.find(' '), text.size() - 1) + 1);
    const std::size_t space = std::min(text.find(' '), text.size());
    incarnation = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    long long count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    time = std::chrono::milliseconds(count);
  }

  /// Held by another run of the same node: one that is no more.
  [[nodiscard]] bool isOfFormerRun(std::string_view mine) const {
    return incarnation != mine &&
           incarnation.substr(0, incarnation.rfind('.') + 1) == mine.substr(0, mine.rfind('.') + 1);
  }
};

}  // namespace lianqiao::queue
