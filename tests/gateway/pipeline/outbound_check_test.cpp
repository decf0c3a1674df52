#include "pipeline/outbound_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yaml/findings.h"
#include "yaml/yaml_reader.h"

/// Rule: what an outbound mapping reads or names and no record can have is found where it stands,
/// with the nearest right word: an error where it can only fail, a warning where it may.
namespace lianqiao::pipeline {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kStep = R"({
  "type": "object", "required": ["step"], "additionalProperties": false,
  "properties": {
    "step": {"enum": ["signed", "replied", "closed"]},
    "level": {"type": "object", "additionalProperties": false,
              "properties": {"code": {"enum": ["low", "high"]}, "text": {"type": "string"}}},
    "content": {"type": "string"}, "reason": {"type": "string"}, "secret": {"type": "boolean"},
    "actor": {"type": "object", "additionalProperties": false,
              "properties": {"name": {"type": "string"}}},
    "point": {"type": "object"},
    "files": {"type": "array", "items": {"type": "object", "additionalProperties": false,
              "properties": {"url": {"type": "string"}, "kind": {"enum": ["a", "b"]}}}},
    "sourceFields": {"type": "object", "additionalProperties": {"type": "string"}}
  }})";
constexpr const char* kAlert = R"({
  "type": "object", "additionalProperties": false,
  "properties": {"content": {"type": "string"}, "device": {"type": "string"}}})";

class OutboundCheckTest : public testing::Test {
 protected:
  OutboundCheckTest() {
    addSchema("step", kStep);
    addSchema("alert", kAlert);
    peer("grid", {"m"});
    route({});
  }
  void addSchema(const std::string& type, const std::string& text) {
    std::vector<Problem> faults;
    schemas_.push_back(
        std::make_unique<schema::Schema>(schema::Schema::compile(text, faults).value()));
    index_[type] = schemas_.back().get();
  }
  void peer(const std::string& name, std::vector<std::string> outbound) {
    config::PeerConfig made;
    made.name = name;
    made.outbound.mappings = std::move(outbound);
    config_.peers.push_back(std::move(made));
  }
  void route(std::vector<config::RouteCondition> when, const std::string& to = "grid") {
    config_.routes.push_back({"r", std::move(when), {to}, {}});
  }
  static yaml::YamlNode read(const std::string& text, const std::string& file) {
    yaml::Findings findings;
    auto node = yaml::YamlReader::readText(text, file, findings);
    EXPECT_TRUE(node) << yaml::toText(findings);
    return node.value_or(yaml::YamlNode());
  }
  void table(const std::string& name, const std::string& text) {
    yaml::Findings findings;
    config_.codeTables[name] = read(text, "codes/" + name + ".yaml");
    tables_[name] = expression::CodeTable::compile(name, config_.codeTables[name], findings);
    EXPECT_TRUE(tables_[name]) << yaml::toText(findings);
  }
  void mapping(const std::string& name, const std::string& text) {
    config_.mappings[name] = read(text, "mappings/" + name + ".yaml");
  }
  /// What is found of a mapping `m` with these fields, errors and warnings as check shows them.
  std::string found(const std::string& fields, const std::string& head = "type: step\n") {
    mapping("m", "direction: outbound\n" + head + "fields:\n" + fields);
    yaml::Findings errors;
    yaml::Findings warnings;
    OutboundCheck(config_, index_, tables_, errors, warnings).run();
    return yaml::toText(errors, warnings);
  }
  std::string when(const std::string& condition) {
    return found("  a: data.content\n", "type: step\nwhen: " + condition + "\n");
  }

  config::GatewayConfig config_;
  SchemaIndex index_;
  expression::CodeTables tables_;
  std::vector<std::unique_ptr<schema::Schema>> schemas_;
};

TEST_F(OutboundCheckTest, APathThatNoRecordHasIsAnErrorWithTheNearestName) {
  EXPECT_EQ(found("  a: data.contnet\n"),
            "mappings/m.yaml:4:6: fields.a: no record of type step has `data.contnet` here: the "
            "field would always be absent; did you mean `content`?\n");
  EXPECT_THAT(
      found("  a: {from: data.actor.nmae, clean: line}\n"),
      HasSubstr("m.yaml:4:13: fields.a.from: no record of type step has `data.actor.nmae`"));
  EXPECT_THAT(found("  a: {from: subjct}\n"), HasSubstr("did you mean `subject`?"));
  EXPECT_THAT(found("  a: actor.name\n"), HasSubstr("write data.actor.name"));
  EXPECT_THAT(found("  a: {point: {of: data.piont, to: gcj02}}\n"), HasSubstr("`point`?"));
  EXPECT_THAT(found("  a: {template: \"{data.contnt}\"}\n"), HasSubstr("m.yaml:4:17: "));
  EXPECT_THAT(found("  a: {each: data.file, value: url}\n"), HasSubstr("did you mean `files`?"));
  EXPECT_THAT(found("  a: {each: data.files, fields: {u: ulr}}\n"),
              HasSubstr("m.yaml:4:37: fields.a.fields.u: no record of type step has `ulr`"));
  EXPECT_THAT(found("  a: {each: data.files, value: {from: ulr}}\n"), HasSubstr("`url`?"));
  EXPECT_THAT(found("  a: {first: [data.contnet, data.raeson]}\n"),
              AllOf(HasSubstr("`data.contnet` here: the field would always be absent"),
                    HasSubstr("`data.raeson` here: the field would always be absent")));
}

TEST_F(OutboundCheckTest, WhatASchemaHasAtOtherPlacesIsToldHowToBeRead) {
  EXPECT_THAT(found("  a: data.content.text\n"),
              HasSubstr("`data.content` is a single value, nothing stands below it"));
  EXPECT_THAT(found("  a: data.files.url\n"),
              HasSubstr("`data.files` is a list: take its elements with each:, or one with [0]"));
  EXPECT_THAT(found("  a: data.sourceFields.report.category\n"),
              HasSubstr("write data.sourceFields.\"report.category\""));
  EXPECT_THAT(found("  a: {record: key}\n"),
              HasSubstr("`record` is of inbound mappings, and always absent here; write subject"));
}

TEST_F(OutboundCheckTest, APathForWhichSomethingElseStandsInIsAWarning) {
  for (const char* field :
       {"{first: [data.contnet, data.reason]}", "{from: data.contnet, default: x}",
        "{template: \"{data.contnet}{data.reason}\"}", "{list: [data.contnet, data.reason]}",
        "{when: {path: subject, present: true}, then: data.contnet, else: peer}",
        "{when: {path: data.contnet, present: true}, then: peer}"})
    EXPECT_THAT(found(std::string("  a: ") + field + "\n"),
                AllOf(StartsWith("mappings/m.yaml:4:"), HasSubstr("warning: fields.a"),
                      HasSubstr("did you mean `content`?")))
        << field;
}

TEST_F(OutboundCheckTest, WhatOneTypeAloneHasIsFoundWhereItIsRequired) {
  const std::string both = "type: [step, alert]\n";
  EXPECT_EQ(found("  a: data.device\n  b: data.content\n", both), "");
  EXPECT_THAT(found("  a: data.devise\n", both),
              HasSubstr("no record of the types step, alert has"));
  EXPECT_THAT(
      found("  a: {from: data.device, required: true}\n", both),
      AllOf(StartsWith("mappings/m.yaml:4:36: fields.a.required: no record of type step has "
                       "this, and it is required"),
            HasSubstr("write a mapping of its own for step")));
  EXPECT_EQ(found("  a: {first: [data.device, data.step], required: true}\n", both), "");
  EXPECT_EQ(found("  a: {fields: {c: data.content}, required: true}\n", both), "");
  EXPECT_THAT(found("  a: {fields: {d: data.device}, required: true}\n", both),
              HasSubstr("no record of type step has this, and it is required"));
}

TEST_F(OutboundCheckTest, PathsThatRecordsMayHaveAreLeftAlone) {
  EXPECT_EQ(found("  a: data.sourceFields.areaCode\n  b: data.sourceFields.\"report.category\"\n"
                  "  c: {each: data.files, fields: {u: url, w: $}}\n  d: data.files[0].url\n"
                  "  e: data.point.lng\n  f: {const: x}\n  g: $\n  h: data.level.text\n"
                  "  i: {first: [late, subject, id, sourceid, revision, time, receivedtime]}\n"
                  "  j: {template: \"plain {{data.x}}\"}\n"),
            "");
  EXPECT_EQ(found("  a: data.anything\n", "type: unheard_of\n"), "") << "without a schema";
}

TEST_F(OutboundCheckTest, AConditionThatCannotHoldIsAnErrorWhereTheMappingThenTakesNothing) {
  EXPECT_EQ(when("{path: data.stpe, equals: closed}"),
            "mappings/m.yaml:3:14: when.path: no record of type step has `data.stpe`: this never "
            "holds; did you mean `step`?\n");
  EXPECT_THAT(when("{all: [{path: data.step, equals: clsoed}, {path: peer, present: true}]}"),
              AllOf(StartsWith("mappings/m.yaml:3:40: when.all[0].equals: no record"),
                    HasSubstr("in `data.step` the value `clsoed`; did you mean `closed`?")));
  EXPECT_THAT(when("{path: data.stpe, absent: true}"),
              AllOf(HasSubstr("warning: "), HasSubstr("this always holds")));
  EXPECT_THAT(when("{path: data.step, one_of: [closed, singed]}"),
              AllOf(StartsWith("mappings/m.yaml:3:42: warning: when.one_of[1]: "),
                    HasSubstr("did you mean `signed`?")));
  EXPECT_THAT(when("{not: {path: data.step, equals: clsoed}}"), HasSubstr("warning: "));
  EXPECT_EQ(when("{path: data.step, one_of: [closed, ' signed ']}"), "");
  EXPECT_EQ(when("{path: data.level, equals: low}"), "");
}

TEST_F(OutboundCheckTest, AValueThatCanComeAndATableDoesNotHaveIsFound) {
  table("t",
        "table: t\nentries:\n  - {theirs: \"1\", ours: signed}\n  - {theirs: \"2\", ours: "
        "replied}\n");
  EXPECT_EQ(
      found("  a: {from: data.step, to: t}\n"),
      "mappings/m.yaml:4:28: warning: fields.a.to: code table t has no entry with ours "
      "`closed`, which can come in `data.step`: such a record would become an exception; add "
      "it to codes/t.yaml, or other_theirs: for all that it lacks; or let the route or `when` "
      "pass only what it has\n");
  table("t", "table: t\nother_theirs: \"9\"\nentries:\n  - {theirs: \"1\", ours: signed}\n");
  EXPECT_EQ(found("  a: {from: data.step, to: t}\n"), "");
  table("t", "table: t\nentries:\n  - {theirs: \"1\", ours: low}\n");
  EXPECT_THAT(found("  a: {from: data.level, to: t}\n"), HasSubstr("ours `high`, which can come"))
      << "of a coded value the code counts";
  table("t", "table: t\nentries:\n  - {theirs: \"1\", ours: a}\n");
  EXPECT_THAT(found("  a: {each: data.files, value: {from: kind, to: t}}\n"),
              HasSubstr("ours `b`, which can come in `kind`"));
}

TEST_F(OutboundCheckTest, ATableThatHasNothingOfWhatComesIsAnError) {
  table("t", "table: t\nentries: [{theirs: \"1\", ours: open}]\n");
  const std::string text = found("  a: {from: data.step, to: t}\n");
  EXPECT_THAT(text, HasSubstr("mappings/m.yaml:4:28: fields.a.to: code table t has no entry with "
                              "ours `signed`, `replied`, `closed`"));
}

TEST_F(OutboundCheckTest, OursThatNoRecordHasIsFoundInTheTable) {
  const std::string entries =
      "table: t\nother_theirs: \"9\"\nentries:\n  - {theirs: \"1\", ours: "
      "signed}\n  - {theirs: \"2\", ours: replyed}\n";
  table("t", entries);
  EXPECT_EQ(found("  a: {from: data.step, to: t}\n"),
            "codes/t.yaml:5:25: warning: entries[1].ours: no record has `replyed` in `data.step`, "
            "which goes out through this table; did you mean `replied`?\n");
  mapping("in", "direction: inbound\ntype: step\nfields: {x: {from: k, table: t}}\n");
  EXPECT_EQ(found("  a: {from: data.step, to: t}\n"), "") << "on the way in it may be needed";
}

TEST_F(OutboundCheckTest, CasesAreJudgedAsTablesAre) {
  EXPECT_THAT(found("  a: {from: data.step, cases: {signed: x, replyed: y}, default: z}\n"),
              AllOf(StartsWith("mappings/m.yaml:4:43: warning: fields.a.cases.replyed: no record "
                               "has in `data.step` the value `replyed`"),
                    HasSubstr("did you mean `replied`?")));
  EXPECT_THAT(found("  a: {from: data.step, cases: {signed: x, replied: y}}\n"),
              HasSubstr("m.yaml:4:31: warning: fields.a.cases: no case names `closed`"));
  EXPECT_THAT(found("  a: {from: data.secret, text: true, cases: {\"true\": x}}\n"),
              HasSubstr("no case names `false`"));
  EXPECT_EQ(found("  a: {from: data.step, after: x, cases: {b: c}}\n"), "")
      << "what was changed before is another value";
  EXPECT_EQ(found("  a: {from: data.content, cases: {b: c}}\n"), "") << "anything may come";
}

TEST_F(OutboundCheckTest, OnlyWhatRoutesAndConditionsLetThroughCanCome) {
  using Operator = config::RouteCondition::Operator;
  const std::string cases = "  a: {from: data.step, cases: {signed: x}}\n";
  ASSERT_THAT(found(cases), HasSubstr("`replied`, `closed`"));
  EXPECT_EQ(found(cases, "type: step\nwhen: {path: data.step, equals: signed}\n"), "");
  EXPECT_THAT(found(cases, "type: step\nwhen: {not: {path: data.step, equals: closed}}\n"),
              HasSubstr("no case names `replied`, which"));
  EXPECT_EQ(found("  a: {when: {path: data.step, one_of: [signed]}, then: {from: data.step, cases: "
                  "{signed: x}}}\n"),
            "");
  EXPECT_THAT(found("  a: {when: {path: data.step, one_of: [signed]}, then: peer, else: {from: "
                    "data.step, cases: {replied: x}}}\n"),
              HasSubstr("no case names `closed`, which"));
  config_.routes.clear();
  EXPECT_EQ(found(cases), "") << "that no route is there, or can be read, is told elsewhere";
  route({{"type", Operator::equals, {"step"}}, {"data.step", Operator::equals, {"signed"}}});
  route({{"type", Operator::equals, {"alert"}}});
  route({{"type", Operator::equals, {"step"}}}, "other");
  EXPECT_EQ(found(cases), "");
  config_.peers.clear();
  mapping("before",
          "direction: outbound\ntype: step\nwhen: {path: data.step, one_of: [replied, "
          "closed]}\nfields: {a: data.content}\n");
  config_.routes.clear();
  route({});
  peer("grid", {"before", "m"});
  EXPECT_EQ(found(cases), "") << "another mapping of the peer has taken the others";
}

TEST_F(OutboundCheckTest, AConditionOnWhatIsThereOrNotNarrowsWhatCanCome) {
  using Operator = config::RouteCondition::Operator;
  const std::string cases = "  a: {from: data.step, cases: {signed: x}}\n";
  const auto foundWhen = [&](const std::string& asks) {
    return found(cases, "type: step\nwhen: {path: data.step, " + asks + "}\n");
  };
  for (const char* passes : {"present: true", "absent: false"})
    EXPECT_THAT(foundWhen(passes), HasSubstr("no case names `replied`, `closed`")) << passes;
  for (const char* stops : {"present: false", "absent: true"})
    EXPECT_EQ(foundWhen(stops), "") << stops;

  const auto foundBehind = [&](config::RouteCondition condition) {
    config_.routes.clear();
    route({std::move(condition)});
    return found(cases);
  };
  EXPECT_EQ(foundBehind({"data.device", Operator::present, {}}), "") << "no step has a device";
  EXPECT_EQ(foundBehind({"data.device", Operator::equals, {"x"}}), "");
  EXPECT_THAT(foundBehind({"data.device", Operator::absent, {}}), HasSubstr("no case names"));
  EXPECT_EQ(foundBehind({"data.step", Operator::absent, {}}), "");
  EXPECT_THAT(foundBehind({"data.step", Operator::present, {}}), HasSubstr("no case names"));
}

// Rule: what a wrong route lets through is not known, so nothing of it is held against a mapping.
TEST_F(OutboundCheckTest, NothingIsJudgedByARouteThatIsWrong) {
  mapping("m",
          "direction: outbound\ntype: step\nwhen: {path: data.step, one_of: [replied, closed]}\n"
          "fields: {a: {from: data.step, cases: {signed: x}}}\n");
  const auto errorsBeside = [this](yaml::Findings errors) {
    yaml::Findings warnings;
    const std::size_t before = errors.all().size();
    OutboundCheck(config_, index_, tables_, errors, warnings).run();
    return errors.all().size() - before;
  };
  EXPECT_EQ(errorsBeside({}), 1u);
  yaml::Findings wrong;
  wrong.add({"routes.yaml", {}, "route r", "there is no schema for the type `stpe`", {}});
  EXPECT_EQ(errorsBeside(wrong), 0u);
}

}  // namespace
}  // namespace lianqiao::pipeline
