#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "lint/source_tree.h"

namespace lianqiao::lint {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Words that put work off, and type names that say nothing.
std::vector<std::string> textViolations(const SourceFile& source) {
  static const std::regex kPutOff(R"(\b(TODO|FIXME|XXX|HACK)\b)");
  static const std::regex kEmptyName(
      R"(\b(?:class|struct|enum|enum class|concept|using)\s+(\w*(?:Manager|Helper|Utils?|Impl)(?![a-z])\w*))");
  std::vector<std::string> violations;
  std::size_t number = 0;
  for (const std::string_view line : linesOf(source.text)) {
    ++number;
    std::cmatch found;
    const std::string place = source.path + ":" + std::to_string(number) + ": ";
    if (std::regex_search(line.begin(), line.end(), found, kPutOff)) {
      violations.push_back(place + found.str(1) + ": do it, or open an issue");
    }
    if (std::regex_search(line.begin(), line.end(), found, kEmptyName)) {
      violations.push_back(place + found.str(1) + ": name it after what it does");
    }
  }
  return violations;
}

TEST(Text, PutsNothingOffAndNamesTypesAfterWhatTheyDo) {
  for (const SourceFile& source : sourcesBelow({"gateway", "plugins", "tests"})) {
    if (source.path.starts_with("tests/lint/")) continue;
    EXPECT_THAT(textViolations(source), IsEmpty());
  }
}

TEST(Text, RulesNameFileLineAndWord) {
  EXPECT_THAT(textViolations({"a.h", "int a;\n// TODO: b\nclass PeerManager {\n"}),
              ElementsAre("a.h:2: TODO: do it, or open an issue",
                          "a.h:3: PeerManager: name it after what it does"));
  EXPECT_THAT(textViolations({"a.h", "struct Implied {};\nclass Utility;\n"}), IsEmpty());
}

}  // namespace
}  // namespace lianqiao::lint
