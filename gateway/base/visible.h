#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Anybody's text on its way to a terminal. Pure functions, thread-safe.
namespace lianqiao::base {

enum class LineEnds : std::uint8_t { kept, escaped };

/// Appends `text` with everything that drives a terminal or reorders what it shows written as
/// \uXXXX: C0 (LF as told by `ends`), DEL, C1, the bidirectional controls (U+061C, U+200E, U+200F,
/// U+202A to U+202E, U+2066 to U+2069) and the line and paragraph separators. A byte that is no
/// UTF-8 becomes \ufffd. What was JSON stays JSON of the same value.
void appendVisible(std::string_view text, LineEnds ends, std::string& out);
[[nodiscard]] std::string visible(std::string_view text, LineEnds ends);

/// How many bytes at the end of `text` may be the beginning of a character that is still to come.
[[nodiscard]] std::size_t unfinishedBytes(std::string_view text);

}  // namespace lianqiao::base
