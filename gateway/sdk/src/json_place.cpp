#include "json_place.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace lianqiao::json {

std::string place(std::string_view text, std::size_t offset, std::size_t first) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line =
      first + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t start = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  const auto column = 1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(start),
                                        before.end(), [](char c) { return (c & 0xC0) != 0x80; });
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::string found(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return "the end of the text";
  const auto byte = static_cast<unsigned char>(text[offset]);
  if (byte > 0x20 && byte < 0x7F) return std::string("'") + text[offset] + "'";
  std::array<char, 16> hex{};
  std::snprintf(hex.data(), hex.size(), "byte 0x%02X", byte);
  return hex.data();
}

}  // namespace lianqiao::json
