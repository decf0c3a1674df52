#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace lianqiao::schema {

/// A JSON number in exact decimal form: ±0.digits × 10^exponent, without leading or trailing zeros
/// in `digits`. Zero has no digits. Compares by value, so 1, 1.0 and 1e0 are equal and no 20-digit
/// id is rounded. Exponents beyond ±10^12 are cut to that.
class Decimal {
 public:
  Decimal() = default;
  /// REQUIRES: `lexeme` is a valid JSON number.
  explicit Decimal(std::string_view lexeme);

  [[nodiscard]] bool isZero() const { return digits_.empty(); }
  [[nodiscard]] bool isNegative() const { return negative_; }
  [[nodiscard]] bool isInteger() const {
    return exponent_ >= static_cast<std::int64_t>(digits_.size());
  }
  /// True when this is a whole multiple of `divisor`. REQUIRES: divisor is positive and has at most
  /// 18 significant digits.
  [[nodiscard]] bool isMultipleOf(const Decimal& divisor) const;
  [[nodiscard]] std::size_t significantDigits() const { return digits_.size(); }
  [[nodiscard]] std::uint64_t hash() const;

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) = default;

 private:
  std::string digits_;
  std::int64_t exponent_ = 0;
  bool negative_ = false;
};

/// True when the JSON number `lexeme` is an integer in value (1, 1.0, 1e2).
[[nodiscard]] bool isIntegerLexeme(std::string_view lexeme);

}  // namespace lianqiao::schema
