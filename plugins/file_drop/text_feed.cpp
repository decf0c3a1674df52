#include <algorithm>
#include <array>

#include "file_drop/csv_reader.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kTextBlock = 64u << 10;
constexpr std::size_t kSample = 256u << 10;

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

Result<TextStart> guess(const Fd& file, Pace& pace, std::uint64_t& offset) {
  std::string sample(kTextBlock, '\0');
  for (;;) {
    if (pace.spent()) return paused();
    sample.resize(kTextBlock);
    auto n = readAt(file, offset, sample);
    if (!n) return n.error();
    if (*n == 0) return TextStart{};
    pace.spend(*n);
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

Result<TextStart> findEncoding(const Fd& file, const std::string& wanted, Pace& pace,
                               std::uint64_t& at) {
  std::array<char, 3> head{};
  auto n = readAt(file, 0, head);
  if (!n) return n.error();
  const std::string_view start(head.data(), *n);
  if (start.starts_with("\xEF\xBB\xBF")) return TextStart{TextEncoding::utf8, 3};
  if (start.starts_with("\xFF\xFE")) return TextStart{TextEncoding::other, 2, "utf-16le"};
  if (start.starts_with("\xFE\xFF")) return TextStart{TextEncoding::other, 2, "utf-16be"};
  if (wanted == "utf-8") return TextStart{TextEncoding::utf8, 0};
  if (wanted == "auto") return guess(file, pace, at);
  if (wanted == "gbk" || wanted == "gb18030") return TextStart{TextEncoding::gb18030, 0};
  return TextStart{TextEncoding::other, 0, wanted};
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

TextFeed::TextFeed(std::shared_ptr<const Fd> file, const TextStart& start)
    : file_(std::move(file)), offset_(start.offset) {
  if (start.encoding != TextEncoding::other) return;
  auto decoder = TextDecoder::make(start.other);
  if (decoder) {
    decoder_ = std::move(*decoder);
  } else {
    undecodable_ = decoder.error();
  }
}

Result<bool> TextFeed::append(std::string& out) {
  if (undecodable_) return *undecodable_;
  std::string block(kTextBlock, '\0');
  auto n = readAt(*file_, offset_, block);
  if (!n) return n.error();
  block.resize(*n);
  offset_ += *n;
  if (!decoder_) {
    out += block;
    return !block.empty();
  }
  if (!block.empty()) {
    decoder_->decode(block, out);
    return true;
  }
  const std::size_t before = out.size();
  decoder_->finish(out);
  return out.size() > before;
}

}  // namespace lianqiao::file_drop
