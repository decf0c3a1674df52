#include "cli/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "base/text_view.h"

namespace lianqiao::cli {
namespace {

using ::testing::ExitedWithCode;
using ::testing::HasSubstr;
using ::testing::Not;

// Whatever writes to stdout or stderr goes through one filter; a character may come in two writes.
TEST(TerminalDeathTest, ShowsWhatDrivesATerminalByItsNumber) {
  const auto write = [] {
    guardTerminal();
    std::fprintf(stderr, "one %s two\n", "\x1b[2J\x9b\xC2\x9B\xE2\x80\xAE\x7F\r");
    std::fputs("\xE8\xB7", stderr);
    std::fputs("\xAF end\n", stderr);
    driveTerminal(stderr, "\r");
    std::exit(0);
  };
  EXPECT_EXIT(write(), ExitedWithCode(0),
              "^one \\\\u001b\\[2J\\\\ufffd\\\\u009b\\\\u202e\\\\u007f\\\\u000d two\n路 end\n\r$");
}

TEST(ShownJson, LetsNoValueMakeALineAtAnyDepth) {
  const base::ShownJson shown(
      R"({"a":"one\ntwo\r\t\u001b\b","n\nm":["x\u000Ay"],"inner":"[{\"message\":\"p\\nq\"}]","s":"C:\\new \\\\n \u4e2d"})");
  ASSERT_TRUE(shown);
  EXPECT_EQ(base::textOf(shown.root(), "a"), "one two    ");
  EXPECT_EQ(shown.root().find("n m")->elements()[0].text(), "x y");
  EXPECT_EQ(base::textOf(shown.root(), "s"), "C:\\new \\\\n 中") << "no escape of a control";
  std::string lines;
  ASSERT_TRUE(base::appendProblemLines(base::textOf(shown.root(), "inner"), 0, lines));
  EXPECT_THAT(lines, HasSubstr("p q\n"));
  EXPECT_FALSE(base::ShownJson("{\"a\":\"\\"));
  EXPECT_FALSE(base::ShownJson("no json"));
}

}  // namespace
}  // namespace lianqiao::cli
