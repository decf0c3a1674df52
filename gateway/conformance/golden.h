#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string_view>

namespace lianqiao::test {

/// Success when `file` holds exactly `actual` (a final newline of the file aside). A failure shows
/// the first line that differs. With LIANQIAO_REWRITE_GOLDEN=1 the file is written instead, for
/// review as a diff; without it nothing is ever written, and a missing file is a failure. Use:
/// EXPECT_TRUE(matchesGolden(path, text)).
::testing::AssertionResult matchesGolden(const std::filesystem::path& file,
                                         std::string_view actual);

}  // namespace lianqiao::test
