#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lint/source_tree.h"
#include "support/temporary_folder.h"

namespace lianqiao::lint {
namespace {

namespace fs = std::filesystem;

using Texts = std::map<std::string, std::string, std::less<>>;  // by name, without .lua

/// A script as Redis runs it, and for each line where it stands: "accept.lua:12".
struct Assembled {
  std::string text;
  std::vector<std::string> places;
};

/// Puts the parts in where `-- include NAME` stands, as gateway/queue/CMakeLists.txt does.
void assemble(const Texts& texts, const std::string& name, Assembled& out) {
  constexpr std::string_view kInclude = "-- include ";
  std::size_t number = 0;
  for (const std::string_view line : linesOf(texts.at(name))) {
    ++number;
    if (line.starts_with(kInclude)) {
      assemble(texts, std::string(line.substr(kInclude.size())), out);
      continue;
    }
    out.text.append(line) += '\n';
    out.places.push_back(name + ".lua:" + std::to_string(number));
  }
}

/// What luacheck finds in these scripts and their parts, each with its place. Parts alone are not
/// looked at: they use what their includer has.
std::string findingsIn(const Texts& texts) {
  const test::TemporaryFolder folder;
  std::map<std::string, Assembled, std::less<>> scripts;
  std::string command =
      "luacheck --config '" LIANQIAO_SOURCE_DIR "/.luacheckrc' --formatter plain --codes";
  for (const auto& [name, text] : texts) {
    bool isPart = false;
    for (const auto& [other, its] : texts)
      isPart = isPart || its.find("-- include " + name + "\n") != its.npos;
    if (isPart) continue;
    assemble(texts, name, scripts[name]);
    const std::string path = (folder.path() / (name + ".lua")).string();
    std::ofstream(path, std::ios::binary) << scripts[name].text;
    command += " '" + path + "'";
  }
  const std::string said = run(command).said;

  std::string found;
  for (const std::string_view line : linesOf(said)) {
    const std::size_t colon = line.find(".lua:");
    const std::size_t slash = line.rfind('/', colon);
    const auto script = colon == line.npos || slash == line.npos
                            ? scripts.end()
                            : scripts.find(line.substr(slash + 1, colon - slash - 1));
    // Line 0 is a file's that luacheck could not read.
    const std::size_t number =
        script == scripts.end() ? 0 : std::strtoul(line.data() + colon + 5, nullptr, 10);
    if (number == 0 || number > script->second.places.size()) {
      found.append(line) += '\n';
      continue;
    }
    found += script->second.places.at(number - 1);
    found.append(line.substr(line.find(':', colon + 5))) += '\n';
  }
  return found;
}

Texts scriptsOfTheQueue() {
  Texts texts;
  for (const auto& entry : fs::directory_iterator(LIANQIAO_SOURCE_DIR "/gateway/queue/scripts")) {
    std::ifstream in(entry.path(), std::ios::binary);
    texts[entry.path().stem().string()] = {std::istreambuf_iterator<char>(in),
                                           std::istreambuf_iterator<char>()};
  }
  return texts;
}

class Scripts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v luacheck >/dev/null") != 0)
      GTEST_SKIP() << "luacheck is not installed; deploy/packages test brings it";
  }
};

TEST_F(Scripts, LuacheckFindsNothingInThem) {
  const Texts texts = scriptsOfTheQueue();
  ASSERT_GT(texts.size(), 10U);
  EXPECT_EQ(findingsIn(texts), "");
}

TEST_F(Scripts, WhatLuacheckFindsIsToldAtItsPlace) {
  EXPECT_EQ(
      findingsIn({{"whole", "local P = KEYS[1]\n-- include part\nreturn part(P)\n"},
                  {"part", "local function part(key)\n  return redis.call('GET', key)\nend\n"}}),
      "");
  EXPECT_EQ(
      findingsIn({{"whole", "local P = KEYS[1]\n-- include part\nreturn prat(P)\n"},
                  {"part", "local function part(key)\n  return redis.call('GET', kye)\nend\n"}}),
      "part.lua:1:16: (W211) unused function 'part'\n"
      "part.lua:1:21: (W212) unused argument 'key'\n"
      "part.lua:2:28: (W113) accessing undefined variable 'kye'\n"
      "whole.lua:3:8: (W113) accessing undefined variable 'prat'\n");
}

TEST_F(Scripts, WhatLuacheckSaysOfAWholeFileIsToldAsItIs) {
  EXPECT_THAT(findingsIn({{"whole", "return 1\n"}, {"part/whole", "return 1\n"}}),
              ::testing::HasSubstr("part/whole.lua: I/O error"));
}

}  // namespace
}  // namespace lianqiao::lint
