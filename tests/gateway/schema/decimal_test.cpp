#include "schema/decimal.h"

#include <gtest/gtest.h>

namespace lianqiao::schema {
namespace {

TEST(Decimal, IsEqualByValue) {
  EXPECT_EQ(Decimal("1"), Decimal("1.0"));
  EXPECT_EQ(Decimal("100"), Decimal("1e2"));
  EXPECT_EQ(Decimal("0"), Decimal("-0.00e7"));
  EXPECT_EQ(Decimal("0.001"), Decimal("1E-3"));
  EXPECT_NE(Decimal("99999999999999999998"), Decimal("99999999999999999999"));
  EXPECT_EQ(Decimal("1.50").hash(), Decimal("15e-1").hash());
}

TEST(Decimal, OrdersBySignThenSize) {
  const char* const ascending[] = {"-1e400", "-2",   "-1.5", "0",  "1e-400",
                                   "0.5",    "0.51", "9",    "10", "1e400"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(Decimal(ascending[i]) < Decimal(ascending[j]), i < j);
    }
  }
}

TEST(Decimal, KnowsIntegersAndMultiples) {
  EXPECT_TRUE(isIntegerLexeme("12"));
  EXPECT_TRUE(isIntegerLexeme("1.20e1"));
  EXPECT_TRUE(isIntegerLexeme("0.0"));
  EXPECT_FALSE(isIntegerLexeme("1.2"));
  EXPECT_TRUE(Decimal("1e308").isMultipleOf(Decimal("0.5")));
  EXPECT_FALSE(Decimal("1e308").isMultipleOf(Decimal("0.123456789")));
  EXPECT_TRUE(Decimal("-0.0075").isMultipleOf(Decimal("0.0001")));
  EXPECT_FALSE(Decimal("1.5").isMultipleOf(Decimal("1")));
}

TEST(Decimal, SurvivesAbsurdExponents) {
  EXPECT_LT(Decimal("1e99999999999999999999"), Decimal("2e99999999999999999999"));
  EXPECT_TRUE(Decimal("1e99999999999999999999").isInteger());
  EXPECT_FALSE(Decimal("1e-99999999999999999999").isInteger());
}

}  // namespace
}  // namespace lianqiao::schema
