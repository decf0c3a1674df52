#include "expression/clean.h"

#include <gtest/gtest.h>

namespace lianqiao::expression {
namespace {

std::string cleaned(std::string_view text, CleanMode mode) {
  std::string buffer;
  const auto result = clean(text, mode, buffer);
  return result ? std::string(*result) : "refused";
}

TEST(Clean, TextLosesBordersAndControlCharacters) {
  EXPECT_EQ(cleaned("　\xC2\xA0 \t路灯不亮\r\n第二行\r第三行 　", CleanMode::text),
            "路灯不亮\n第二行\n第三行");
  EXPECT_EQ(cleaned("a\x01\x7F\xC2\x85"
                    "b\tc",
                    CleanMode::text),
            "ab\tc");
  EXPECT_EQ(cleaned("", CleanMode::text), "");
  EXPECT_EQ(cleaned(" \xE3\x80\x80 ", CleanMode::text), "");
  EXPECT_EQ(cleaned(std::string_view("a\0b", 3), CleanMode::text), "ab");
}

TEST(Clean, TextThatIsTidyIsNotCopied) {
  const std::string text = " 小区漏水 ";
  std::string buffer;
  const std::string_view result = *clean(text, CleanMode::text, buffer);
  EXPECT_EQ(result, "小区漏水");
  EXPECT_EQ(result.data(), text.data() + 1);
}

TEST(Clean, LineHasSingleBlanksOnly) {
  EXPECT_EQ(cleaned("　人民路 \n\t 12号　　院 ", CleanMode::line), "人民路 12号 院");
}

TEST(Clean, DigitsKeepSignsAndDropWhatSurroundsThem) {
  EXPECT_EQ(cleaned("１３８ ０００１ ２３４５", CleanMode::digits), "13800012345");
  EXPECT_EQ(cleaned("电话：(0394) 826-0000。", CleanMode::digits), "0394826-0000");
  EXPECT_EQ(cleaned("+86-13800012345", CleanMode::digits), "+86-13800012345");
  EXPECT_EQ(cleaned("无", CleanMode::digits), "");
  EXPECT_EQ(cleaned("", CleanMode::digits), "");
}

TEST(Clean, DigitsOfTwoNumbersDoNotGrowTogether) {
  EXPECT_EQ(cleaned("13800012345/13900012345", CleanMode::digits), "refused");
  EXPECT_EQ(cleaned("8260000转801", CleanMode::digits), "refused");
}

TEST(Clean, IdsAreUpperCaseHalfWidthAndWithoutBlanks) {
  EXPECT_EQ(cleaned(" １１０１０１ 19000101 ００１x ", CleanMode::id), "11010119000101001X");
  EXPECT_EQ(cleaned("ABC123", CleanMode::id), "ABC123");
}

TEST(Clean, NumbersBecomeJsonNumbers) {
  struct Row {
    const char* in;
    const char* out;
  };
  const Row rows[] = {{"12", "12"},
                      {"１２．５", "12.5"},
                      {" 1,234,567.80 ", "1234567.80"},
                      {"+5", "5"},
                      {"-0.10", "-0.10"},
                      {"007", "7"},
                      {"000", "0"},
                      {"1E+02", "1E+02"},
                      {"12345678901234567890", "12345678901234567890"},
                      {"１，２３４", "1234"},
                      {"-007.5", "-7.5"}};
  for (const Row& row : rows) {
    std::string buffer;
    const auto number = readNumber(row.in, buffer);
    ASSERT_TRUE(number) << row.in;
    EXPECT_EQ(*number, row.out) << row.in;
  }
  for (const char* text : {"", " ", "abc", "1.", ".5", "1,23", "12,3456", "1.2.3", "--1", "1 2",
                           "5元", "0x10", ",123", "1e", "1.5,000", "NaN"}) {
    std::string buffer;
    EXPECT_FALSE(readNumber(text, buffer)) << text;
  }
}

TEST(Clean, IntegersMayBeWrittenWithAPoint) {
  std::string buffer;
  EXPECT_EQ(readInteger("3.0", buffer), "3");
  EXPECT_EQ(readInteger("1e2", buffer), "100");
  EXPECT_EQ(readInteger("-42", buffer), "-42");
  EXPECT_EQ(readInteger("-0", buffer), "0");
  EXPECT_FALSE(readInteger("3.5", buffer));
  EXPECT_FALSE(readInteger("99999999999999999999", buffer));
}

TEST(Clean, ComparableTextsAreTrimmedAndHalfWidth) {
  std::string buffer;
  EXPECT_EQ(comparable(" 10\xC2\xA0", buffer), "10");
  EXPECT_EQ(comparable("　１０　", buffer), "10");
  EXPECT_EQ(comparable("特急", buffer), "特急");
}

}  // namespace
}  // namespace lianqiao::expression
