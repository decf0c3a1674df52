#include "base/cut.h"

#include "lianqiao/text.h"

namespace lianqiao::base {
namespace {

/// What may stand in a number: a digit, a sign, a dash, a blank.
bool isOfNumber(std::string_view character) {
  constexpr std::string_view kPlain = "0123456789+-._() ";
  if (character.size() == 1) return kPlain.find(character[0]) != std::string_view::npos;
  const std::string half = halfWidth(character);
  if (half.size() == 1) return kPlain.find(half[0]) != std::string_view::npos;
  // Dashes and signs without width; U+00A0, U+00AD, U+00B7.
  return character.starts_with("\xE2\x80") || character.starts_with("\xC2") ||
         character == "\u2212" || character == "\u30FB" || character == "\uFEFF";
}

/// The last character of `text`; of bytes that are no UTF-8 the last byte.
std::string_view lastOf(std::string_view text) {
  std::size_t size = 1;
  while (size < 4 && size < text.size() && (text[text.size() - size] & 0xC0) == 0x80) ++size;
  return text.substr(text.size() - size);
}

}  // namespace

std::string_view cutBeforeNumber(std::string_view text, std::size_t bytes) {
  std::string_view cut = cutAt(text, bytes);
  if (cut.size() == text.size()) return cut;
  while (!cut.empty() && isOfNumber(lastOf(cut))) cut.remove_suffix(lastOf(cut).size());
  return cut;
}

}  // namespace lianqiao::base
