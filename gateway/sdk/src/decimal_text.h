#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lianqiao {

/// One to eighteen ASCII digits as a number; nullopt for anything else (signs, blanks, more
/// digits).
constexpr std::optional<std::int64_t> decimalText(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace lianqiao
