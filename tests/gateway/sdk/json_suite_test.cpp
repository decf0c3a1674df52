#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "conformance/test_data.h"
#include "lianqiao/digest.h"
#include "lianqiao/json.h"

namespace lianqiao::json {
namespace {

/// RFC 8259 lets a reader decide; this one refuses names that come twice.
bool isDuplicateName(std::string_view file) { return file.find("duplicated_key") != file.npos; }

TEST(JsonTestSuite, AcceptsEveryValidAndRefusesEveryInvalidText) {
  LIANQIAO_NEEDS_DATA("suites/jsontest/JSONTestSuite_dev.tar.xz");
  const auto folder =
      std::filesystem::path(::testing::TempDir()) / ("jsontest-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string unpack = "tar -xJf '" +
                             test::sharedData("suites/jsontest/JSONTestSuite_dev.tar.xz").string() +
                             "' -C '" + folder.string() + "'";
  ASSERT_EQ(std::system(unpack.c_str()), 0);
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !name.ends_with(".json") || name.find('_') != 1) continue;
    const std::string text = test::readFile(entry.path());
    Document document;
    const Result<void> result = parse(text, document);
    if (name[0] == 'y' && !isDuplicateName(name)) {
      EXPECT_TRUE(result.ok()) << name << ": " << (result.ok() ? "" : result.error().detail);
      Document again;
      EXPECT_TRUE(parse(write(document.root), again)) << name;
      ++accepted;
    } else if (name[0] == 'n') {
      EXPECT_FALSE(result.ok()) << name;
      ++refused;
    }
    (void)splitItems(text, false);
  }
  std::filesystem::remove_all(folder);
  EXPECT_GT(accepted, 20u);
  EXPECT_GT(refused, 50u);
}

TEST(JsonNaughtyStrings, ComeBackUnchanged) {
  LIANQIAO_NEEDS_DATA("suites/strings/blns_dev_base64.json");
  const std::string list = test::readFile(test::sharedData("suites/strings/blns_dev_base64.json"));
  Document strings;
  ASSERT_TRUE(parse(list, strings));
  ASSERT_GT(strings.root.size(), 50u);
  for (const Value& encoded : strings.root.elements()) {
    const std::optional<std::string> naughty = unbase64(encoded.text());
    ASSERT_TRUE(naughty) << encoded.text();
    const std::string text = write(Value::ofText(*naughty));
    Document document;
    const Result<void> result = parse(text, document);
    ASSERT_TRUE(result.ok()) << text;
    EXPECT_EQ(document.root.text(), *naughty);
  }
}

}  // namespace
}  // namespace lianqiao::json
