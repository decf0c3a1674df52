#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "file_drop/code_point.h"
#include "file_drop/csv_reader.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kBlock = 64u << 10;
constexpr std::size_t kSample = 256u << 10;
constexpr char kBroken = '\xFF';

bool isAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Up to the last byte that ends a character in every encoding: none of these is a GB18030 trail
/// byte.
std::string_view untilSafeEnd(std::string_view sample) {
  const std::size_t end = sample.find_last_of("\n\r\t,;\"");
  return end == std::string_view::npos ? sample : sample.substr(0, end + 1);
}

TextEncoding judge(std::string_view sample) {
  if (isUtf8(sample)) return TextEncoding::utf8;
  if (fromGb18030(sample)) return TextEncoding::gb18030;
  std::size_t badUtf8 = 0;
  std::size_t badGb = 0;
  for (std::size_t at = 0; at < sample.size();) {
    const std::size_t end = std::min(sample.find_first_of("\r\n", at), sample.size());
    const std::string_view line = sample.substr(at, end - at);
    badUtf8 += isUtf8(line) ? 0u : 1u;
    badGb += fromGb18030(line) ? 0u : 1u;
    at = end + 1;
  }
  return badGb < badUtf8 ? TextEncoding::gb18030 : TextEncoding::utf8;
}

/// Names of `encoding` that iconv knows otherwise.
struct OtherName {
  std::string_view setting;
  const char* iconv;
};
constexpr OtherName kOthers[] = {
    {"big5", "BIG5-HKSCS"}, {"shift_jis", "CP932"}, {"euc-kr", "CP949"}, {"latin1", "CP1252"}};

Result<TextStart> guess(const Fd& file, std::uint64_t offset) {
  std::string sample(kBlock, '\0');
  for (;;) {
    sample.resize(kBlock);
    auto n = readAt(file, offset, sample);
    if (!n) return n.error();
    if (*n == 0) return TextStart{};
    sample.resize(*n);
    if (!isAscii(sample)) break;
    offset += *n;
  }
  sample.resize(kSample);
  auto n = readAt(file, offset, sample);
  if (!n) return n.error();
  sample.resize(*n);
  const std::string_view whole = *n < kSample ? std::string_view(sample) : untilSafeEnd(sample);
  TextStart start;
  start.encoding = judge(whole);
  start.doubtful = start.encoding == TextEncoding::gb18030 && !isPlausibleChinese(whole);
  return start;
}

}  // namespace

Result<TextStart> findEncoding(const Fd& file, const std::string& wanted) {
  std::array<char, 3> head{};
  auto n = readAt(file, 0, head);
  if (!n) return n.error();
  const std::string_view start(head.data(), *n);
  if (start.starts_with("\xEF\xBB\xBF")) return TextStart{TextEncoding::utf8, 3};
  if (start.starts_with("\xFF\xFE")) return TextStart{TextEncoding::utf16le, 2};
  if (start.starts_with("\xFE\xFF")) return TextStart{TextEncoding::utf16be, 2};
  if (wanted == "utf-8") return TextStart{TextEncoding::utf8, 0};
  for (const OtherName& other : kOthers) {
    if (wanted == other.setting) return TextStart{TextEncoding::other, 0, other.iconv};
  }
  if (wanted != "auto") return TextStart{TextEncoding::gb18030, 0};
  return guess(file, 0);
}

bool isPlausibleChinese(std::string_view gb18030) {
  constexpr std::size_t kFew = 6;
  constexpr std::size_t kMany = 20;
  std::size_t all = 0;
  std::size_t rare = 0;
  std::size_t late = 0;
  for (std::size_t at = 0; at + 1 < gb18030.size();) {
    const auto lead = static_cast<unsigned char>(gb18030[at]);
    const auto trail = static_cast<unsigned char>(gb18030[at + 1]);
    const bool wide = lead > 0x80 && lead < 0xFF && trail >= 0x30;
    at += !wide ? 1 : trail <= 0x39 ? 4 : 2;
    // Rows A1 to A9 of GB 2312 hold punctuation and letters.
    if (!wide || (lead >= 0xA1 && lead <= 0xA9 && trail >= 0xA1)) continue;
    ++all;
    rare += trail < 0xA1 || lead < 0xB0 || lead > 0xF7 ? 1u : 0u;
    late += trail >= 0xA1 && lead >= 0xC9 && lead <= 0xD7 ? 1u : 0u;
  }
  return all < kFew || (rare * 4 <= all && (all < kMany || late > 0));
}

void TextFeed::CloseIconv::operator()(void* handle) const { iconv_close(handle); }

TextFeed::TextFeed(std::shared_ptr<const Fd> file, TextStart start)
    : file_(std::move(file)), start_(start), offset_(start.offset) {
  if (start.iconv == nullptr) return;
  const iconv_t handle = iconv_open("UTF-8", start.iconv);
  if (handle != reinterpret_cast<iconv_t>(static_cast<std::intptr_t>(-1))) iconv_.reset(handle);
}

Result<bool> TextFeed::append(std::string& out) {
  const bool wide =
      start_.encoding == TextEncoding::utf16le || start_.encoding == TextEncoding::utf16be;
  std::string block(kBlock, '\0');
  auto n = readAt(*file_, offset_, block);
  if (!n) return n.error();
  block.resize(*n);
  offset_ += *n;
  if (wide) {
    appendUtf16(block, out);
  } else if (start_.encoding == TextEncoding::other) {
    if (!iconv_) {
      return Error{
          std::string(codes::kBadEncoding),
          "this machine cannot decode " + std::string(start_.iconv) + "; save the file as UTF-8"};
    }
    appendOther(block, out);
  } else {
    out += block;
  }
  if (!block.empty()) return true;
  if (high_ == 0 && rest_.empty()) return false;
  high_ = 0;
  rest_.clear();
  out += kBroken;
  return true;
}

void TextFeed::appendOther(std::string_view bytes, std::string& out) {
  rest_ += bytes;
  char* from = rest_.data();
  std::size_t left = rest_.size();
  std::array<char, 4096> piece{};
  while (left > 0) {
    char* to = piece.data();
    std::size_t room = piece.size();
    const std::size_t done = ::iconv(iconv_.get(), &from, &left, &to, &room);
    const int failure = done == static_cast<std::size_t>(-1) ? errno : 0;
    out.append(piece.data(), piece.size() - room);
    if (failure == EINVAL) break;
    if (failure != EILSEQ) continue;
    out += kBroken;
    ++from;
    --left;
  }
  rest_.erase(0, rest_.size() - left);
}

void TextFeed::appendUtf16(std::string_view bytes, std::string& out) {
  rest_ += bytes;
  const bool little = start_.encoding == TextEncoding::utf16le;
  std::size_t at = 0;
  for (; at + 2 <= rest_.size(); at += 2) {
    const auto first = static_cast<unsigned char>(rest_[at]);
    const auto second = static_cast<unsigned char>(rest_[at + 1]);
    const std::uint32_t unit = little ? static_cast<std::uint32_t>(first | second << 8)
                                      : static_cast<std::uint32_t>(second | first << 8);
    const bool low = unit >= 0xDC00 && unit < 0xE000;
    if (high_ != 0 && low) {
      appendCodePoint(0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00), out);
      high_ = 0;
      continue;
    }
    if (high_ != 0) out += kBroken;
    high_ = unit >= 0xD800 && unit < 0xDC00 ? unit : 0;
    if (low) {
      out += kBroken;
    } else if (high_ == 0) {
      appendCodePoint(unit, out);
    }
  }
  rest_.erase(0, at);
}

}  // namespace lianqiao::file_drop
