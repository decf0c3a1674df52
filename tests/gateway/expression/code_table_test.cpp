#include "expression/code_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yaml/yaml_reader.h"

namespace lianqiao::expression {
namespace {

using testing::HasSubstr;

TEST(CodeTable, FindsEveryMistakeOfAFile) {
  const std::pair<const char*, const char*> rows[] = {
      {"table: x\nentries:\n  - {theirs: a, ours: b}\n", "the name differs from the file"},
      {"table: t\n", "`entries` must be a list"},
      {"table: t\nentries: []\n", "`entries` must be a list"},
      {"table: t\nentries:\n  - {theirs: a}\n", "an entry needs `theirs` and `ours`"},
      {"table: t\nentries:\n  - {theirs: a, ours: b, txt: c}\n", "did you mean `text`?"},
      {"table: t\nentries:\n  - {theirs: a, ours: b}\n  - {theirs: ' ａ', ours: c}\n",
       "stands in two entries at the same time"},
      {"table: t\nentries:\n  - {theirs: a, ours: c}\n  - {theirs: b, ours: c}\n",
       "could go out as the code of two entries"},
      {"table: t\nunmapped: other\nentries:\n  - {theirs: a, ours: b}\n", "needs the code to use"},
      {"table: t\nother: '9'\nentries:\n  - {theirs: a, ours: b}\n", "`other` has no effect"},
      {"table: t\nentries:\n  - {theirs: a, ours: b, from: 2020-02-30}\n", "is no date"},
      {"table: t\nentries:\n  - {theirs: a, ours: b, from: 2020-02-03, until: 2020-02-02}\n",
       "`until` lies before `from`"},
  };
  for (const auto& [yaml, expected] : rows) {
    yaml::Findings findings;
    const auto node = yaml::YamlReader::readText(yaml, "codes/t.yaml", findings);
    ASSERT_TRUE(node) << yaml;
    EXPECT_FALSE(CodeTable::compile("t", *node, findings)) << yaml;
    ASSERT_FALSE(findings.empty()) << yaml;
    EXPECT_THAT(findings.all()[0].text(), HasSubstr(expected)) << yaml;
  }
}

TEST(CodeTable, SendsThePreferredCode) {
  yaml::Findings findings;
  const auto node = yaml::YamlReader::readText(
      "table: t\nentries:\n  - {theirs: a, ours: x}\n  - {theirs: b, ours: x, preferred: true}\n  "
      "- {theirs: c, ours: x}\n",
      "t", findings);
  const auto table = CodeTable::compile("t", *node, findings);
  ASSERT_TRUE(table) << findings.all()[0].text();
  EXPECT_EQ(table->byOurs("x", Day{})->theirs.front(), "b");
  EXPECT_EQ(table->byTheirs("c", Day{})->ours, "x");
}

}  // namespace
}  // namespace lianqiao::expression
