#include "lianqiao/text_decoder.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "lianqiao/codes.h"

namespace lianqiao {

struct TextDecoder::Known {
  std::string_view name;
  const char* iconv;
  std::size_t unit = 1;
  bool euro = false;
};

namespace {

constexpr std::string_view kEuro = "\xE2\x82\xAC";
constexpr std::size_t kLongestCharacter = 8;

}  // namespace

void TextDecoder::Close::operator()(void* handle) const { iconv_close(handle); }

TextDecoder::TextDecoder(const Known& encoding, void* handle)
    : handle_(handle), unit_(encoding.unit), euro_(encoding.euro) {}

Result<TextDecoder> TextDecoder::make(std::string_view encoding) {
  static constexpr std::array<Known, 9> kKnown{{{"utf-8", "UTF-8"},
                                                {"gbk", "GB18030", 1, true},
                                                {"gb18030", "GB18030", 1, true},
                                                {"big5", "BIG5-HKSCS"},
                                                {"shift_jis", "CP932"},
                                                {"euc-kr", "CP949"},
                                                {"latin1", "CP1252"},
                                                {"utf-16le", "UTF-16LE", 2},
                                                {"utf-16be", "UTF-16BE", 2}}};
  const auto found = std::find_if(kKnown.begin(), kKnown.end(),
                                  [&](const Known& known) { return known.name == encoding; });
  const auto none = reinterpret_cast<iconv_t>(static_cast<std::intptr_t>(-1));
  const iconv_t handle = found == kKnown.end() ? none : iconv_open("UTF-8", found->iconv);
  if (handle == none)
    return Error{codes::kBadEncoding, "this machine cannot decode " + std::string(encoding) +
                                          "; save the text as UTF-8"};
  return TextDecoder(*found, handle);
}

void TextDecoder::decode(std::string_view bytes, std::string& out) {
  // Byte by byte until the character is whole: the piece itself is never copied.
  while (!rest_.empty() && !bytes.empty()) {
    rest_ += bytes.front();
    bytes.remove_prefix(1);
    rest_ = std::string(convert(rest_, out));
  }
  if (rest_.empty()) rest_ = convert(bytes, out);
}

void TextDecoder::finish(std::string& out) {
  std::array<char, kLongestCharacter> piece{};
  char* to = piece.data();
  std::size_t room = piece.size();
  iconv(handle_.get(), nullptr, nullptr, &to, &room);
  out.append(piece.data(), piece.size() - room);
  if (rest_.empty()) return;
  out += kBroken;
  rest_.clear();
}

/// The rest: the beginning of a character.
std::string_view TextDecoder::convert(std::string_view bytes, std::string& out) {
  std::array<char, 4096> piece{};
  while (!bytes.empty()) {
    auto* from = const_cast<char*>(bytes.data());
    std::size_t left = bytes.size();
    char* to = piece.data();
    std::size_t room = piece.size();
    const std::size_t done = iconv(handle_.get(), &from, &left, &to, &room);
    const int failure = done == static_cast<std::size_t>(-1) ? errno : 0;
    out.append(piece.data(), piece.size() - room);
    bytes.remove_prefix(bytes.size() - left);
    if (failure == EINVAL && bytes.size() < kLongestCharacter) break;
    if (failure == EILSEQ || failure == EINVAL) {
      bytes.remove_prefix(skip(bytes, out));
    }
  }
  return bytes;
}

/// Over what is no text; how many bytes.
std::size_t TextDecoder::skip(std::string_view bytes, std::string& out) {
  if (euro_ && bytes.front() == '\x80') {
    out += kEuro;
    return 1;
  }
  out += kBroken;
  return std::min(unit_, bytes.size());
}

}  // namespace lianqiao
