#include "lianqiao/text.h"

#include <gtest/gtest.h>

#include <array>

namespace lianqiao {
namespace {

TEST(Utf8, KnowsWellFormedText) {
  EXPECT_TRUE(isUtf8(""));
  EXPECT_TRUE(isUtf8("12345 市民热线 😀 and some more ASCII"));
  for (const char* bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "a\x80",
                          "0123456789\xE5\xB7"}) {
    EXPECT_FALSE(isUtf8(bad));
  }
}

TEST(Gb18030, ReadsGbkAndFourByteCharacters) {
  EXPECT_EQ(fromGb18030("12345 \xB9\xA4\xB5\xA5"), "12345 工单");
  EXPECT_EQ(fromGb18030("\x94\x39\xFC\x36"), "😀");
  EXPECT_EQ(fromGb18030(""), "");
  EXPECT_EQ(fromGb18030("\xB9"), std::nullopt);
  EXPECT_EQ(fromGb18030("\xFF\xFF"), std::nullopt);
  EXPECT_EQ(fromGb18030("ok again"), "ok again");
}

TEST(Gb18030, ComesBackForWholeText) {
  const std::string text = "周口市川汇区：路灯不亮，已三天。𠮷 é 😀 \n";
  const auto bytes = toGb18030(text);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(fromGb18030(*bytes), text);
  EXPECT_EQ(toGb18030("\xFF"), std::nullopt);
}

TEST(Encoding, IsGuessedFromASample) {
  EXPECT_EQ(guessEncoding("\xEF\xBB\xBFname"), Encoding::utf8);
  EXPECT_EQ(guessEncoding("plain"), Encoding::utf8);
  EXPECT_EQ(guessEncoding("工单,标题"), Encoding::utf8);
  EXPECT_EQ(guessEncoding(*toGb18030("留言编号,留言用户")), Encoding::gb18030);
  EXPECT_EQ(guessEncoding("abc\xFF\xFF\xFF"), std::nullopt);
}

TEST(Encoding, SampleMayEndWithinACharacter) {
  const std::string utf8 = "工单标题";
  EXPECT_EQ(guessEncoding(utf8.substr(0, utf8.size() - 1)), Encoding::utf8);
  const std::string gbk = *toGb18030("留言编号");
  EXPECT_EQ(guessEncoding(gbk.substr(0, gbk.size() - 1)), Encoding::gb18030);
}

TEST(CutAt, EndsWithinNoCharacter) {
  const std::string text = "灯💡é!";  // 3 + 4 + 2 + 1 bytes
  for (const auto& [bytes, kept] :
       std::initializer_list<std::pair<std::size_t, std::string_view>>{{0, ""},
                                                                       {2, ""},
                                                                       {3, "灯"},
                                                                       {4, "灯"},
                                                                       {5, "灯"},
                                                                       {6, "灯"},
                                                                       {7, "灯💡"},
                                                                       {8, "灯💡"},
                                                                       {9, "灯💡é"},
                                                                       {10, text},
                                                                       {99, text}}) {
    EXPECT_EQ(cutAt(text, bytes), kept) << bytes;
  }
}

TEST(CutAt, CutsBytesThatAreNoCharacterAtTheLimit) {
  EXPECT_EQ(cutAt(std::string(9, '\x80'), 6), std::string(6, '\x80'));
  EXPECT_EQ(cutAt("ab\xF0\x9F\x92", 4), "ab\xF0\x9F");
  EXPECT_EQ(cutAt("ab\xFF\xFF", 3), "ab\xFF");
}

TEST(Trim, TakesEveryKindOfBlank) {
  EXPECT_EQ(trim(" \t\r\n\v\f\xE3\x80\x80 工 单\xC2\xA0\xE2\x80\x8B\xEF\xBB\xBF "), "工 单");
  EXPECT_EQ(trim("\xE3\x80\x80\xE3\x80\x80"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(HalfWidth, TurnsFullWidthAsciiAndSpace) {
  EXPECT_EQ(halfWidth("１３８００－ＡＢｚ～＿｀！\xE3\x80\x80工。"), "13800-ABz~_`! 工。");
}

TEST(Prefix, CountsCharactersNotBytes) {
  EXPECT_EQ(prefix("工单标题", 2), "工单");
  EXPECT_EQ(prefix("ab", 5), "ab");
  EXPECT_EQ(prefix("ab", 0), "");
  EXPECT_EQ(countCharacters("a工😀"), 3u);
}

TEST(EditDistance, CountsASwapOfNeighboursAsOne) {
  EXPECT_EQ(editDistance("", "abc"), 3u);
  EXPECT_EQ(editDistance("timeout", "timeout"), 0u);
  EXPECT_EQ(editDistance("tiemout", "timeout"), 1u);
  EXPECT_EQ(editDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(editDistance("工单标题", "工单题标"), 1u);
}

TEST(Closest, NamesTheNearestOrNothing) {
  const std::array<std::string_view, 3> names = {"timeout", "interval", "folder"};
  EXPECT_EQ(closest("tiemout", names), "timeout");
  EXPECT_EQ(closest("fodler", names), "folder");
  EXPECT_EQ(closest("password", names), "");
}

}  // namespace
}  // namespace lianqiao
