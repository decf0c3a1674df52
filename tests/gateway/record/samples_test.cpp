// The shipped schemas against the shipped samples. A sample in schemas/samples/invalid/<type>/ is
// named after the pointer of its one problem: "/" is written "__", what follows "--" is for people,
// "root" is "".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "conformance/test_data.h"
#include "record/redact.h"
#include "record/schema_set.h"

namespace lianqiao::record {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

const fs::path kSchemas = fs::path(LIANQIAO_SOURCE_DIR) / "schemas";

const SchemaSet& shipped() {
  static const SchemaSet set = [] {
    SchemaSet loaded;
    std::vector<Problem> problems;
    loaded.load(kSchemas, problems);
    for (const Problem& problem : problems) ADD_FAILURE() << problem.path << " " << problem.message;
    return loaded;
  }();
  return set;
}

/// A sample with the text that it points into.
struct Sample {
  std::string text;
  json::Document document;
};

Sample readSample(const fs::path& file) {
  Sample sample{test::readFile(file), {}};
  const Result<void> parsed = json::parse(sample.text, sample.document);
  EXPECT_TRUE(parsed.ok()) << file;
  return sample;
}

TEST(ShippedSchemas, AreThese) {
  EXPECT_THAT(shipped().types(),
              ElementsAre("alert", "dataset_row", "dispute", "grid", "points_entry", "reminder",
                          "report", "service_case", "visit_log", "work_order", "work_order_step"));
  EXPECT_EQ(shipped().find("work_order")->eventType, "lianqiao.work_order.v1");
  EXPECT_EQ(shipped().find("work_order")->dataSchema, "urn:lianqiao:schema:work_order:1.1");
}

TEST(ShippedSchemas, TakeTheValidSamples) {
  std::map<std::string, int> seen;
  for (const auto& entry : fs::directory_iterator(kSchemas / "samples" / "valid")) {
    const std::string stem = entry.path().stem().string();
    const std::string type = stem.substr(0, stem.find('-'));
    ++seen[type];
    const TypeSchema* schema = shipped().find(type);
    ASSERT_NE(schema, nullptr) << stem;
    const Sample sample = readSample(entry.path());
    std::vector<Problem> problems;
    EXPECT_TRUE(schema->schema.check(sample.document.root, problems)) << stem;
    for (const Problem& p : problems) ADD_FAILURE() << stem << ": " << p.path << " " << p.message;
  }
  for (std::string_view type : shipped().types()) EXPECT_GE(seen[std::string(type)], 2) << type;
}

std::string pointerOf(std::string stem) {
  stem = stem.substr(0, stem.find("--"));
  if (stem == "root") return "";
  std::string pointer = "/";
  for (std::size_t i = 0; i < stem.size(); ++i) {
    if (stem.compare(i, 2, "__") == 0) {
      pointer += '/';
      ++i;
    } else {
      pointer += stem[i];
    }
  }
  return pointer;
}

TEST(ShippedSchemas, RefuseTheInvalidSamplesWhereTheirNamesSay) {
  std::map<std::string, int> seen;
  for (const auto& entry : fs::recursive_directory_iterator(kSchemas / "samples" / "invalid")) {
    if (!entry.is_regular_file()) continue;
    const std::string type = entry.path().parent_path().filename().string();
    ++seen[type];
    const TypeSchema* schema = shipped().find(type);
    ASSERT_NE(schema, nullptr) << entry.path();
    const Sample sample = readSample(entry.path());
    std::vector<Problem> problems;
    EXPECT_FALSE(schema->schema.check(sample.document.root, problems)) << entry.path();
    const std::string pointer = pointerOf(entry.path().stem().string());
    for (const Problem& p : problems) {
      EXPECT_EQ(p.path, pointer) << entry.path() << ": " << p.message;
      EXPECT_EQ(p.code, "validate.schema");
    }
  }
  for (std::string_view type : shipped().types()) EXPECT_GE(seen[std::string(type)], 5) << type;
}

TEST(ShippedSchemas, BoundTheLengthOfAContent) {
  const Sample sample = readSample(kSchemas / "samples" / "valid" / "work_order-least.json");
  std::string longest;
  for (int i = 0; i < 20000; ++i) longest += "长";
  const auto accepts = [&sample](std::string_view content) {
    std::vector<json::Member> members(sample.document.root.members().begin(),
                                      sample.document.root.members().end());
    for (json::Member& member : members) {
      if (member.name == "content") member.value = json::Value::ofText(content);
    }
    json::Document document;
    return shipped().find("work_order")->schema.accepts(document.object(members));
  };
  EXPECT_TRUE(accepts(longest));
  longest += "长";
  EXPECT_FALSE(accepts(longest));
}

bool isLeaf(const json::Value& schema) {
  for (const char* keyword :
       {"properties", "items", "prefixItems", "additionalProperties", "$ref"}) {
    const json::Value* inner = schema.find(keyword);
    if (inner != nullptr && inner->kind() != json::Kind::boolean) return false;
  }
  return true;
}

void checkAnnotations(const json::Value& schema, const std::string& where) {
  if (!schema.isObject()) return;
  const json::Value* title = schema.find("title");
  const json::Value* words = schema.find("x-class");
  if (title != nullptr) {
    EXPECT_NE(title->text().find(" / "), std::string_view::npos) << where << ": 中文 / English";
  }
  if (isLeaf(schema)) {
    ASSERT_NE(words, nullptr) << where << " has no x-class";
    EXPECT_THAT(words->text(), testing::AnyOf("public", "personal", "sensitive")) << where;
    EXPECT_NE(title, nullptr) << where << " has no title";
  }
  for (const char* keyword : {"properties", "$defs"}) {
    const json::Value* inner = schema.find(keyword);
    if (inner == nullptr) continue;
    for (const json::Member& member : inner->members()) {
      checkAnnotations(member.value, where + "/" + std::string(member.name));
    }
  }
  for (const char* keyword : {"items", "additionalProperties"}) {
    if (const json::Value* inner = schema.find(keyword)) {
      checkAnnotations(*inner, where + "/" + keyword);
    }
  }
}

TEST(ShippedSchemas, ClassAndNameEveryLeafInBothLanguages) {
  for (std::string_view type : shipped().types()) {
    checkAnnotations(shipped().find(type)->schema.source(), std::string(type));
  }
}

/// Puts a canary into every text of a sample and looks whether one survives that is not public.
TEST(ShippedSchemas, ShowNoPersonalTextOnceRedacted) {
  const Sample sample = readSample(kSchemas / "samples" / "valid" / "work_order-full.json");
  const std::string shown =
      redacted(shipped().find("work_order")->schema.source(), sample.document.root);
  for (const char* secret :
       {"张示例", "李经办", "13800008000", "8260000", "一号", "411702199001010016", "三盏", "物业",
        "114.02", "33.01", "114.031", "files.example.org", "老年人", "抢修"}) {
    EXPECT_EQ(shown.find(secret), std::string::npos) << secret << " in " << shown;
  }
  for (const char* open : {"SL20240527000123", "municipal.lighting", "411702001000", "张**",
                           "138****8000", "411702********0016", "示范县示例街道***"}) {
    EXPECT_NE(shown.find(open), std::string::npos) << open << " in " << shown;
  }
}

}  // namespace
}  // namespace lianqiao::record
