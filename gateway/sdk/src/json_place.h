#pragma once

#include <string>
#include <string_view>

namespace lianqiao::json {

/// "line 3, column 7" of an offset into `text`, which begins on line `first`; columns count
/// characters, both from 1.
std::string place(std::string_view text, std::size_t offset, std::size_t first = 1);

/// What stands at an offset, for a message: a printable ASCII character in quotes, a byte in hex,
/// or "the end". Never more than one character: the text may hold personal data.
std::string found(std::string_view text, std::size_t offset);

}  // namespace lianqiao::json
