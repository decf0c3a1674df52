#include "schema/pattern.h"

#include <gtest/gtest.h>

namespace lianqiao::schema {
namespace {

std::string translated(std::string_view ecma) {
  const Result<std::string> result = toRe2(ecma);
  return result.ok() ? *result : "refused: " + result.error().detail;
}

TEST(Pattern, LeavesWhatBothDialectsShare) {
  for (const char* same : {"^[A-Z]{2}-\\d+$", "a|b", "(?:x)?", "[^\\]]+", "\\/", "[(?=]"}) {
    EXPECT_EQ(translated(same), same);
  }
}

TEST(Pattern, RewritesCodePointsAndProperties) {
  EXPECT_EQ(translated("^[\\u4e00-\\u9fa5]+$"), "^[\\x{4e00}-\\x{9fa5}]+$");
  EXPECT_EQ(translated("\\u{1F600}\\x41\\cA"), "\\x{1F600}\\x{41}\\x01");
  EXPECT_EQ(translated("\\p{Script=Han}\\P{Letter}"), "\\p{Han}\\P{L}");
}

TEST(Pattern, RefusesWhatCannotBeKept) {
  for (const char* bad : {"(?=a)", "(?<!a)", "(?i)a", "(?<n>a)", "(a)\\1", "\\A", "\\z", "\\Q",
                          "\\a", "\\u12", "\\", "\\c1", "[\\S]"}) {
    EXPECT_TRUE(translated(bad).starts_with("refused: pattern, character ")) << bad;
  }
}

}  // namespace
}  // namespace lianqiao::schema
