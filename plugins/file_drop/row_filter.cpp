#include "file_drop/row_filter.h"

#include <algorithm>

#include "lianqiao/ascii.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kLookedAt = 1'000;  // bytes of a cell that are looked at

/// Length of the character that starts with `c` in UTF-8.
std::size_t characterSize(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// Greedy with one way back to the last star: its time is bounded by the product of the lengths.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += characterSize(text[t]);
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

std::string bareText(std::string_view text) {
  std::string bare;
  const std::string half = halfWidth(text);
  for (std::size_t at = 0; at < half.size();) {
    const std::size_t size = std::min(characterSize(half[at]), half.size() - at);
    const std::string_view one = std::string_view(half).substr(at, size);
    at += size;
    if (!trim(one).empty()) bare += lowered(one);
  }
  return bare;
}

RowFilter::RowFilter(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) patterns_.push_back(bareText(pattern));
}

bool RowFilter::takes(const Row& row) const {
  if (patterns_.empty() || row.cells.empty() || !row.problems.empty()) return false;
  const std::string first = bareText(cutAt(row.cells.front().text, kLookedAt));
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const std::string& pattern) { return fits(pattern, first); });
}

void PassedOver::add(std::string_view place) {
  constexpr std::uint64_t kNamed = 10;
  if (++rows > kNamed) {
    if (rows == kNamed + 1) places += ", …";
    return;
  }
  places += (places.empty() ? "" : ", ") + std::string(place);
}

}  // namespace lianqiao::file_drop
