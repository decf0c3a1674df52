#include <gtest/gtest.h>

#include "lint/source_tree.h"

namespace lianqiao::lint {
namespace {

TEST(Size, NoSourceFileIsLongerThanSixHundredLines) {
  for (const SourceFile& source : sourcesBelow({"gateway", "plugins", "tests"})) {
    EXPECT_LE(linesOf(source.text).size(), 600U)
        << source.path << " is too long to be read at once; cut it along its responsibilities";
  }
}

}  // namespace
}  // namespace lianqiao::lint
