#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "lint/source_tree.h"

namespace lianqiao::lint {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = LIANQIAO_SOURCE_DIR;

std::string textOf(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Every Markdown file, without build folders and node_modules.
std::vector<fs::path> documents() {
  std::vector<fs::path> found;
  for (fs::recursive_directory_iterator entry(kRoot); entry != fs::recursive_directory_iterator();
       ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() &&
        (name == "build" || name == "node_modules" || name.starts_with('.'))) {
      entry.disable_recursion_pending();
    }
    if (entry->is_regular_file() && name.ends_with(".md")) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Targets of [text](target) outside code blocks, without #anchors.
std::vector<std::string> linksIn(std::string_view text) {
  std::vector<std::string> links;
  bool code = false;
  for (std::string_view line : linesOf(text)) {
    if (line.starts_with("```")) code = !code;
    if (code) continue;
    for (std::size_t at = line.find("]("); at != line.npos; at = line.find("](", at + 2)) {
      const std::string_view target =
          line.substr(at + 2, line.find_first_of(")#", at + 2) - at - 2);
      if (!target.empty() && target.find("://") == target.npos) links.emplace_back(target);
    }
  }
  return links;
}

struct Shape {
  std::vector<std::size_t> headings;  ///< Level of each.
  std::size_t blocks = 0;
  std::size_t rows = 0;  ///< Of all tables.

  friend bool operator==(const Shape&, const Shape&) = default;
};

Shape shapeOf(std::string_view text) {
  Shape shape;
  bool code = false;
  for (std::string_view line : linesOf(text)) {
    const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
    if (line.substr(begin).starts_with("```")) {
      code = !code;
      shape.blocks += code ? 1U : 0U;
    }
    if (code) continue;
    if (line.starts_with('#')) shape.headings.push_back(line.find_first_not_of('#'));
    if (line.starts_with('|')) ++shape.rows;
  }
  return shape;
}

std::vector<std::string> boundedCodes() {
  std::vector<std::string> codes;
  const std::string header = textOf(kRoot / "gateway/sdk/include/lianqiao/codes.h");
  for (std::string_view line : linesOf(header)) {
    const std::size_t begin = line.find(" = \"");
    if (line.starts_with("inline constexpr") && begin != line.npos) {
      codes.emplace_back(line.substr(begin + 4, line.find('"', begin + 4) - begin - 4));
    }
  }
  return codes;
}

TEST(Documents, OperatorsTableHasEveryCode) {
  const std::vector<std::string> codes = boundedCodes();
  ASSERT_GT(codes.size(), 40U);
  for (const char* file : {"deploy/README.md", "deploy/README.zh.md"}) {
    const std::string table = textOf(kRoot / file);
    for (const std::string& code : codes) {
      EXPECT_NE(table.find("\n| `" + code + "` | "), table.npos)
          << code << " has no row in " << file;
    }
  }
}

TEST(Documents, EveryTestThatAGuaranteeNamesExists) {
  std::string tests;
  for (const SourceFile& file : sourcesBelow({"tests", "plugins"})) tests += file.text;
  for (const char* page : {"deploy/GUARANTEES.md", "deploy/GUARANTEES.zh.md"}) {
    const std::string text = textOf(kRoot / page);
    std::size_t named = 0;
    for (std::size_t at = text.find('`'); at != text.npos; at = text.find('`', at + 1)) {
      const std::size_t end = text.find('`', at + 1);
      ASSERT_NE(end, text.npos) << page;
      const std::string name = text.substr(at + 1, end - at - 1);
      const std::size_t dot = name.find('.');
      at = end;
      if (name.starts_with("tests/")) {
        EXPECT_TRUE(fs::exists(kRoot / name.substr(0, name.find(' ')))) << page << ": " << name;
      } else if (dot != name.npos && dot + 1 < name.size() && name[0] >= 'A' && name[0] <= 'Z' &&
                 name[dot + 1] >= 'A' && name[dot + 1] <= 'Z' && name != "Suite.Name") {
        ++named;
        const std::string claim = name.substr(0, dot) + ", " + name.substr(dot + 1) + ")";
        EXPECT_NE(tests.find(claim), tests.npos) << page << ": there is no test " << name;
      }
    }
    EXPECT_GT(named, 10u) << page;
  }
}

TEST(Documents, LinksLeadToFiles) {
  ASSERT_GT(documents().size(), 5U);
  for (const fs::path& file : documents()) {
    for (const std::string& link : linksIn(textOf(file))) {
      EXPECT_TRUE(fs::exists(file.parent_path() / link))
          << file.lexically_relative(kRoot) << " points to " << link << ", which is not there";
    }
  }
}

TEST(Documents, BothLanguagesHaveTheSameShape) {
  std::size_t pairs = 0;
  for (const fs::path& file : documents()) {
    const std::string name = file.string();
    if (!name.ends_with(".zh.md")) continue;
    const std::string english = name.substr(0, name.size() - 6) + ".md";
    ASSERT_TRUE(fs::exists(english)) << english << " is missing beside its Chinese edition";
    EXPECT_EQ(shapeOf(textOf(file)), shapeOf(textOf(english)))
        << file.lexically_relative(kRoot)
        << " has other headings, code blocks or table rows than its English edition";
    ++pairs;
  }
  EXPECT_GT(pairs, 3U);
}

// What people read first; notes for those who change one part may stand in English alone.
TEST(Documents, StandInBothLanguagesAndLeadToEachOther) {
  for (const std::string stem :
       {"README", "CONTRIBUTING", "CHANGELOG", "config/README", "config/MAPPINGS", "deploy/README",
        "deploy/CITIZEN_CALLS", "gateway/README", "gateway/intake/README", "gateway/intake/CALLING",
        "plugins/README", "schemas/README", "tests/README"}) {
    const std::string name = stem.substr(stem.rfind('/') + 1);
    for (const auto& [file, other] :
         {std::pair{stem + ".md", name + ".zh.md"}, std::pair{stem + ".zh.md", name + ".md"}}) {
      const std::vector<std::string> links = linksIn(textOf(kRoot / file));
      EXPECT_NE(std::find(links.begin(), links.end(), other), links.end())
          << file << " is missing or does not lead to " << other;
    }
  }
}

TEST(Documents, EveryCommandOfTheReadmeIsRunOrSaysByWhat) {
  for (const char* file :
       {"README.md", "README.zh.md", "deploy/CITIZEN_CALLS.md", "deploy/CITIZEN_CALLS.zh.md"}) {
    std::string_view before;
    const std::string text = textOf(kRoot / file);
    for (std::string_view line : linesOf(text)) {
      if (line == "```sh") {
        EXPECT_TRUE(before == "<!-- run -->" || before.starts_with("<!-- covered by "))
            << file << ": a block of commands stands without a mark";
      }
      before = line;
    }
  }
}

}  // namespace
}  // namespace lianqiao::lint
