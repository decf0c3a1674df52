#include "history/terms.h"

#include <array>

#include "base/digest64.h"
#include "lianqiao/ascii.h"
#include "record/person_numbers.h"

namespace lianqiao::history {
namespace {

constexpr std::uint64_t kIdSeed = 1;
constexpr std::uint64_t kRegionSeed = 2;
constexpr std::uint64_t kWordSeed = 3;
constexpr std::size_t kTail = 4;

/// Takes the first character off; its code point, or 0 for one that parts words.
std::uint32_t takeCharacter(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint32_t code = size == 1 ? lead : lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size && i < text.size(); ++i)
    code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  text.remove_prefix(std::min(size, text.size()));
  if (code < 0x80) return isLetter(static_cast<char>(code)) ? code : 0;
  // Punctuation of both worlds, and what is full-width and no letter.
  const bool punctuation = (code >= 0x2000 && code < 0x2070) || (code >= 0x3000 && code < 0x3020) ||
                           (code >= 0xFF00 && code < 0xFF21) || code == 0xA0 || code == 0xB7;
  return punctuation ? 0 : code;
}

/// Two code points have 42 bits: stirred, so that neighbours do not lie together with ids.
std::uint64_t gramTerm(std::uint32_t first, std::uint32_t second) {
  std::uint64_t z = (kWordSeed << 42) | (std::uint64_t{first} << 21) | second;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

std::uint64_t idTerm(NodeKey& key, std::string_view id, bool personal) {
  return personal ? key.digest("id " + std::string(id)) : base::digest64(id, kIdSeed);
}

std::uint64_t idTerm(NodeKey& key, std::string_view id) {
  return idTerm(key, id, record::holdsPersonNumber(id));
}

std::uint64_t regionTerm(std::string_view code) { return base::digest64(code, kRegionSeed); }

void appendRegionTerms(std::string_view division, std::vector<std::uint64_t>& out) {
  constexpr std::array<std::size_t, 4> kLevels{2, 4, 6, 9};
  if (division.empty()) return;
  for (const std::size_t level : kLevels)
    if (level < division.size()) out.push_back(regionTerm(division.substr(0, level)));
  out.push_back(regionTerm(division));
}

void appendNumberTerms(NodeKey& key, std::string_view number, std::vector<std::uint64_t>& out) {
  out.push_back(key.digest(number));
  if (number.size() > kTail) out.push_back(key.tailDigest(number.substr(number.size() - kTail)));
}

std::uint64_t numberTerm(NodeKey& key, std::string_view number) {
  return number.size() == kTail ? key.tailDigest(number) : key.digest(number);
}

void appendWordTerms(std::string_view text, std::vector<std::uint64_t>& out) {
  std::uint32_t before = 0;
  while (!text.empty()) {
    const std::uint32_t code = takeCharacter(text);
    if (before != 0 && code != 0) out.push_back(gramTerm(before, code));
    before = code;
  }
}

void appendTerms(NodeKey& key, const Particulars& particulars, bool words,
                 std::vector<std::uint64_t>& out) {
  for (const std::string& id : particulars.ids) out.push_back(idTerm(key, id));
  appendRegionTerms(particulars.division, out);
  if (!particulars.grid.empty()) out.push_back(regionTerm(particulars.grid));
  for (const std::string& one : particulars.numbers) appendNumberTerms(key, one, out);
  if (words) appendWordTerms(particulars.words, out);
}

}  // namespace lianqiao::history
