#include "schema/decimal.h"

#include <algorithm>

namespace lianqiao::schema {
namespace {

constexpr std::int64_t kExponentLimit = 1'000'000'000'000;

std::int64_t parseExponent(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  std::int64_t value = 0;
  for (char c : text) value = std::min(kExponentLimit, value * 10 + (c - '0'));
  return negative ? -value : value;
}

std::uint64_t multiplyModulo(std::uint64_t a, std::uint64_t b, std::uint64_t modulus) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(a) * b % modulus);
}

std::uint64_t powerOfTenModulo(std::int64_t exponent, std::uint64_t modulus) {
  std::uint64_t result = 1 % modulus;
  std::uint64_t base = 10 % modulus;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = multiplyModulo(result, base, modulus);
    base = multiplyModulo(base, base, modulus);
  }
  return result;
}

}  // namespace

Decimal::Decimal(std::string_view lexeme) {
  if (!lexeme.empty() && lexeme[0] == '-') {
    negative_ = true;
    lexeme.remove_prefix(1);
  }
  std::int64_t exponent = 0;
  if (const std::size_t e = lexeme.find_first_of("eE"); e != std::string_view::npos) {
    exponent = parseExponent(lexeme.substr(e + 1));
    lexeme = lexeme.substr(0, e);
  }
  const std::size_t point = lexeme.find('.');
  const std::string_view whole = lexeme.substr(0, point);
  digits_ = whole;
  if (point != std::string_view::npos) digits_ += lexeme.substr(point + 1);
  exponent_ = static_cast<std::int64_t>(whole.size()) + exponent;

  const std::size_t first = digits_.find_first_not_of('0');
  if (first == std::string::npos) {
    digits_.clear();
    exponent_ = 0;
    negative_ = false;
    return;
  }
  exponent_ -= static_cast<std::int64_t>(first);
  digits_.erase(digits_.find_last_not_of('0') + 1);
  digits_.erase(0, first);
}

bool Decimal::isMultipleOf(const Decimal& divisor) const {
  if (isZero()) return true;
  std::uint64_t modulus = 0;
  for (char c : divisor.digits_) modulus = modulus * 10 + static_cast<std::uint64_t>(c - '0');
  if (modulus == 0) return false;
  // Both as integer × 10^scale; the digits have no trailing zero, so a coarser divisor cannot
  // divide.
  const std::int64_t scale = exponent_ - static_cast<std::int64_t>(digits_.size());
  const std::int64_t divisorScale =
      divisor.exponent_ - static_cast<std::int64_t>(divisor.digits_.size());
  if (scale < divisorScale) return false;
  std::uint64_t rest = 0;
  for (char c : digits_) {
    rest = (multiplyModulo(rest, 10, modulus) + static_cast<std::uint64_t>(c - '0')) % modulus;
  }
  return multiplyModulo(rest, powerOfTenModulo(scale - divisorScale, modulus), modulus) == 0;
}

std::uint64_t Decimal::hash() const {
  return std::hash<std::string_view>{}(digits_)*31 + static_cast<std::uint64_t>(exponent_) * 2 +
         (negative_ ? 1 : 0);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.isZero() || b.isZero() || a.negative_ != b.negative_) {
    const auto sign = [](const Decimal& d) { return d.isZero() ? 0 : (d.negative_ ? -1 : 1); };
    return sign(a) <=> sign(b);
  }
  std::strong_ordering order = a.exponent_ <=> b.exponent_;
  if (order == 0) order = a.digits_.compare(b.digits_) <=> 0;
  return a.negative_ ? 0 <=> order : order;
}

bool isIntegerLexeme(std::string_view lexeme) {
  return lexeme.find_first_of(".eE") == std::string_view::npos || Decimal(lexeme).isInteger();
}

}  // namespace lianqiao::schema
