#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/pipeline/work_order_config.h"
#include "pipeline/derivations.h"
#include "pipeline/pipeline.h"
#include "record/event.h"

namespace lianqiao::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Operator = config::RouteCondition::Operator;

constexpr WallTime kDerivedAt = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
constexpr const char* kId = "01J0000000000000000000TEST";

/// An order of the hotline that is a visit, too, and the rules of a test.
class DerivationTest : public testing::Test {
 protected:
  DerivationTest() : config_(workOrderConfig()) {
    // Orders of the hotline that nobody could solve go to the township as orders of their own.
    addMapping("township", R"(
type: work_order
record: {key: [{const: township}, data.orderNo], priority: priority, time: data.createdTime}
fields:
  orderNo: {template: "T-{data.orderNo}"}
  title: data.title
  content: {template: "{data.content} / {subject}"}
  orderType: {const: {code: help, text: 转办}}
  channel.code: {const: internet}
  division: data.division
  createdTime: data.createdTime
)");
  }

  void addMapping(const std::string& name, const std::string& rest) {
    config_.mappings[name] =
        yaml("mapping: " + name + "\ndirection: derived" + rest, "mappings/" + name + ".yaml");
  }
  void addRule(const std::string& name, const std::string& mapping,
               std::vector<config::RouteCondition> when = {
                   {"type", Operator::equals, {"work_order"}},
                   {"data.channel", Operator::equals, {"phone"}}}) {
    config_.derivations.push_back({name, std::move(when), mapping, std::nullopt, {2, 3}, {4, 5}});
  }
  std::string compile() {
    yaml::Findings findings, warnings;
    pipeline_ = Pipeline::compile(config_, findings, warnings);
    std::string out;
    for (const yaml::Finding& finding : findings.all()) out += finding.text() + "\n";
    return out;
  }
  Processed process() {
    RawItem item;
    item.body = kOrder;
    return pipeline_->process("hotline", item, kId, kDerivedAt, workspace_);
  }
  static std::string shown(const std::vector<Problem>& problems) {
    std::string out;
    for (const Problem& p : problems) out += p.code + " " + p.path + ": " + p.message + "\n";
    return out;
  }

  config::GatewayConfig config_;
  std::unique_ptr<Pipeline> pipeline_;
  expression::Workspace workspace_;
};

TEST_F(DerivationTest, MakesAWholeRecordOfAnother) {
  addRule("to-township", "township");
  ASSERT_EQ(compile(), "");
  const Processed out = process();
  ASSERT_EQ(shown(out.problems), "");
  ASSERT_EQ(out.derived.size(), 1u);
  const Derived& derived = out.derived.front();
  ASSERT_EQ(shown(derived.problems), "");
  EXPECT_EQ(derived.rule, "to-township");
  EXPECT_EQ(derived.level, 1);
  EXPECT_EQ(derived.event, out.record.event);
  const record::Record& record = derived.record;
  EXPECT_EQ(record.type, "work_order");
  EXPECT_EQ(record.peer, "hotline");
  EXPECT_EQ(record.key, "hotline:township/ZK20210309001");
  EXPECT_EQ(record.sourceId, "to-township/5f1c-77");
  EXPECT_EQ(record.cause, kId);
  EXPECT_EQ(record.priority, record::Priority::high);
  EXPECT_EQ(record.received, kDerivedAt);
  EXPECT_THAT(record.destinations, ElementsAre("grid", "province"));
  json::Document document;
  ASSERT_TRUE(json::parse(record.event, document).ok());
  EXPECT_EQ(document.root.find("cause")->text(), kId);
  EXPECT_EQ(document.root.find("id")->text(), record.id);
  EXPECT_EQ(document.root.find("data")->find("orderNo")->text(), "T-ZK20210309001");
  EXPECT_THAT(document.root.find("data")->find("content")->text(), HasSubstr(" / hotline:5f1c-77"));
}

TEST_F(DerivationTest, AlwaysMakesTheSame) {
  addRule("to-township", "township");
  ASSERT_EQ(compile(), "");
  const Processed first = process();
  const Processed second = process();
  EXPECT_EQ(first.derived[0].record.id, second.derived[0].record.id);
  EXPECT_EQ(first.derived[0].record.fingerprint, second.derived[0].record.fingerprint);
  EXPECT_EQ(derivedId(kId, "a").substr(0, 10), std::string(kId).substr(0, 10));
  EXPECT_EQ(derivedId(kId, "a").size(), 26u);
  EXPECT_NE(derivedId(kId, "a"), derivedId(kId, "b"));
}

TEST_F(DerivationTest, DerivesNothingWhereAConditionFails) {
  addRule("other", "township",
          {{"type", Operator::equals, {"work_order"}},
           {"data.channel", Operator::equals, {"phone"}},
           {"peer", Operator::equals, {"grid"}}});
  ASSERT_EQ(compile(), "");
  EXPECT_TRUE(process().derived.empty());
}

TEST_F(DerivationTest, DerivesFromWhatIsDerived) {
  addMapping("step", R"(
type: work_order_step
record: {key: subject, key_is_full: true}
fields:
  orderKey: subject
  step: {const: registered}
  time: data.createdTime
)");
  addRule("to-township", "township");
  addRule("registered", "step",
          {{"type", Operator::equals, {"work_order"}},
           {"data.channel", Operator::equals, {"internet"}}});
  ASSERT_EQ(compile(), "");
  const Processed out = process();
  ASSERT_EQ(out.derived.size(), 2u);
  EXPECT_EQ(out.derived[1].level, 2);
  EXPECT_EQ(shown(out.derived[1].problems), "");
  EXPECT_EQ(out.derived[1].record.cause, out.derived[0].record.id);
  EXPECT_EQ(out.derived[1].record.sourceId, "registered/to-township/5f1c-77");
  EXPECT_EQ(out.derived[1].record.key, "hotline:township/ZK20210309001");
  EXPECT_EQ(out.derived[1].record.step, "registered");
}

TEST_F(DerivationTest, WhatCannotBeMadeNamesItsRuleAndItsCauseStands) {
  addMapping("lame", R"(
type: work_order
record: {key: [data.orderNo]}
fields: {orderNo: data.orderNo, title: data.title, content: data.subject.name, createdTime: data.createdTime}
)");
  addRule("lame-rule", "lame");
  ASSERT_EQ(compile(), "");
  const Processed out = process();
  EXPECT_EQ(shown(out.problems), "");
  EXPECT_FALSE(out.record.destinations.empty());
  ASSERT_EQ(out.derived.size(), 1u);
  EXPECT_EQ(shown(out.derived[0].problems),
            "validate.schema /data/content: derivation lame-rule: is missing\n");
}

TEST_F(DerivationTest, IsMadeAnewOfTheEventThatWasKept) {
  addRule("to-township", "township");
  ASSERT_EQ(compile(), "");
  const Processed first = process();
  const Processed again = pipeline_->rederive("hotline", "to-township", first.derived[0].event,
                                              "01J0000000000000000000EXCP", kDerivedAt, workspace_);
  ASSERT_EQ(shown(again.problems), "");
  EXPECT_EQ(again.record.id, "01J0000000000000000000EXCP");
  EXPECT_EQ(again.record.sourceId, "to-township/5f1c-77");
  EXPECT_EQ(again.record.cause, kId);
  EXPECT_EQ(again.record.fingerprint, first.derived[0].record.fingerprint);
  for (const char* peer : {"grid", "nobody"})
    EXPECT_FALSE(pipeline_
                     ->rederive(peer, "to-township", first.derived[0].event,
                                "01J0000000000000000000EXCP", kDerivedAt, workspace_)
                     .problems.empty());
  EXPECT_THAT(
      shown(pipeline_
                ->rederive("hotline", "gone", first.derived[0].event, kId, kDerivedAt, workspace_)
                .problems),
      HasSubstr("there is no derivation gone"));
}

TEST_F(DerivationTest, RefusesRulesThatLoopAndNamesTheWay) {
  addRule("a", "township", {{"type", Operator::equals, {"work_order"}}});
  EXPECT_EQ(compile(),
            "derivations.yaml:2:3: derivation a: what it makes would be derived from without end: "
            "a → a; let a condition of one of them leave out what the rule before it makes\n");
}

TEST_F(DerivationTest, RefusesALoopOverTwoTypes) {
  addMapping("step", R"(
type: work_order_step
record: {key: [data.orderNo]}
fields: {orderKey: subject, step: {const: registered}, time: data.createdTime}
)");
  addMapping("order", R"(
type: work_order
record: {key: [data.orderKey]}
fields: {orderNo: data.orderKey, title: data.step, content: data.step, createdTime: data.time}
)");
  addRule("step-of-order", "step", {{"type", Operator::equals, {"work_order"}}});
  addRule("order-of-step", "order",
          {{"type", Operator::equals, {"work_order_step"}},
           {"data.step", Operator::one_of, {"registered", "closed"}}});
  EXPECT_THAT(compile(), HasSubstr("step-of-order → order-of-step → step-of-order"));
  config_.derivations[1].when[1] = {"data.step", Operator::equals, {"closed"}};
  EXPECT_EQ(compile(), "") << "what is made is registered, and never closed";
}

TEST_F(DerivationTest, KnowsThatAFieldIsMissingAndThatPeersDiffer) {
  addRule(
      "a", "township",
      {{"type", Operator::equals, {"work_order"}}, {"data.reporter.phone", Operator::present, {}}});
  EXPECT_EQ(compile(), "") << "the township's orders name nobody";
  config_.derivations[0].when[1] = {"data.reporter.phone", Operator::absent, {}};
  EXPECT_THAT(compile(), HasSubstr("a → a"));
  config_.derivations[0].when[1] = {"peer", Operator::equals, {"hotline"}};
  EXPECT_THAT(compile(), HasSubstr("a → a")) << "what is derived keeps the peer of its cause";
}

TEST_F(DerivationTest, RefusesMoreRecordsThanAnybodyWants) {
  for (int i = 0; i < 9; ++i) addRule("rule-" + std::to_string(i), "township");
  EXPECT_EQ(compile(), "");
  addRule("rule-9", "township");
  EXPECT_THAT(compile(), HasSubstr("more than 9 records may be derived from one work_order of "
                                   "hotline"));
}

TEST_F(DerivationTest, ChecksRulesAndMappings) {
  addMapping("wrong", R"(
type: work_order
when: {path: id, present: true}
record: {key: [data.orderNumber], sourceid: id}
fields: {orderNo: data.orderNo, title: data.title, content: data.sourceFields, createdTime: data.createdTime}
rest: sourceFields
)");
  addRule("a", "wrong");
  addRule("b", "order_in");
  addRule("c", "nowhere", {{"data.channel", Operator::equals, {"phone"}}});
  addRule(
      "d", "township",
      {{"type", Operator::equals, {"work_order"}}, {"data.chanel", Operator::equals, {"phone"}}});
  const std::string found = compile();
  for (const char* told :
       {"mappings/wrong.yaml:4:7: when: which records are derived from is said by the rule",
        "record.sourceid: the source id of what is derived tells its rule and its cause",
        "rest: only inbound mappings keep what is left",
        "the mapping reads data.sourceFields as a whole",
        "record.key[0]: no record of type work_order has `data.orderNumber`",
        "derivations.yaml:4:5: derivation b: the mapping order_in is not derived",
        "derivations.yaml:4:5: derivation c: there is no mapping `nowhere`",
        "derivations.yaml:2:3: derivation c: the rule does not say of which types of records",
        "derivation d: no record of these types has the field `data.chanel`"})
    EXPECT_THAT(found, HasSubstr(told));
}

/// A rule with `once`, by what `paths` name.
class DerivedOnceTest : public DerivationTest {
 protected:
  std::string compileOnce(std::vector<std::string> paths, const std::string& mapping = "township") {
    addRule("once", mapping);
    const std::vector<yaml::Position> places(paths.size(), {7, 8});
    config_.derivations.back().once =
        config::DerivedOnce{std::move(paths), places, std::chrono::minutes(10)};
    return compile();
  }
  std::optional<Joining> joining(const std::string& order) {
    RawItem item;
    item.body = order;
    Processed out = pipeline_->process("hotline", item, kId, kDerivedAt, workspace_);
    return out.derived.empty() ? std::nullopt : std::move(out.derived[0].joining);
  }
};

TEST_F(DerivedOnceTest, MakesTheStepByWhichItMayJoinAnother) {
  ASSERT_EQ(compileOnce({"data.division", "data.reporter.phone"}), "");
  const auto made = joining(kOrder);
  ASSERT_TRUE(made);
  EXPECT_THAT(made->alike, testing::MatchesRegex("once:[0-9a-f]{32}"));
  EXPECT_EQ(made->within, std::chrono::minutes(10));
  const record::Record& step = made->step;
  EXPECT_EQ(step.type, "work_order_step");
  EXPECT_EQ(step.step, "supplemented");
  EXPECT_EQ(step.key, "hotline:township/ZK20210309001");
  EXPECT_EQ(step.sourceId, "once/5f1c-77");
  EXPECT_EQ(step.cause, kId);
  EXPECT_EQ(step.priority, record::Priority::high);
  EXPECT_THAT(step.destinations, ElementsAre("hotline"));
  json::Document document;
  ASSERT_TRUE(json::parse(step.event, document).ok());
  const json::Value& data = *document.root.find("data");
  EXPECT_EQ(data.find("orderKey")->text(), step.key);
  EXPECT_EQ(document.root.find("subject")->text(), step.key);
  EXPECT_EQ(data.find("time")->text(), "2021-03-09T08:05:07+08:00");
  EXPECT_THAT(data.find("content")->text(), HasSubstr("路灯"));
}

TEST_F(DerivedOnceTest, TellsWhatIsAlike) {
  ASSERT_EQ(compileOnce({"data.division", "data.reporter.phone"}), "");
  const std::string order = kOrder;
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = order;
    return changed.replace(changed.find(from), from.size(), to);
  };
  const auto first = joining(order);
  const auto alike = joining(with("5f1c-77", "5f1c-78"));
  const auto other = joining(with("１３８", "１３９"));
  ASSERT_TRUE(first && alike && other);
  EXPECT_EQ(first->alike, alike->alike);
  EXPECT_NE(first->step.id, "");
  EXPECT_NE(first->alike, other->alike);
  EXPECT_FALSE(joining(with("411602000000", ""))) << "what lacks a value is like no other";
}

TEST_F(DerivedOnceTest, ChecksPathsAndTheTypeThatIsMade) {
  addMapping("step", R"(
type: work_order_step
record: {key: subject, key_is_full: true}
fields: {orderKey: subject, step: {const: registered}, time: data.createdTime}
)");
  const std::string found = compileOnce({"data.camera", "a..b"}, "step");
  for (const char* told :
       {"derivations.yaml:7:8: derivation once: no record of these types has `data.camera`",
        "derivations.yaml:4:5: derivation once: `once` adds steps to an order, and this mapping "
        "makes a work_order_step"})
    EXPECT_THAT(found, HasSubstr(told));
}

}  // namespace
}  // namespace lianqiao::pipeline
