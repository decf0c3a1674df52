#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "lint/source_tree.h"

namespace lianqiao::lint {
namespace {

/// What clang-format finds wrong, a line each; nothing where it is not installed.
std::string unformatted() {
  std::string command = "cd " LIANQIAO_SOURCE_DIR " && clang-format-14 --dry-run --Werror";
  for (const SourceFile& source : sourcesBelow({"gateway", "plugins", "tests"}))
    command += " '" + source.path + "'";
  std::FILE* output = ::popen((command + " 2>&1 | grep ': error:'").c_str(), "r");
  std::string found;
  std::array<char, 4096> some{};
  while (const std::size_t read = std::fread(some.data(), 1, some.size(), output))
    found.append(some.data(), read);
  ::pclose(output);
  return found;
}

TEST(Format, EverySourceIsAsClangFormatLeavesIt) {
  if (std::system("command -v clang-format-14 >/dev/null") != 0)
    GTEST_SKIP() << "clang-format-14 is not installed; deploy/packages test brings it";
  EXPECT_EQ(unformatted(), "") << "clang-format-14 -i mends them";
}

}  // namespace
}  // namespace lianqiao::lint
