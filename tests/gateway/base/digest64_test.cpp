#include "base/digest64.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lianqiao::base {
namespace {

TEST(Digest64, IsTheSameInEveryBuild) {
  EXPECT_EQ(digest64(""), 0u);
  EXPECT_EQ(digest64("lianqiao"), digest64(std::string("lianqiao")));
  EXPECT_EQ(digest64("lianqiao, 64 bits of it"), 15859340508399408076u);
}

TEST(Digest64, TellsBytesLengthsAndSeedsApart) {
  std::set<std::uint64_t> seen;
  std::string text;
  for (int size = 0; size < 64; ++size) {
    for (const std::uint64_t seed : {digest64("a"), digest64("b"), digest64("c")}) {
      EXPECT_TRUE(seen.insert(digest64(text, seed)).second);
      if (text.empty()) continue;
      std::string other = text;
      other[other.size() / 2] = static_cast<char>(other[other.size() / 2] ^ 1);
      EXPECT_TRUE(seen.insert(digest64(other, seed)).second);
    }
    text.push_back('\0');
  }
}

}  // namespace
}  // namespace lianqiao::base
