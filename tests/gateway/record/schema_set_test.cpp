#include "record/schema_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temporary_folder.h"

namespace lianqiao::record {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SchemaSetTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_ / "datasets"); }

  void put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  std::vector<std::string> load() {
    std::vector<Problem> problems;
    set_.load(folder_, problems);
    std::vector<std::string> result;
    for (const Problem& problem : problems) {
      result.push_back(fs::path(problem.path).filename().string() + ": " + problem.message);
    }
    return result;
  }

  const test::TemporaryFolder temporary_;
  const fs::path& folder_ = temporary_.path();
  SchemaSet set_;
};

TEST_F(SchemaSetTest, TakesTheCountysOwnSchemas) {
  put("work_order.json", R"({"type":"object","$id":"urn:a","x-version":"2.1"})");
  put("datasets/road_works.json", R"({"type":"object"})");
  put("notes.txt", "no schema");
  EXPECT_THAT(load(), IsEmpty());
  EXPECT_THAT(set_.types(), ElementsAre("road_works", "work_order"));
  EXPECT_EQ(set_.find("work_order")->eventType, "lianqiao.work_order.v2");
  EXPECT_EQ(set_.find("work_order")->dataSchema, "urn:a");
  EXPECT_EQ(set_.find("road_works")->dataSchema, "urn:lianqiao:schema:road_works:1.0");
  EXPECT_EQ(set_.find("nothing"), nullptr);
}

TEST_F(SchemaSetTest, NamesTheFileOfEveryFault) {
  put("Bad-Name.json", R"({"type":"object"})");
  put("broken.json", "{");
  put("list.json", R"({"type":"array"})");
  put("twice.json", R"({"type":"object"})");
  put("datasets/twice.json", R"({"type":"object"})");
  put("version.json", R"({"type":"object","x-version":"one"})");
  put("word.json", R"({"type":"object","properties":{"a":{"contains":1}}})");
  EXPECT_THAT(load(),
              ElementsAre(HasSubstr("Bad-Name.json#: must be named after its type"),
                          HasSubstr("broken.json#: "), HasSubstr("type: must be \"object\""),
                          HasSubstr("x-version: must be major.minor"),
                          HasSubstr("contains: is a keyword outside the subset"),
                          HasSubstr("twice.json#: there is a schema of this name")));
  EXPECT_THAT(set_.types(), ElementsAre("twice"));
}

TEST_F(SchemaSetTest, KnowsWhatAFlagWithholds) {
  put("a.json", R"({"type":"object","properties":{"who":{"type":"object"},)"
                R"("secret":{"type":"boolean","x-withholds":["who"]}}})");
  put("b.json", R"({"type":"object","properties":{)"
                R"("secret":{"type":"boolean","x-withholds":["whom"]}}})");
  put("c.json", R"({"type":"object","properties":{"who":{"type":"object"},)"
                R"("secret":{"type":"string","x-withholds":["who"]}}})");
  EXPECT_THAT(load(), testing::UnorderedElementsAre(
                          HasSubstr("names no member of the type: whom"),
                          HasSubstr("must be a list of members beside a boolean")));
  ASSERT_EQ(set_.find("a")->withheld.size(), 1U);
  EXPECT_EQ(set_.find("a")->withheld[0].flag, "secret");
  EXPECT_EQ(set_.find("a")->withheld[0].member, "who");
  EXPECT_EQ(set_.find("b"), nullptr);
}

TEST_F(SchemaSetTest, SaysThatTheFolderIsAbsent) {
  fs::remove_all(folder_);
  EXPECT_THAT(load(), ElementsAre(HasSubstr("cannot be read: ")));
}

}  // namespace
}  // namespace lianqiao::record
