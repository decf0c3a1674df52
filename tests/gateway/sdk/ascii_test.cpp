#include "lianqiao/ascii.h"

#include <gtest/gtest.h>

namespace lianqiao {
namespace {

TEST(Ascii, TouchesNoByteThatIsNoAsciiLetter) {
  EXPECT_EQ(lowered("Ä-A工Z[@"), "Ä-a工z[@");
  EXPECT_EQ(upperAscii('z'), 'Z');
  EXPECT_EQ(upperAscii('{'), '{');
  EXPECT_TRUE(equalIgnoringCase("Content-Type", "content-TYPE"));
  EXPECT_FALSE(equalIgnoringCase("[", "{"));
  EXPECT_FALSE(equalIgnoringCase("a", "ab"));
  EXPECT_FALSE(isLetter('\xC4'));
}

TEST(Ascii, AHexadecimalDigitIsOfEitherCase) {
  for (int value = 0; value < 16; ++value) {
    EXPECT_EQ(hexDigit("0123456789abcdef"[value]), value);
    EXPECT_EQ(hexDigit("0123456789ABCDEF"[value]), value);
  }
  for (const char c : {'g', 'G', '/', ':', '@', '`', ' ', '\xC3'}) EXPECT_EQ(hexDigit(c), -1);
}

TEST(Ascii, ANumberIsDigitsAlone) {
  EXPECT_EQ(decimalText("000000000000000018"), 18);
  EXPECT_EQ(decimalText("999999999999999999"), 999'999'999'999'999'999);
  for (const char* text : {"", "-1", " 1", "1a", "1000000000000000000", "１"})
    EXPECT_FALSE(decimalText(text)) << text;
  EXPECT_FALSE(isDigits(""));
}

}  // namespace
}  // namespace lianqiao
