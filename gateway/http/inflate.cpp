#include "http/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace lianqiao::http {
namespace {

constexpr int kLargestWindow = 15;
constexpr int kGzip = kLargestWindow + 16;
constexpr int kBare = -kLargestWindow;

/// RFC 1950: method 8, and the two bytes are a multiple of 31.
bool isFramed(std::string_view packed) {
  if (packed.size() < 2) return false;
  const auto first = static_cast<unsigned char>(packed[0]);
  const auto second = static_cast<unsigned char>(packed[1]);
  return (first & 0x0F) == 8 && (first * 256 + second) % 31 == 0;
}

struct Stream : z_stream {
  explicit Stream(int window) : z_stream{} { made = ::inflateInit2(this, window) == Z_OK; }
  ~Stream() {
    if (made) ::inflateEnd(this);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  bool made;
};

}  // namespace

Inflated inflate(Packing packing, std::string_view packed, std::size_t maxBytes) {
  Inflated result;
  Stream stream(packing == Packing::gzip ? kGzip : isFramed(packed) ? kLargestWindow : kBare);
  if (!stream.made) return result;
  std::array<unsigned char, 16 * 1024> piece;
  for (int state = Z_OK;;) {
    if (stream.avail_in == 0 && !packed.empty()) {
      const std::size_t taken = std::min<std::size_t>(packed.size(), 1u << 30);
      // zlib does not write there; its signature is older than const.
      stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(packed.data()));
      stream.avail_in = static_cast<unsigned>(taken);
      packed.remove_prefix(taken);
    }
    if (state == Z_STREAM_END) {
      if (stream.avail_in == 0) break;
      if (packing != Packing::gzip || ::inflateReset(&stream) != Z_OK) return result;
    }
    stream.next_out = piece.data();
    stream.avail_out = piece.size();
    state = ::inflate(&stream, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END) return result;
    const std::size_t made = piece.size() - stream.avail_out;
    if (made > maxBytes - result.text.size()) return {Inflated::State::too_long, {}};
    result.text.append(reinterpret_cast<const char*>(piece.data()), made);
  }
  result.state = Inflated::State::whole;
  return result;
}

}  // namespace lianqiao::http
