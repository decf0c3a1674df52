#include <algorithm>
#include <array>
#include <vector>

#include "base/cut.h"
#include "lianqiao/ascii.h"
#include "lianqiao/text.h"
#include "record/person_numbers.h"
#include "record/redact.h"

namespace lianqiao::record {
namespace {

bool isMobileNumber(std::string_view text) {
  return text.size() == 11 && text[0] == '1' && text[1] >= '3' && isDigits(text);
}

/// Region, birthday, number: a long order number rarely has a day there.
bool isIdentity(std::string_view text) {
  if (text.size() != 18 || !isDigits(text.substr(0, 17))) return false;
  const std::string_view century = text.substr(6, 2);
  const std::string_view month = text.substr(10, 2);
  const std::string_view day = text.substr(12, 2);
  return (century == "19" || century == "20") && month >= "01" && month <= "12" && day >= "01" &&
         day <= "31";
}

/// As before 1999, without century and check digit. A province at the beginning keeps times and
/// order numbers (20…) apart.
bool isOldIdentity(std::string_view digits) {
  constexpr std::string_view kProvinces =
      "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 "
      "65";
  const std::string_view month = digits.substr(8, 2);
  const std::string_view day = digits.substr(10, 2);
  return kProvinces.find(digits.substr(0, 2)) != std::string_view::npos && month >= "01" &&
         month <= "12" && day >= "01" && day <= "31";
}

bool isAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// A number as people write it, what stands between its digits left out.
struct Written {
  std::string digits;
  std::size_t size = 0;  ///< Of what is written; 0 where there is no such number.
};

/// Blanks and hyphens may stand anywhere; points, underlines and brackets only where a mobile
/// number is parted (138.0013.8000), since addresses of machines have such, too.
std::size_t behindSeparators(std::string_view text, std::size_t at, std::size_t digits) {
  const bool parted = digits == 3 || digits == 7;
  return std::min(text.find_first_not_of(parted ? " -._()" : " -", at), text.size());
}

/// The number of so many digits that `text` begins with.
Written numberOf(std::string_view text, std::size_t count) {
  Written number;
  std::size_t at = 0;
  for (; number.digits.size() < count; ++at) {
    if (at > 0) at = behindSeparators(text, at, number.digits.size());
    if (at == text.size()) return {};
    const bool check = number.digits.size() == 17 && (text[at] == 'X' || text[at] == 'x');
    if (!isDigit(text[at]) && !check) return {};
    number.digits += text[at];
  }
  if (at < text.size() && isDigit(text[at])) return {};
  number.size = at;
  return number;
}

/// Dashes, blanks and points of other scripts, and what has no width.
bool isSeparator(std::string_view character) {
  constexpr std::array<std::string_view, 14> kSeparators{
      "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212",
      "\u00A0", "\u00B7", "\u200B", "\u2022", "\u30FB", "\u00AD", "\uFEFF"};
  return std::find(kSeparators.begin(), kSeparators.end(), character) != kSeparators.end();
}

/// A sentence in which all that may stand in a number is ASCII where it was not.
struct Plain {
  explicit Plain(std::string_view written) {
    for (std::size_t at = 0; at < written.size();) {
      const std::string_view character = prefix(written.substr(at), 1);
      const std::string half = character.size() == 3 ? halfWidth(character) : std::string();
      const bool ofNumber = half.size() == 1 && kOfNumbers.find(half[0]) != std::string_view::npos;
      if (ofNumber) {
        text += half;
      } else if (isSeparator(character)) {
        text += '-';
      } else {
        text += character;
      }
      from.resize(text.size(), at);
      at += character.size();
    }
    from.push_back(written.size());
  }
  static constexpr std::string_view kOfNumbers = "0123456789Xx+-._() ";
  std::string text;
  std::vector<std::size_t> from;  ///< Of each byte: where its character was written.
};

/// The number of a person that a text begins with.
struct PersonNumber {
  std::string digits;
  std::size_t lead = 0;  ///< A code of the country before it.
  std::size_t size = 0;  ///< Of all that is written; 0 where there is none.
  bool mobile = false;
};

PersonNumber personNumberOf(std::string_view text) {
  if (Written card = numberOf(text, 18); card.size > 0 && isIdentity(card.digits))
    return {std::move(card.digits), 0, card.size, false};
  if (Written card = numberOf(text, 15); card.size > 0 && isOldIdentity(card.digits))
    return {std::move(card.digits), 0, card.size, false};
  for (const std::string_view code : {"", "86", "0086", "0"}) {
    if (!text.starts_with(code)) continue;
    const std::size_t begin = std::min(text.find_first_not_of(" -()", code.size()), text.size());
    Written mobile = numberOf(text.substr(begin), 11);
    if (mobile.size == 0 || !isMobileNumber(mobile.digits)) continue;
    return {std::move(mobile.digits), begin, begin + mobile.size, true};
  }
  return {};
}

/// Masks the number of a person that `text` begins with; how much of it that was, 0 for none.
std::size_t maskNumber(std::string_view text, std::string& out) {
  const PersonNumber number = personNumberOf(text);
  if (number.size == 0) return 0;
  out.append(text.substr(0, number.lead));
  out += number.mobile ? maskPhone(number.digits) : maskId(number.digits);
  return number.size;
}

/// Most texts have too few digits, of either width, for such a number.
bool mayHoldNumber(std::string_view written) {
  const auto mayBeOne = [](char c) { return isDigit(c) || c == '\xEF'; };
  return std::count_if(written.begin(), written.end(), mayBeOne) >= 11;
}

/// How much of `rest` is alike in being digits, or none.
std::size_t likeRun(std::string_view rest) {
  const auto other = [&](char c) { return isDigit(c) != isDigit(rest[0]); };
  return static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), other) - rest.begin());
}

/// Where a part of a key ends.
constexpr std::string_view kBetweenParts = "/:|,;#&=@+~ ";

std::string maskKeyPart(std::string_view part) {
  return isAscii(part) ? maskNumbers(part) : maskName(part);
}

}  // namespace

std::string maskNumbers(std::string_view written) {
  if (!mayHoldNumber(written)) return std::string(written);
  const Plain plain(written);
  std::string out;
  for (std::size_t at = 0; at < plain.text.size();) {
    const std::string_view rest = std::string_view(plain.text).substr(at);
    std::size_t size = isDigit(rest[0]) ? maskNumber(rest, out) : 0;
    if (size == 0) {
      size = likeRun(rest);
      const std::size_t from = plain.from[at];
      out += written.substr(from, plain.from[at + size] - from);
    }
    at += size;
  }
  return out;
}

std::vector<std::string> personNumbers(std::string_view written) {
  std::vector<std::string> found;
  if (!mayHoldNumber(written)) return found;
  // Ids are ASCII, and asked about for each record.
  const std::string plain = isAscii(written) ? std::string() : Plain(written).text;
  std::string_view rest = plain.empty() ? written : std::string_view(plain);
  while (!rest.empty()) {
    PersonNumber number = isDigit(rest[0]) ? personNumberOf(rest) : PersonNumber();
    rest.remove_prefix(number.size > 0 ? number.size : likeRun(rest));
    if (number.size > 0) found.push_back(std::move(number.digits));
  }
  return found;
}

bool holdsPersonNumber(std::string_view written) { return !personNumbers(written).empty(); }

std::string maskedStart(std::string_view written, std::size_t bytes) {
  // Enough for a number that the limit parts; one that goes on even behind that is left out.
  constexpr std::size_t kBehind = 128;
  std::string masked = maskNumbers(base::cutBeforeNumber(written, bytes + kBehind));
  masked.resize(cutAt(masked, bytes).size());
  return masked;
}

std::string maskKey(std::string_view key) {
  std::string out;
  for (;;) {
    const std::size_t end = std::min(key.find_first_of(kBetweenParts), key.size());
    out += maskKeyPart(key.substr(0, end));
    if (end == key.size()) return out;
    out += key[end];
    key.remove_prefix(end + 1);
  }
}

}  // namespace lianqiao::record
