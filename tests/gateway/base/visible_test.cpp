#include "base/visible.h"

#include <gtest/gtest.h>

#include "lianqiao/json.h"

namespace lianqiao::base {
namespace {

TEST(Visible, LeavesTextOfEveryLanguageAsItIs) {
  const std::string text = "Order 7: 路灯不亮 · naïve 🚦 – “x”\n";
  EXPECT_EQ(visible(text, LineEnds::kept), text);
}

// Whatever code point is not shown as itself is shown as its number, and nothing else changes.
TEST(Visible, ShowsEveryControlAsItsNumber) {
  const struct {
    unsigned from, to;
  } kControls[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C},
                   {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}};
  for (unsigned point = 0; point < 0x3000; ++point) {
    std::string text = "a";
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += static_cast<char>(0xC0 | point >> 6);
      text += static_cast<char>(0x80 | (point & 0x3F));
    } else {
      text += static_cast<char>(0xE0 | point >> 12);
      text += static_cast<char>(0x80 | (point >> 6 & 0x3F));
      text += static_cast<char>(0x80 | (point & 0x3F));
    }
    text += "b";
    bool control = false;
    for (const auto& range : kControls) {
      control = control || (point >= range.from && point <= range.to);
    }
    char number[8];
    std::snprintf(number, sizeof number, "\\u%04x", point);
    EXPECT_EQ(visible(text, LineEnds::escaped), control ? std::string("a") + number + "b" : text)
        << point;
  }
  EXPECT_EQ(visible("a\nb", LineEnds::kept), "a\nb");
}

TEST(Visible, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(visible("\x9b[2J", LineEnds::kept), "\\ufffd[2J") << "C1 of a terminal of eight bits";
  EXPECT_EQ(visible("\xC2", LineEnds::kept), "\\ufffd");
  EXPECT_EQ(visible("\xE2\x80", LineEnds::kept), "\\ufffd\\ufffd");
  EXPECT_EQ(visible("\xED\xA0\x80", LineEnds::kept), "\\ufffd\\ufffd\\ufffd") << "a surrogate";
  EXPECT_EQ(visible("\xC0\x9B", LineEnds::kept), "\\ufffd\\ufffd") << "an overlong form";
}

TEST(Visible, KeepsTheValueOfJson) {
  const std::string text = "{\"a\":\"x\x7F\xC2\x9B\xE2\x80\xAEy\"}";
  const std::string shown = visible(text, LineEnds::kept);
  EXPECT_EQ(shown, R"({"a":"x\u007f\u009b\u202ey"})");
  json::Document before, after;
  ASSERT_TRUE(json::parse(text, before));
  ASSERT_TRUE(json::parse(shown, after));
  EXPECT_EQ(before.root.find("a")->text(), after.root.find("a")->text());
}

TEST(Visible, KnowsACharacterThatIsStillToCome) {
  EXPECT_EQ(unfinishedBytes(""), 0u);
  EXPECT_EQ(unfinishedBytes("ab"), 0u);
  EXPECT_EQ(unfinishedBytes("路"), 0u);
  EXPECT_EQ(unfinishedBytes("a\xE8"), 1u);
  EXPECT_EQ(unfinishedBytes("a\xE8\xB7"), 2u);
  EXPECT_EQ(unfinishedBytes("\xF0\x9F\x9A"), 3u);
  EXPECT_EQ(unfinishedBytes("\x80\x80\x80\x80"), 0u) << "no beginning: it will never be one";
  EXPECT_EQ(unfinishedBytes("a\xFF"), 0u);
}

}  // namespace
}  // namespace lianqiao::base
