#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "conformance/test_data.h"
#include "platform.h"
#include "plugin/describe.h"

namespace lianqiao::data_exchange {
namespace {

constexpr std::string_view kBegin =
    "<!-- settings: lianqiao describe data_exchange --format markdown -->\n";
constexpr std::string_view kEnd = "<!-- /settings -->";

/// The lines of the description that make its table.
std::string tableOf(std::string_view markdown) {
  std::string table;
  while (!markdown.empty()) {
    const std::size_t end = std::min(markdown.find('\n'), markdown.size());
    if (markdown.starts_with('|')) table += std::string(markdown.substr(0, end)) + '\n';
    markdown.remove_prefix(std::min(end + 1, markdown.size()));
  }
  return table;
}

/// With LIANQIAO_REWRITE_GOLDEN=1 the file is rewritten instead, as for golden files.
void expectTable(const std::string& file, plugin::Language language) {
  const std::string path = LIANQIAO_SOURCE_DIR "/plugins/data_exchange/" + file;
  std::string text = lianqiao::test::readFile(path);
  const std::size_t begin = text.find(kBegin);
  ASSERT_NE(begin, std::string::npos) << file;
  const std::size_t from = begin + kBegin.size();
  const std::size_t end = text.find(kEnd, from);
  ASSERT_NE(end, std::string::npos) << file;
  const std::string table = tableOf(plugin::describeMarkdown(test::adapter(), language));
  if (const char* rewrite = std::getenv("LIANQIAO_REWRITE_GOLDEN");
      rewrite != nullptr && std::string_view(rewrite) == "1") {
    std::ofstream(path, std::ios::binary) << text.replace(from, end - from, table);
    return;
  }
  EXPECT_EQ(text.substr(from, end - from), table) << file << " is out of date";
}

TEST(Readme, TellsTheSettingsAsTheyAre) {
  expectTable("README.md", plugin::Language::english);
  expectTable("README.zh.md", plugin::Language::chinese);
}

}  // namespace
}  // namespace lianqiao::data_exchange
