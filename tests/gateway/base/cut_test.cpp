#include "base/cut.h"

#include <gtest/gtest.h>

#include <string>

namespace lianqiao::base {
namespace {

/// Rule: who cuts before somebody masks leaves no part of a number.
TEST(CutBeforeNumber, PartsNone) {
  EXPECT_EQ(cutBeforeNumber("call 13800008000", 16), "call 13800008000");
  for (const std::string_view number :
       {"13800008000", "138-0000-8000", "+86 (138) 0000 8000", "1３８００００８０００",
        "138\u20140000\u20148000", "138\u00A00000\u00A08000", "41170219900101001X"}) {
    const std::string text = "电话" + std::string(number) + "。";
    for (std::size_t bytes = 6; bytes < 6 + number.size(); ++bytes)
      EXPECT_EQ(cutBeforeNumber(text, bytes), "电话") << text << bytes;
  }
  EXPECT_EQ(cutBeforeNumber("电话电话", 7), "电话");
  EXPECT_EQ(cutBeforeNumber("1380000", 3), "");
  EXPECT_EQ(cutBeforeNumber("", 0), "");
}

}  // namespace
}  // namespace lianqiao::base
