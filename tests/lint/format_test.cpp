#include <gtest/gtest.h>

#include <cstdlib>

#include "lint/source_tree.h"

namespace lianqiao::lint {
namespace {

Ran checkFormat() {
  std::string command = "cd " LIANQIAO_SOURCE_DIR " && clang-format-14 --dry-run --Werror";
  for (const SourceFile& source : sourcesBelow({"gateway", "plugins", "tests"}))
    command += " '" + source.path + "'";
  return run(command);
}

TEST(Format, EverySourceIsAsClangFormatLeavesIt) {
  if (std::system("command -v clang-format-14 >/dev/null") != 0)
    GTEST_SKIP() << "clang-format-14 is not installed; deploy/packages test brings it";
  const Ran checked = checkFormat();
  EXPECT_EQ(checked.status, 0) << checked.said << "clang-format-14 -i mends them";
}

}  // namespace
}  // namespace lianqiao::lint
