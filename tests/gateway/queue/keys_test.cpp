#include "queue/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "queue/scripts.h"

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
  const std::regex row(R"(^\| `\{lq\}:([a-z]+)[^|]*\| ([a-z]+))");
  std::map<std::string, std::string> described;
  std::smatch words;
  for (std::string line; std::getline(file, line);) {
    if (!std::regex_search(line, words, row)) continue;
    const std::string type = words[2] == "integer" ? "string" : words[2].str();
    const auto [at, isNew] = described.emplace(words[1], type);
    EXPECT_EQ(at->second, type) << line;
  }
  EXPECT_EQ(described, kinds());
}

TEST(Keys, TheScriptsBuildNoNamesOfOtherKinds) {
  const std::regex name(R"((?:\bP \.\. '|KEYS\[1\] \.\. ':)([a-z]+))");
  std::set<std::string> built;
  for (const Script script : kScripts) {
    const std::string text(textOf(script));
    const auto first = std::sregex_iterator(text.begin(), text.end(), name);
    EXPECT_NE(first, std::sregex_iterator()) << shaOf(script) << " touches nothing of ours";
    for (auto at = first; at != std::sregex_iterator(); ++at) built.insert((*at)[1]);
  }
  const auto known = kinds();
  for (const std::string& one : built) EXPECT_TRUE(known.contains(one)) << one;
}

TEST(Keys, BearOneHashTagAndTheirKind) {
  const Keys keys("lq");
  EXPECT_EQ(keys.format(), "{lq}:format");
  EXPECT_EQ(keys.ready("province", 'h'), "{lq}:ready:province:h");
  EXPECT_EQ(keys.waiting("province", "k:1"), "{lq}:wait:province:k:1");
}

}  // namespace
}  // namespace lianqiao::queue
