#include "history/block_codec.h"

#include <zstd.h>

#include <memory>

namespace lianqiao::history {
namespace {

constexpr int kLevel = 1;
/// Beyond it a block gains nothing, and costs who reads one record of it.
constexpr std::size_t kFullBytes = 256u << 10;
/// A body may have 16 MiB, an item of a batch a part of it.
constexpr std::size_t kMostKept = 4u << 20;
constexpr std::size_t kMostBytes = std::size_t{1} << 30;

struct Compressor {
  Compressor() : context(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  }
  ~Compressor() { ZSTD_freeCCtx(context); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  ZSTD_CCtx* context;
  std::vector<char> buffer{};
};

void appendText(std::string_view text, std::string& out) {
  appendNumber(text.size(), out);
  out += text;
}

bool takeText(std::string_view& bytes, std::string& into) {
  const auto size = takeNumber(bytes);
  if (!size || *size > bytes.size()) return false;
  into = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  return true;
}

}  // namespace

void appendNumber(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}

std::optional<std::uint64_t> takeNumber(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::string compress(std::string_view text) {
  thread_local Compressor compressor;
  std::vector<char>& out = compressor.buffer;
  if (out.size() < ZSTD_compressBound(text.size())) out.resize(ZSTD_compressBound(text.size()));
  const std::size_t size =
      ZSTD_compress2(compressor.context, out.data(), out.size(), text.data(), text.size());
  std::string packed(out.data(), ZSTD_isError(size) != 0 ? 0 : size);
  // One large body must not hold memory for ever.
  if (out.size() > kMostKept) out = {};
  return packed;
}

std::optional<std::string> decompress(std::string_view bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > kMostBytes)
    return std::nullopt;
  std::string out(static_cast<std::size_t>(size), '\0');
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != out.size()) return std::nullopt;
  return out;
}

bool BlockMaker::full() const { return count_ >= kMostContents || raw_.size() >= kFullBytes; }

void BlockMaker::add(std::string_view event, std::string_view body, std::string_view evidence,
                     std::string_view origin) {
  for (const std::string_view text : {event, body, evidence, origin}) appendText(text, raw_);
  ++count_;
}

std::string BlockMaker::pack() const { return compress(raw_); }

void BlockMaker::clear() {
  raw_.clear();
  count_ = 0;
}

bool BlockMaker::resume(std::string_view bytes) {
  clear();
  const std::optional<std::vector<Contents>> contents = unpackBlock(bytes);
  if (!contents) return false;
  for (const Contents& one : *contents) add(one.event, one.body, one.evidence, one.origin);
  return true;
}

std::optional<std::vector<Contents>> unpackBlock(std::string_view bytes) {
  const std::optional<std::string> raw = decompress(bytes);
  if (!raw) return std::nullopt;
  std::string_view rest = *raw;
  std::vector<Contents> contents;
  while (!rest.empty()) {
    Contents& one = contents.emplace_back();
    for (std::string* text : {&one.event, &one.body, &one.evidence, &one.origin})
      if (!takeText(rest, *text)) return std::nullopt;
  }
  return contents;
}

}  // namespace lianqiao::history
