#include "queue/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "queue/scripts.h"
#include "words_behind.h"

namespace lianqiao::queue {
namespace {

std::map<std::string, std::string> kinds() {
  std::map<std::string, std::string> found;
  for (const KeyKind& kind : kKeyKinds) found.emplace(kind.name, kind.type);
  return found;
}

TEST(Keys, FormatMdHasAllOfThemWithTheirTypesAndNoOthers) {
  std::ifstream file(LIANQIAO_SOURCE_DIR "/gateway/queue/FORMAT.md");
  ASSERT_TRUE(file.good());
  constexpr std::string_view kRow = "| `{lq}:";
  std::map<std::string, std::string> described;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(kRow)) continue;
    const std::string_view row(line);
    std::string type = wordAt(row.substr(row.find(" | ") + 3));
    if (type == "integer") type = "string";
    const auto [at, isNew] = described.emplace(wordAt(row.substr(kRow.size())), type);
    EXPECT_EQ(at->second, type) << line;
  }
  EXPECT_EQ(described, kinds());
}

TEST(Keys, TheScriptsBuildNoNamesOfOtherKinds) {
  const auto known = kinds();
  for (const Script script : kScripts) {
    std::set<std::string> built = wordsBehind(textOf(script), "P .. '");
    built.merge(wordsBehind(textOf(script), "KEYS[1] .. ':"));
    EXPECT_FALSE(built.empty()) << shaOf(script) << " touches nothing of ours";
    for (const std::string& one : built) EXPECT_TRUE(known.contains(one)) << one;
  }
}

TEST(Keys, BearOneHashTagAndTheirKind) {
  const Keys keys("lq");
  EXPECT_EQ(keys.format(), "{lq}:format");
  EXPECT_EQ(keys.ready("province", 'h'), "{lq}:ready:province:h");
  EXPECT_EQ(keys.waiting("province", "k:1"), "{lq}:wait:province:k:1");
}

}  // namespace
}  // namespace lianqiao::queue
