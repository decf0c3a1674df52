#include <gmock/gmock.h>

#include <algorithm>

#include "gateway/pipeline/mapping_fixture.h"
#include "pipeline/read_paths.h"
#include "pipeline/route.h"

/// Rule: what can only fail on every record is a finding of the mapping or the route, at its place.
namespace lianqiao::pipeline {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kTwoStates = R"({
  "type": "object", "required": ["title", "status"], "additionalProperties": false,
  "properties": {
    "title": {"type": "string"},
    "status": {"type": "object", "required": ["code"],
               "properties": {"code": {"enum": ["open", "closed"]}, "text": {"type": "string"}}},
    "level": {"type": "string", "enum": ["low", "high"]},
    "source": {"const": "hotline"},
    "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
    "place": {"type": "object", "required": ["address"],
              "properties": {"address": {"type": "string"}, "room": {"type": "string"}}},
    "parts": {"type": "array", "items": {"type": "object", "required": ["name"],
              "properties": {"name": {"type": "string"}, "size": {"type": "string"}}}}
  }})";
constexpr const char* kHead = "mapping: m\ndirection: inbound\ntype: order\nrecord: {key: [id]}\n";

class MappingCheck : public testing::Test {
 protected:
  MappingCheck() { bench_.addSchema("order", kTwoStates); }
  std::string found(const std::string& fields, const std::string& head = kHead) {
    bench_.findings = {};
    bench_.compile(head + "fields:\n" + fields);
    return bench_.shown();
  }

  MappingBench bench_;
  const std::string whole_ = "  title: t\n  status.code: s\n";
};

TEST_F(MappingCheck, ARequiredFieldThatNothingFillsIsFound) {
  EXPECT_EQ(found(whole_), "");
  EXPECT_EQ(
      found("  title: t\n"),
      "mappings/m.yaml:6:3: fields: the schema requires `status` here, and no field makes it: "
      "every record would be refused; add status: with a path of the source, or {const: …}\n");
  EXPECT_THAT(found("  title: t\n  status.text: s\n"), HasSubstr("requires `code` here"));
  EXPECT_THAT(found(whole_ + "  place.room: r\n"), HasSubstr("requires `address` here"));
  EXPECT_THAT(found(whole_ + "  parts: {each: p, fields: {size: s}}\n"),
              HasSubstr("mappings/m.yaml:8:28: fields.parts.fields: the schema requires `name`"));
  EXPECT_EQ(found(whole_ + "  place.address: {from: a, required: true}\n"), "");
  EXPECT_EQ(found("  title: t\n  status: {const: {code: open}}\n"), "");
}

TEST_F(MappingCheck, AFieldThatIsWrongIsNotSaidToBeMissingToo) {
  EXPECT_EQ(found("  title: {from: t, wat: 1}\n  status.code: s\n").find("requires"),
            std::string::npos);
}

TEST_F(MappingCheck, AConstantOutsideItsEnumerationIsFound) {
  for (const char* level :
       {"{const: urgent}", "{from: l, cases: {特急: urgent}}", "{from: l, default: urgent}",
        "{when: {path: a, present: true}, then: {const: urgent}}"}) {
    EXPECT_THAT(found(whole_ + "  level: " + level + "\n"),
                HasSubstr("does not know the value `urgent`"))
        << level;
  }
}

TEST_F(MappingCheck, AConstantOtherThanTheOnlyOneIsFound) {
  EXPECT_THAT(found(whole_ + "  source: {const: hotlime}\n"),
              AllOf(HasSubstr("does not know the value `hotlime`"), HasSubstr("`hotline`?")));
  EXPECT_EQ(found(whole_ + "  source: {const: hotline}\n"), "");
}

TEST_F(MappingCheck, ATypeThatIsNoTextIsFound) {
  for (const char* type : {"{order: 1}", "[]", "[[order]]"}) {
    const std::string head =
        std::string("mapping: m\ndirection: inbound\ntype: ") + type + "\nrecord: {key: [id]}\n";
    const std::string text = found(whole_, head);
    EXPECT_THAT(text, AllOf(StartsWith("mappings/m.yaml:3:"), HasSubstr("a text")));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << "nothing else is wrong: " << text;
  }
}

TEST_F(MappingCheck, APriorityOutsideItsEnumerationIsFound) {
  const auto with = [&](const std::string& priority) {
    return found(whole_,
                 "mapping: m\ndirection: inbound\ntype: order\nrecord:\n  key: [id]\n  "
                 "priority: " +
                     priority + "\n");
  };
  EXPECT_THAT(with("{const: urgent}"),
              HasSubstr("m.yaml:6:21: record.priority.const: the schema does not know the value "
                        "`urgent` here"));
  EXPECT_THAT(with("{from: p, cases: {特急: urgent}, default: normal}"), HasSubstr("`urgent`"));
  EXPECT_THAT(with("{from: p, cases: {特急: high}, default: low}"), HasSubstr("`low`"));
  EXPECT_THAT(with("urgent"), HasSubstr("m.yaml:6:13: record.priority: `urgent` is no priority"));
  EXPECT_THAT(with("high"), HasSubstr("write {const: high}; or {from: high}"));
  EXPECT_EQ(with("{from: p, cases: {特急: high}, default: normal}"), "");
  EXPECT_EQ(with("{from: high}"), "");
}

TEST_F(MappingCheck, AWordThatIsAValueOfTheSchemaIsNotTakenForAPath) {
  EXPECT_THAT(
      found(whole_ + "  level: high\n"),
      HasSubstr("`high` is a value of the schema here, and a word alone is read as a path"));
  EXPECT_EQ(found(whole_ + "  level: {from: high}\n"), "");
}

TEST_F(MappingCheck, OursOfACodeTableOutsideTheSchemaIsFound) {
  bench_.addTable(
      "t", "table: t\nunmapped: other\nother: else\nentries: [{theirs: \"1\", ours: opne}]\n");
  const std::string text = found("  title: t\n  status: {from: s, table: t}\n");
  EXPECT_THAT(text, HasSubstr("code table t makes `opne`, which the schema does not know here; did "
                              "you mean `open`?"));
  EXPECT_THAT(text, HasSubstr("code table t makes `else`"));
  const std::string list = found(whole_ + "  tags: {from: s, split: \",\", table: t, as: code}\n");
  EXPECT_THAT(list, HasSubstr("code table t makes `opne`")) << "of a list each element is judged";
}

TEST_F(MappingCheck, ARouteForWhatDoesNotExistIsFound) {
  std::vector<Problem> faults;
  const auto schema = schema::Schema::compile(kTwoStates, faults);
  ASSERT_TRUE(schema);
  const SchemaIndex schemas = {{"order", &*schema}};
  const auto said = [&](const std::string& path, const std::vector<std::string>& values) {
    using Operator = config::RouteCondition::Operator;
    yaml::Findings findings;
    config::Route route{"r", {{path, Operator::one_of, values, {3, 5}}}, {"p"}, {1, 1}};
    Router::compile({route}, schemas, findings);
    return findings.empty() ? "" : findings.all().front().text();
  };
  EXPECT_EQ(said("type", {"order"}), "");
  EXPECT_EQ(said("type", {"ordre"}),
            "routes.yaml:3:5: route r: there is no schema for the type `ordre`; did you mean "
            "`order`?");
  EXPECT_THAT(said("priority", {"high", "urgent"}), HasSubstr("there is no priority `urgent`"));
  EXPECT_THAT(
      said("data.status", {"done"}),
      HasSubstr("no record has in `data.status` the value `done`; known here: open, closed"));
  EXPECT_THAT(said("data.status.code", {"opne"}), HasSubstr("did you mean `open`?"));
  EXPECT_EQ(said("data.status.code", {" open "}), "");
  EXPECT_EQ(said("data.title", {"anything"}), "");
}

std::vector<std::string> pathsOf(std::string_view yaml) {
  yaml::Findings findings;
  const auto node = yaml::YamlReader::readText(yaml, "m.yaml", findings);
  EXPECT_TRUE(node);
  std::vector<std::string> out;
  for (const ReadPaths& paths : readPaths(*node)) {
    std::string text;
    for (const auto& one : paths.any) {
      text += text.empty() ? "" : "|";
      for (const auto& scope : one.scopes) text += scope.back().name + ">";
      for (const expression::Step& step : one.steps)
        text += (text.empty() || text.back() == '>' || text.back() == '|' ? "" : ".") + step.name;
    }
    out.push_back(text);
  }
  return out;
}

TEST(ReadPaths, AreThoseOfEveryExpressionAndNoConditions) {
  EXPECT_THAT(pathsOf("when: {path: w, present: true}\nrecord: {key: [k, {from: l}], time: t}\n"
                      "fields:\n  a: b.c\n  d: {first: [e, {from: f, clean: id}]}\n"
                      "  g: {each: h, fields: {i: j}}\n  k: {each: h, value: {from: m}}\n"
                      "  n: {const: x}\n  o: {when: {path: p, present: true}, then: q, else: r}\n"
                      "  s: {template: \"{t} {{u}} {v.w}\"}\n"
                      "  x: {point: {lng: y, lat: z, datum: gcj02}}\n  aa: {fields: {bb: cc}}\n"
                      "  dd: {from: ee, table: t, label: ff}\n"),
              ElementsAre("k", "l", "t", "b.c", "e|f", "h", "h>j", "h", "h>m", "q", "r", "t", "v.w",
                          "y", "z", "cc", "ee", "ff"));
}

TEST(ReadPaths, AreLookedForInEachElementOfAList) {
  yaml::Findings findings;
  const auto node = yaml::YamlReader::readText(
      "fields:\n  a: {each: h, value: j}\n  b: {each: h, value: n}\n  c: h[1].j\n", "m.yaml",
      findings);
  json::Document source;
  ASSERT_TRUE(json::parse(R"({"h":[{"x":1},{"j":null}]})", source));
  std::vector<bool> there;
  for (const ReadPaths& paths : readPaths(*node))
    there.push_back(isIn(source.root, paths.any.front()));
  EXPECT_THAT(there, ElementsAre(true, true, true, false, true));
}

}  // namespace
}  // namespace lianqiao::pipeline
