#include <gtest/gtest.h>

#include <map>
#include <string>

#include "lianqiao/text.h"
#include "lint/source_tree.h"

namespace lianqiao::lint {
namespace {

TEST(Size, NoSourceFileIsLongerThanFourHundredLinesNoTestThanSixHundred) {
  for (const SourceFile& source : sourcesBelow({"gateway", "plugins", "tests"})) {
    const bool isTest = source.path.find("tests/") != source.path.npos;
    EXPECT_LE(linesOf(source.text).size(), isTest ? 600U : 400U)
        << source.path << " is too long to be read at once; cut it along its responsibilities";
  }
}

// Scripts and docs are apart: a folder is what its interfaces and classes are.
TEST(Size, NoFolderOfTheGatewayIsLargerThanFiveThousandLines) {
  std::map<std::string, std::size_t> folders;
  for (const SourceFile& source : sourcesBelow({"gateway"}))
    folders[source.path.substr(0, source.path.find('/', 8))] += linesOf(source.text).size();
  EXPECT_GT(folders.size(), 20U);
  for (const auto& [folder, lines] : folders)
    EXPECT_LE(lines, 5000U) << folder << " is several houses; cut it where its includes allow it";
}

TEST(Size, NoScriptIsLongerThanFourHundredLinesOrWiderThanAHundredCharacters) {
  std::size_t scripts = 0;
  for (const SourceFile& script : sourcesBelow({"gateway/queue/scripts"}, {".lua"})) {
    ++scripts;
    const auto lines = linesOf(script.text);
    EXPECT_LE(lines.size(), 400U)
        << script.path << " is too long to be read at once; move a part of it into a part file";
    for (std::size_t number = 0; number < lines.size(); ++number)
      EXPECT_LE(countCharacters(lines[number]), 100U)
          << script.path << ":" << number + 1 << ": " << lines[number];
  }
  EXPECT_GT(scripts, 20U);
}

// clang-format cuts what is too long in code, and leaves comments as their writer laid them out.
bool isCommentTooLong(std::string_view line) {
  return trim(line).starts_with("//") && countCharacters(line) > 100;
}

TEST(Size, NoCommentIsWiderThanAHundredCharacters) {
  EXPECT_TRUE(isCommentTooLong("  // " + std::string(96, 'x')));
  EXPECT_FALSE(isCommentTooLong("  // " + std::string(95, 'x')));
  for (const SourceFile& source : sourcesBelow({"gateway", "plugins", "tests"})) {
    std::size_t number = 0;
    for (const std::string_view line : linesOf(source.text)) {
      ++number;
      EXPECT_FALSE(isCommentTooLong(line)) << source.path << ":" << number << ": " << line;
    }
  }
}

}  // namespace
}  // namespace lianqiao::lint
