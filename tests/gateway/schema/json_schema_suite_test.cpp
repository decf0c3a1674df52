// Runs the public JSON-Schema-Test-Suite. Groups whose schema is refused at compile are listed,
// with the reason, in json_schema_suite_refused.txt; the list must be exact, so that nothing is
// refused unseen.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "conformance/test_data.h"
#include "lianqiao/json.h"
#include "schema/schema.h"
#include "support/temporary_folder.h"

namespace lianqiao::schema {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kArchive =
    "suites/json-schema/json-schema-test-suite_draft7_2020-12.tar.xz";

/// Files about keywords or behaviour that the subset leaves out as a whole.
const std::map<std::string, std::string> kLeftOut{
    {"anchor.json", "$anchor"},
    {"contains.json", "contains"},
    {"content.json", "content… are annotations"},
    {"dependencies.json", "dependencies"},
    {"dependentSchemas.json", "dependentSchemas"},
    {"dynamicRef.json", "$dynamicRef"},
    {"format.json", "demands that format is an annotation; here it asserts"},
    {"maxContains.json", "contains"},
    {"minContains.json", "contains"},
    {"refRemote.json", "references into other files"},
    {"unevaluatedItems.json", "unevaluatedItems"},
    {"unevaluatedProperties.json", "unevaluatedProperties"},
    {"vocabulary.json", "other meta-schemas"},
    {"optional/anchor.json", "$anchor"},
    {"optional/content.json", "content… assert in it"},
    {"optional/cross-draft.json", "references into other files"},
    {"optional/dependencies-compatibility.json", "dependencies"},
    {"optional/dynamicRef.json", "$dynamicRef"},
    {"optional/format-assertion.json", "other meta-schemas"},
    {"optional/id.json", "$id below the root"},
    {"optional/refOfUnknownKeyword.json", "unknown keywords are refused"},
    {"optional/unknownKeyword.json", "unknown keywords are refused"},
};

const std::set<std::string> kFormatsStated{"date-time.json", "date.json", "email.json", "uri.json"};

struct Tally {
  int passed = 0;
  std::vector<std::string> wrong;
  std::set<std::string> refused;
};

void runGroup(const std::string& where, const json::Value& group, Tally& tally) {
  const Dialect dialect = where.starts_with("draft7") ? Dialect::draft07 : Dialect::draft2020;
  const std::string name = where + ": " + std::string(group.find("description")->text());
  std::vector<Problem> faults;
  const auto schema = Schema::compile(json::write(*group.find("schema")), faults, dialect);
  if (!schema) {
    tally.refused.insert(name + " — " + faults[0].path);
    return;
  }
  for (const json::Value& test : group.find("tests")->elements()) {
    std::vector<Problem> problems;
    const bool valid = schema->check(*test.find("data"), problems);
    const bool consistent =
        valid == problems.empty() && valid == schema->accepts(*test.find("data"));
    if (consistent && valid == test.find("valid")->boolean()) {
      ++tally.passed;
    } else {
      tally.wrong.push_back(name + ": " + std::string(test.find("description")->text()));
    }
  }
}

void runFile(const fs::path& root, const fs::path& file, Tally& tally) {
  const std::string where = fs::relative(file, root).string();
  const std::string text = test::readFile(file);
  json::Document document;
  const Result<void> parsed = json::parse(text, document);
  ASSERT_TRUE(parsed.ok()) << where << ": " << parsed.error().detail;
  for (const json::Value& group : document.root.elements()) runGroup(where, group, tally);
}

std::set<std::string> expectedRefusals() {
  std::istringstream in(test::readFile(fs::path(LIANQIAO_SOURCE_DIR) /
                                       "tests/gateway/record/json_schema_suite_refused.txt"));
  std::set<std::string> result;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) result.insert(line);
  }
  return result;
}

TEST(JsonSchemaSuite, PassesForEveryKeywordStated) {
  LIANQIAO_NEEDS_DATA(kArchive);
  const fs::path archive = test::sharedData(kArchive);
  const test::TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  const std::string command = "tar xJf '" + archive.string() + "' -C '" + folder.string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);

  Tally tally;
  for (const char* draft : {"draft7", "draft2020-12"}) {
    const fs::path base = folder / "tests" / draft;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(base)) {
      const fs::path relative = fs::relative(entry.path(), base);
      if (relative.extension() != ".json" || kLeftOut.contains(relative.string())) continue;
      const bool isFormat = relative.parent_path() == "optional/format";
      if (isFormat && !kFormatsStated.contains(relative.filename().string())) continue;
      runFile(folder / "tests", entry.path(), tally);
    }
  }

  for (const std::string& name : tally.wrong) ADD_FAILURE() << name;
  const std::set<std::string> expected = expectedRefusals();
  for (const std::string& name : tally.refused) {
    EXPECT_TRUE(expected.contains(name)) << "refused, but not listed:\n" << name;
  }
  for (const std::string& name : expected) {
    EXPECT_TRUE(tally.refused.contains(name)) << "listed, but no longer refused:\n" << name;
  }
  RecordProperty("passed", tally.passed);
  RecordProperty("groups_refused", static_cast<int>(tally.refused.size()));
  std::printf("%d cases pass, %zu groups are refused at compile\n", tally.passed,
              tally.refused.size());
}

}  // namespace
}  // namespace lianqiao::schema
