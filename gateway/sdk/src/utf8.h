#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

/// Byte-level UTF-8 and text scanning shared by the JSON reader, the JSON writer and text.cpp.
namespace lianqiao::utf8 {

/// Bytes of the well-formed sequence (RFC 3629) at `p`, 0 where there is none. REQUIRES: p < end.
inline std::size_t sequence(const char* p, const char* end) {
  const auto at = [p](std::ptrdiff_t i) { return static_cast<unsigned char>(p[i]); };
  const auto tail = [&at](std::ptrdiff_t i) { return (at(i) & 0xC0u) == 0x80u; };
  const unsigned lead = at(0);
  const std::ptrdiff_t left = end - p;
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return left >= 2 && tail(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && at(1) < 0xA0) return 0;
    if (lead == 0xED && at(1) > 0x9F) return 0;
    return 3;
  }
  if (lead > 0xF4 || left < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
  if (lead == 0xF0 && at(1) < 0x90) return 0;
  if (lead == 0xF4 && at(1) > 0x8F) return 0;
  return 4;
}

/// Eight bytes, the first one lowest whatever the machine. REQUIRES: eight bytes at `p`.
inline std::uint64_t load8(const char* p) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

inline constexpr std::uint64_t kOnes = 0x0101010101010101u;
inline constexpr std::uint64_t kHighs = 0x8080808080808080u;

/// High bit set in (at least) the first byte that a JSON string cannot carry as it is: a quote, a
/// backslash or a control character. Bytes after that one may be flagged falsely; bytes before
/// never.
inline std::uint64_t specials(std::uint64_t word) {
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t slash = word ^ (kOnes * '\\');
  const std::uint64_t found =
      ((word - kOnes * 0x20u) & ~word) | ((quote - kOnes) & ~quote) | ((slash - kOnes) & ~slash);
  return found & kHighs;
}

/// Index of the first flagged byte. REQUIRES: flags != 0.
inline std::size_t firstFlag(std::uint64_t flags) {
  return static_cast<std::size_t>(std::countr_zero(flags)) / 8;
}

/// Writes a code point below 0x110000 as UTF-8; returns the position behind it.
inline char* encode(char32_t point, char* out) {
  if (point < 0x80) {
    *out++ = static_cast<char>(point);
  } else if (point < 0x800) {
    *out++ = static_cast<char>(0xC0u | (point >> 6));
    *out++ = static_cast<char>(0x80u | (point & 0x3Fu));
  } else if (point < 0x10000) {
    *out++ = static_cast<char>(0xE0u | (point >> 12));
    *out++ = static_cast<char>(0x80u | ((point >> 6) & 0x3Fu));
    *out++ = static_cast<char>(0x80u | (point & 0x3Fu));
  } else {
    *out++ = static_cast<char>(0xF0u | (point >> 18));
    *out++ = static_cast<char>(0x80u | ((point >> 12) & 0x3Fu));
    *out++ = static_cast<char>(0x80u | ((point >> 6) & 0x3Fu));
    *out++ = static_cast<char>(0x80u | (point & 0x3Fu));
  }
  return out;
}

}  // namespace lianqiao::utf8
