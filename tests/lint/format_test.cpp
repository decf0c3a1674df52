#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "lint/source_tree.h"

namespace lianqiao::lint {
namespace {

struct Checked {
  int status = 0;
  std::string said;
};

Checked checkFormat() {
  std::string command = "cd " LIANQIAO_SOURCE_DIR " && clang-format-14 --dry-run --Werror";
  for (const SourceFile& source : sourcesBelow({"gateway", "plugins", "tests"}))
    command += " '" + source.path + "'";
  std::FILE* output = ::popen((command + " 2>&1").c_str(), "r");
  Checked checked;
  std::array<char, 4096> some{};
  while (const std::size_t read = std::fread(some.data(), 1, some.size(), output))
    checked.said.append(some.data(), read);
  checked.status = ::pclose(output);
  return checked;
}

TEST(Format, EverySourceIsAsClangFormatLeavesIt) {
  if (std::system("command -v clang-format-14 >/dev/null") != 0)
    GTEST_SKIP() << "clang-format-14 is not installed; deploy/packages test brings it";
  const Checked checked = checkFormat();
  EXPECT_EQ(checked.status, 0) << checked.said << "clang-format-14 -i mends them";
}

}  // namespace
}  // namespace lianqiao::lint
