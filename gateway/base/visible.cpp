#include "base/visible.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "lianqiao/text.h"

namespace lianqiao::base {
namespace {

std::size_t lengthBy(unsigned char lead) {
  if (lead < 0xC2 || lead > 0xF4) return 1;
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/// Of two or three bytes that are one character.
unsigned pointOf(std::string_view character) {
  const auto bits = [&](std::size_t i) { return static_cast<unsigned char>(character[i]) & 0x3Fu; };
  const unsigned lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 2) return (lead & 0x1Fu) << 6 | bits(1);
  return (lead & 0x0Fu) << 12 | bits(1) << 6 | bits(2);
}

bool drivesTerminals(unsigned point) {
  return point < 0xA0 || point == 0x061C || point == 0x200E || point == 0x200F ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

void escape(unsigned point, std::string& out) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", point & 0xFFFFu);
  out += text.data();
}

bool isPlain(char c) { return c >= 0x20 && c < 0x7F; }

}  // namespace

void appendVisible(std::string_view text, LineEnds ends, std::string& out) {
  for (std::size_t at = 0; at < text.size();) {
    const auto* const end =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), isPlain);
    const auto plain = static_cast<std::size_t>(end - text.begin()) - at;
    out.append(text, at, plain);
    at += plain;
    if (at == text.size()) return;
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) {
      if (lead == '\n' && ends == LineEnds::kept) {
        out += '\n';
      } else {
        escape(lead, out);
      }
      ++at;
      continue;
    }
    const std::string_view character = text.substr(at, lengthBy(lead));
    if (!isUtf8(character)) {
      escape(0xFFFD, out);
      ++at;
      continue;
    }
    if (character.size() < 4 && drivesTerminals(pointOf(character))) {
      escape(pointOf(character), out);
    } else {
      out += character;
    }
    at += character.size();
  }
}

std::string visible(std::string_view text, LineEnds ends) {
  std::string out;
  out.reserve(text.size());
  appendVisible(text, ends, out);
  return out;
}

std::size_t unfinishedBytes(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0u) == 0x80u) continue;
    return lengthBy(byte) > back ? back : 0;
  }
  return 0;
}

}  // namespace lianqiao::base
