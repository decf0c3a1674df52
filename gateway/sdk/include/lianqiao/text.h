#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lianqiao {

enum class Encoding : std::uint8_t { utf8, gbk, gb18030 };

/// True when every byte belongs to well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool isUtf8(std::string_view text);
/// GB18030 (which contains GBK) to UTF-8; nullopt at the first byte sequence that is none.
std::optional<std::string> fromGb18030(std::string_view bytes);
std::optional<std::string> toGb18030(std::string_view utf8);
/// UTF-8 with BOM → UTF-8; valid UTF-8 → UTF-8; else GB18030 if it decodes; else nullopt.
std::optional<Encoding> guessEncoding(std::string_view sample);

/// Leading and trailing white space of every Chinese kind: ASCII blanks, U+3000, U+00A0, U+200B,
/// U+FEFF.
std::string_view trim(std::string_view text);
/// Full-width ASCII (U+FF01–U+FF5E) and U+3000 to half-width.
std::string halfWidth(std::string_view text);
/// First `characters` code points.
std::string_view prefix(std::string_view text, std::size_t characters);
/// The longest beginning of at most `bytes` bytes that ends within no character. Bytes that are no
/// UTF-8 are cut where the limit is.
std::string_view cutAt(std::string_view text, std::size_t bytes);
std::size_t countCharacters(std::string_view utf8);
/// Edit distance ≤ 2 and closest of `names`, for did-you-mean; empty when none is near.
template <typename Range>
std::string_view closest(std::string_view word, const Range& names);
std::size_t editDistance(std::string_view a, std::string_view b);

template <typename Range>
std::string_view closest(std::string_view word, const Range& names) {
  std::string_view best;
  std::size_t least = 3;
  for (std::string_view name : names) {
    const std::size_t distance = editDistance(word, name);
    if (distance < least && distance < word.size()) {
      least = distance;
      best = name;
    }
  }
  return best;
}

}  // namespace lianqiao
