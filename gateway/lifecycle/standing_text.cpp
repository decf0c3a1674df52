#include "lifecycle/standing_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace lianqiao::lifecycle {
namespace {

/// Takes what stands before the first `separator`, and that.
std::string_view cutOff(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::optional<std::int64_t> numberIn(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<WallTime> timeIn(std::string_view text) {
  const auto ms = numberIn(text);
  return ms ? std::optional(WallTime(std::chrono::milliseconds(*ms))) : std::nullopt;
}

/// "<from>-<to>,…", the last without end while the clocks stand; "-": they never stood.
std::vector<Stand> standsIn(std::string_view text) {
  std::vector<Stand> stands;
  while (!text.empty()) {
    std::string_view span = cutOff(text, ',');
    const auto from = timeIn(cutOff(span, '-'));
    if (from) stands.push_back({*from, timeIn(span)});
  }
  return stands;
}

std::vector<std::string> stepsIn(std::string_view text) {
  std::vector<std::string> steps;
  while (!text.empty()) {
    const std::string_view step = cutOff(text, ';');
    if (!step.empty()) steps.emplace_back(step);
  }
  return steps;
}

bool isListed(std::string_view list, std::string_view word) {
  return !word.empty() && list.find(';' + std::string(word) + ';') != std::string_view::npos;
}

}  // namespace

std::optional<StandingText> readStanding(std::string_view text, std::string_view ends) {
  std::array<std::string_view, 10> words;
  for (std::string_view& word : words) word = cutOff(text, ' ');
  StandingText standing;
  std::string_view stage = words[0];
  standing.state = cutOff(stage, ',');
  standing.cycle = words[1];
  standing.clocks.ended = isListed(ends, standing.state);
  if (standing.cycle.empty()) return standing;
  const auto round = numberIn(words[2]);
  const auto extensions = numberIn(words[7]);
  if (!text.empty() || !round || !extensions || *round < 1 || *extensions < 0) return std::nullopt;
  standing.round = static_cast<int>(*round);
  standing.extensions = static_cast<int>(*extensions);
  standing.clocks.receipt = timeIn(words[4]);
  standing.clocks.acceptance = timeIn(words[5]);
  standing.clocks.dispatch = timeIn(words[6]);
  standing.clocks.stood = standsIn(words[8]);
  standing.clocks.made = stepsIn(words[9]);
  return standing;
}

}  // namespace lianqiao::lifecycle
