#include "expression/path.h"

#include <gtest/gtest.h>

namespace lianqiao::expression {
namespace {

std::string shown(std::string_view path) {
  const auto steps = parsePath(path);
  if (!steps) return "refused";
  std::string out;
  for (const Step& step : *steps)
    out += step.index >= 0 ? "[" + std::to_string(step.index) + "]" : "<" + step.name + ">";
  return out;
}

TEST(Path, HasNamesIndexesAndQuotes) {
  EXPECT_EQ(shown("a"), "<a>");
  EXPECT_EQ(shown("a.b[0].c"), "<a><b>[0]<c>");
  EXPECT_EQ(shown("留言 编号(新)"), "<留言 编号(新)>");
  EXPECT_EQ(shown("\"a.b\".'c[0]'"), "<a.b><c[0]>");
  EXPECT_EQ(shown("a[0][12]"), "<a>[0][12]");
  EXPECT_EQ(shown("$"), "");
  EXPECT_EQ(shown("$.a"), "<a>");
  EXPECT_EQ(shown("$[3].a"), "[3]<a>");
  EXPECT_EQ(shown("[3]"), "[3]");
  EXPECT_EQ(shown("$type"), "<$type>");
}

/// Any member of any source can be named, for sourceFields names what it keeps by its path.
TEST(Path, NamesEveryMemberThatJsonCanHave) {
  for (const char* name : {"a", "留言 编号(新)", "a.b", "a[0]", "", "$", "it's", "say \"x\"", "\"",
                           "\"'.[]", "$.a", " "}) {
    std::string path = "r.";
    appendName(name, path);
    const auto steps = parsePath(path);
    ASSERT_TRUE(steps) << path;
    ASSERT_EQ(steps->size(), 2u) << path;
    EXPECT_EQ(steps->at(1).name, name) << path;
    std::string alone;
    appendName(name, alone);
    EXPECT_EQ(parsePath(alone).value(), std::vector({Step{name, -1}})) << alone;
  }
}

TEST(Path, RefusesWhatIsNoPath) {
  for (const char* path : {"", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a[0]b", "\"a",
                           "\"a\"b", "a[99999999999]"}) {
    EXPECT_EQ(shown(path), "refused") << path;
  }
}

TEST(SourceShape, BindsAllPathsInOnePass) {
  SourceShape shape;
  const std::size_t title = shape.add(parsePath("title").value());
  const std::size_t name = shape.add(parsePath("files[1].name").value());
  const std::size_t files = shape.add(parsePath("files").value());
  const std::size_t missing = shape.add(parsePath("a.b").value());
  const std::size_t whole = shape.add(parsePath("$").value());
  EXPECT_EQ(shape.add(parsePath("title").value()), title);
  shape.seal();
  json::Document document;
  ASSERT_TRUE(json::parse(R"({"files":[{"name":"x"},{"name":"y"}],"other":1,"title":"t","a":"b"})",
                          document)
                  .ok());
  Slots slots;
  shape.bind(document.root, slots, 0);
  EXPECT_EQ(slots[title]->text(), "t");
  EXPECT_EQ(slots[name]->text(), "y");
  EXPECT_EQ(slots[files]->size(), 2u);
  EXPECT_EQ(slots[missing], nullptr);
  EXPECT_EQ(slots[whole], &document.root);
  EXPECT_TRUE(shape.namesMember("files"));
  EXPECT_FALSE(shape.namesMember("other"));
}

TEST(SourceShape, KnowsWhatFieldsReadAtAndBelowAPath) {
  SourceShape shape;
  shape.add(parsePath("a.time").value());
  shape.beginContent();
  const std::size_t deep = shape.add(parsePath("a.b.c").value());
  const std::size_t other = shape.add(parsePath("d").value());
  EXPECT_EQ(shape.contentSlotsBelow(parsePath("a").value()), std::vector{deep});
  EXPECT_EQ(shape.contentSlotsBelow(parsePath("d").value()), std::vector{other});
  EXPECT_TRUE(shape.contentSlotsBelow(parsePath("a.time").value()).empty());
  EXPECT_TRUE(shape.contentSlotsBelow(parsePath("x").value()).empty());
}

TEST(SourceShape, FindsEachOfManyNames) {
  SourceShape shape;
  std::string text = "{";
  std::vector<std::size_t> slotsOf;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "field" + std::to_string(i);
    slotsOf.push_back(shape.add({Step{name, -1}}));
    text += (i == 0 ? "\"" : ",\"") + name + "\":" + std::to_string(i);
  }
  shape.seal();
  json::Document document;
  ASSERT_TRUE(json::parse(text += "}", document).ok());
  Slots slots;
  shape.bind(document.root, slots, 0);
  for (std::size_t i = 0; i < slotsOf.size(); ++i)
    EXPECT_EQ(slots[slotsOf[i]]->text(), std::to_string(i));
}

TEST(SourceShape, BindsNothingInASourceOfAnotherKind) {
  SourceShape shape;
  const std::size_t a = shape.add(parsePath("a").value());
  shape.seal();
  Slots slots;
  shape.bind(json::Value::ofText("text"), slots, 0);
  EXPECT_EQ(slots[a], nullptr);
}

}  // namespace
}  // namespace lianqiao::expression
