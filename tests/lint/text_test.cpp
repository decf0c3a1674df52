#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "lint/source_tree.h"

namespace lianqiao::lint {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool isWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::vector<std::string_view> wordsOf(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto begin = std::find_if(line.begin(), line.end(), isWordCharacter);
    const auto end = std::find_if_not(begin, line.end(), isWordCharacter);
    if (begin != end) words.emplace_back(begin, end);
    line = {end, line.end()};
  }
  return words;
}

bool isOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether one of the capitalised parts of a name says nothing: PeerManager, but not Implied.
bool saysNothing(std::string_view name) {
  for (const std::string_view empty : {"Manager", "Helper", "Utils", "Util", "Impl"}) {
    const std::size_t at = name.find(empty);
    if (at == std::string_view::npos) continue;
    const std::size_t after = at + empty.size();
    if (after == name.size() || std::islower(static_cast<unsigned char>(name[after])) == 0)
      return true;
  }
  return false;
}

// Words that put work off, and type names that say nothing.
std::vector<std::string> textViolations(const SourceFile& source) {
  std::vector<std::string> violations;
  std::size_t number = 0;
  for (const std::string_view line : linesOf(source.text)) {
    ++number;
    const std::string place = source.path + ":" + std::to_string(number) + ": ";
    std::string_view before;
    for (const std::string_view word : wordsOf(line)) {
      if (isOneOf(word, {"TODO", "FIXME", "XXX", "HACK"})) {
        violations.push_back(place + std::string(word) + ": do it, or open an issue");
      }
      if (isOneOf(before, {"class", "struct", "enum", "concept", "using"}) && saysNothing(word)) {
        violations.push_back(place + std::string(word) + ": name it after what it does");
      }
      before = word;
    }
  }
  return violations;
}

// A loop over a part of what a call gave by value: in C++20 the whole is gone when the loop begins.
bool loopsOverWhatIsGone(std::string_view line) {
  const std::size_t loop = line.find("for (");
  const std::size_t of = loop == line.npos ? loop : line.find(" : ", loop);
  if (of == line.npos) return false;
  const std::string_view over = line.substr(of, line.find(") ", of) - of);
  return over.find(".get()->") != over.npos || over.find(".value().") != over.npos;
}

TEST(Text, NoLoopRunsOverWhatIsGoneWhenItBegins) {
  EXPECT_TRUE(loopsOverWhatIsGone("  for (const auto& one : table_.get()->peers) f(one);"));
  EXPECT_FALSE(loopsOverWhatIsGone("  for (const auto& one : table->peers) f(one.get()->x);"));
  for (const SourceFile& source : sourcesBelow({"gateway", "plugins", "tests"})) {
    if (source.path.starts_with("tests/lint/")) continue;
    std::size_t number = 0;
    for (const std::string_view line : linesOf(source.text)) {
      ++number;
      EXPECT_FALSE(loopsOverWhatIsGone(line))
          << source.path << ":" << number << ": give the whole a name before the loop";
    }
  }
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
