#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace lianqiao::queue {

/// As it stands in keys and tokens, which have blanks between their parts.
[[nodiscard]] inline std::string nodeName(std::string_view node) {
  std::string text(node);
  for (char& c : text)
    if (c == ' ') c = '_';
  return text;
}

/// One run of a node: "<node>.<number>"; the number grows with every start.
[[nodiscard]] inline std::string incarnationOf(std::string_view node, long long number) {
  return nodeName(node) + "." + std::to_string(number);
}

/// An earlier run of the same node.
[[nodiscard]] inline bool isFormerRun(std::string_view incarnation, std::string_view mine) {
  const auto startOf = [](std::string_view text) {
    long long number = 0;
    const std::size_t dot = std::min(text.rfind('.'), text.size() - 1);
    std::from_chars(text.data() + dot + 1, text.data() + text.size(), number);
    return number;
  };
  return incarnation.substr(0, incarnation.rfind('.') + 1) == mine.substr(0, mine.rfind('.') + 1) &&
         startOf(incarnation) < startOf(mine);
}

/// "fence incarnation milliseconds.call[ m| s| ms]": who holds a lease, for how long, and by which
/// of its calls. The fence is never given twice, so whoever shows an old token is known to be late.
struct LeaseToken {
  std::string_view incarnation;
  std::chrono::milliseconds time{0};
  std::uint64_t call = 0;
  bool suspect = false;

  explicit LeaseToken(std::string_view text) {
    text.remove_prefix(std::min(text.find(' '), text.size() - 1) + 1);
    const std::size_t space = std::min(text.find(' '), text.size());
    incarnation = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    long long count = 0;
    const char* end = text.data() + text.size();
    const char* dot = std::from_chars(text.data(), end, count).ptr;
    if (dot != end && *dot == '.') std::from_chars(dot + 1, end, call);
    time = std::chrono::milliseconds(count);
    suspect = !text.empty() && text.back() == 's';
  }
};

}  // namespace lianqiao::queue
