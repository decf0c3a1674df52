#include "schema/pattern.h"

#include <array>
#include <optional>
#include <utility>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"

namespace lianqiao::schema {
namespace {

constexpr std::string_view kSpaceSet =
    R"(\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";
constexpr std::string_view kSameInBoth = "dDwWtnrfv.*+?^$|()[]{}\\/-";

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kLongProperties{{
    {"Letter", "L"},
    {"Lowercase_Letter", "Ll"},
    {"Uppercase_Letter", "Lu"},
    {"Mark", "M"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Punctuation", "P"},
    {"Symbol", "S"},
    {"Separator", "Z"},
    {"Script=Han", "Han"},
    {"sc=Han", "Han"},
}};

/// Walks the expression once; position_ stands behind what has been translated.
class Translation {
 public:
  explicit Translation(std::string_view ecma) : ecma_(ecma) {}

  Result<std::string> run() {
    while (at_ < ecma_.size() && refusal_.empty()) step();
    if (!refusal_.empty()) return Error{codes::kConfig, refusal_};
    return std::move(out_);
  }

 private:
  void step() {
    const char c = ecma_[at_];
    if (c == '\\') {
      escape();
      return;
    }
    if (c == '[') {
      inClass_ = true;
    } else if (c == ']') {
      inClass_ = false;
    } else if (c == '(' && !inClass_ && ecma_.substr(at_, 2) == "(?" &&
               ecma_.substr(at_, 3) != "(?:") {
      refuse(
          "groups other than (…) and (?:…) are not known: look-around cannot be checked in "
          "linear time, flags and names are not needed");
      return;
    }
    out_ += c;
    ++at_;
  }

  void escape() {
    if (at_ + 1 >= ecma_.size()) {
      refuse("ends with a lone \\");
      return;
    }
    const char c = ecma_[at_ + 1];
    if (kSameInBoth.find(c) != std::string_view::npos) {
      copy(2);
    } else if (c == 'b' && inClass_) {
      replace(2, R"(\x08)");
    } else if ((c == 'b' || c == 'B') && !inClass_) {
      copy(2);
    } else if (c == 's') {
      replace(2, inClass_ ? std::string(kSpaceSet) : "[" + std::string(kSpaceSet) + "]");
    } else if (c == 'S' && !inClass_) {
      replace(2, "[^" + std::string(kSpaceSet) + "]");
    } else if (c == 'c') {
      control();
    } else if (c == 'u' || c == 'x') {
      codePoint(c);
    } else if (c == 'p' || c == 'P') {
      property();
    } else if (c == '0' && (at_ + 2 >= ecma_.size() || !isDigit(ecma_[at_ + 2]))) {
      replace(2, R"(\x00)");
    } else {
      refuse("\\" + std::string(1, c) +
             (c >= '1' && c <= '9' ? " is a back reference, which cannot be checked in linear time"
                                   : " is no escape of ECMA-262 that is known here"));
    }
  }

  void control() {
    const char c = at_ + 2 < ecma_.size() ? ecma_[at_ + 2] : '\0';
    if (!isLetter(c)) {
      refuse("\\c needs a letter");
      return;
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto code = static_cast<unsigned>(c) % 32;
    replace(3, std::string("\\x") + kDigits[code / 16] + kDigits[code % 16]);
  }

  void codePoint(char kind) {
    std::size_t start = at_ + 2;
    std::size_t end = start + (kind == 'u' ? 4 : 2);
    const bool braced = kind == 'u' && start < ecma_.size() && ecma_[start] == '{';
    if (braced) {
      end = ecma_.find('}', ++start);
      if (end == std::string_view::npos) end = start;
    }
    const std::string_view digits = ecma_.substr(start, end - start);
    bool good = !digits.empty() && end <= ecma_.size() && digits.size() <= 6;
    for (char c : digits) good = good && hexDigit(c) >= 0;
    if (!good) {
      refuse("\\u needs four hexadecimal digits or {…}, \\x two");
      return;
    }
    replace(end + (braced ? 1 : 0) - at_, "\\x{" + std::string(digits) + "}");
  }

  void property() {
    const std::size_t end = ecma_.find('}', at_);
    if (ecma_.substr(at_ + 2, 1) != "{" || end == std::string_view::npos) {
      refuse("\\p needs a name in braces");
      return;
    }
    std::string_view name = ecma_.substr(at_ + 3, end - at_ - 3);
    for (const auto& [longName, shortName] : kLongProperties) {
      if (name == longName) name = shortName;
    }
    replace(end + 1 - at_, std::string(ecma_.substr(at_, 2)) + "{" + std::string(name) + "}");
  }

  void copy(std::size_t length) {
    out_ += ecma_.substr(at_, length);
    at_ += length;
  }
  void replace(std::size_t length, std::string_view text) {
    out_ += text;
    at_ += length;
  }
  void refuse(const std::string& why) {
    refusal_ = "pattern, character " + std::to_string(at_ + 1) + ": " + why;
  }

  std::string_view ecma_;
  std::size_t at_ = 0;
  bool inClass_ = false;
  std::string out_;
  std::string refusal_;
};

}  // namespace

Result<std::string> toRe2(std::string_view ecma) { return Translation(ecma).run(); }

}  // namespace lianqiao::schema
