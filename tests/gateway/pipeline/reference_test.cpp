// References: a mapping names things by other peers' ids (config/MAPPINGS.md, "Ids of peers").
#include "record/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/pipeline/work_order_config.h"
#include "pipeline/pipeline.h"
#include "record/event.h"

namespace lianqiao::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr WallTime kTaken = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

/// A step that names its order by the grid's own number of it.
constexpr const char* kStepByTheirs = R"(mapping: step_in
direction: inbound
type: work_order_step
record:
  key: {first: [orderKey, {ref: {peer: grid, id: eventId}}]}
  key_is_full: true
  sourceid: feedbackId
  time: at
fields:
  orderKey: {record: key}
  step: {from: kind, cases: {"0": replied, "4": closed}}
  time: {from: at, time: auto}
  content: text
rest: sourceFields
)";
constexpr const char* kStepOut = R"(mapping: step_out
direction: outbound
type: work_order_step
fields:
  caseguid: {ref: theirs}
  step: data.step
)";
constexpr const char* kStepOfGrid =
    R"({"eventId":"G-1","feedbackId":"f1","kind":"0","at":"2021-03-09 09:00:00","text":"好"})";

class ReferenceTest : public testing::Test {
 protected:
  ReferenceTest() {
    config_.mappings["step_in"] = yaml(kStepByTheirs, "mappings/step_in.yaml");
    config_.mappings["step_out"] = yaml(kStepOut, "mappings/step_out.yaml");
    config_.peers[0].outbound.mappings = {"step_out"};
    compile();
  }
  void compile() {
    yaml::Findings findings;
    pipeline_ = Pipeline::compile(config_, findings);
    for (const yaml::Finding& finding : findings.all()) ADD_FAILURE() << finding.text();
  }
  std::string findingsOf(const std::string& name, const std::string& mapping) {
    config_.mappings[name] = yaml(mapping, "mappings/" + name + ".yaml");
    yaml::Findings findings;
    EXPECT_EQ(Pipeline::compile(config_, findings), nullptr);
    std::string out;
    for (const yaml::Finding& finding : findings.all()) out += finding.text() + "\n";
    return out;
  }
  Processed process(std::string_view body, std::string_view peer = "grid") {
    RawItem item;
    item.body = body;
    return pipeline_->process(peer, item, "01J0000000000000000000TEST", kTaken, workspace_);
  }
  static std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, from.size(), to);
  }

  config::GatewayConfig config_ = workOrderConfig();
  std::unique_ptr<Pipeline> pipeline_;
  expression::Workspace workspace_;
};

TEST_F(ReferenceTest, WhatIsNotKnownIsToldAndFailsTheItem) {
  const Processed out = process(kStepOfGrid);
  ASSERT_EQ(out.problems.size(), 1u);
  EXPECT_EQ(out.problems[0].code, codes::kUnknownReference);
  EXPECT_EQ(out.problems[0].path, "/subject");
  EXPECT_THAT(out.problems[0].message,
              HasSubstr("peer grid names a thing by the id G-1 of peer grid"));
  EXPECT_THAT(workspace_.references.unknown, ElementsAre(record::Reference{"grid", "G-1"}));
}

TEST_F(ReferenceTest, WhatIsKnownMakesTheKeyAndTheirIdStaysWithTheRest) {
  workspace_.references.keys[{"grid", "G-1"}] = "hotline:5f1c-77";
  const Processed out = process(kStepOfGrid);
  ASSERT_THAT(out.problems, IsEmpty());
  EXPECT_EQ(out.record.key, "hotline:5f1c-77");
  EXPECT_TRUE(out.record.namesKey);
  EXPECT_THAT(out.record.event, HasSubstr(R"("orderKey":"hotline:5f1c-77")"));
  EXPECT_THAT(out.record.event, HasSubstr(R"("sourceFields":{"eventId":"G-1",)"));
  EXPECT_THAT(workspace_.references.unknown, IsEmpty());
}

TEST_F(ReferenceTest, WhereNoneIsNeededNoneIsAskedFor) {
  const Processed out =
      process(with(kStepOfGrid, R"("eventId")", R"("orderKey":"hotline:1","eventId")"));
  EXPECT_THAT(out.problems, IsEmpty());
  EXPECT_EQ(out.record.key, "hotline:1");
}

TEST_F(ReferenceTest, AnIdThatIsNoneIsRefusedAndNotLookedUp) {
  for (const std::string bad : {R"("G\u0001")", R"("G\n-1")", R"([1])"}) {
    const Processed out = process(with(kStepOfGrid, R"("G-1")", bad));
    ASSERT_FALSE(out.problems.empty()) << bad;
    EXPECT_EQ(out.problems[0].code, "normalize.bad_value") << bad;
    EXPECT_THAT(workspace_.references.unknown, IsEmpty()) << bad;
  }
  const Processed tooLong = process(with(kStepOfGrid, "G-1", std::string(600, 'x')));
  EXPECT_EQ(tooLong.problems.at(0).code, "normalize.bad_value");
  const Processed absent = process(with(kStepOfGrid, R"("G-1")", R"("")"));
  EXPECT_EQ(absent.problems.at(0).code, "normalize.missing");
}

TEST_F(ReferenceTest, TheDestinationsOwnIdGoesOut) {
  workspace_.references.keys[{"grid", "G-1"}] = "hotline:5f1c-77";
  const std::string event = process(kStepOfGrid).record.event;
  workspace_.references.theirs = "H-9";
  const auto payload = pipeline_->outbound("hotline", event, workspace_);
  ASSERT_TRUE(payload.ok()) << payload.error().detail;
  EXPECT_EQ(payload->text, R"({"caseguid":"H-9","step":"replied"})");
  workspace_.references.theirs.clear();
  const auto unknown = pipeline_->outbound("hotline", event, workspace_);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, codes::kUnknownReference);
  for (const char* part :
       {"/caseguid", "hotline:5f1c-77 of peer grid", "peer hotline has told no id"})
    EXPECT_THAT(unknown.error().detail, HasSubstr(part));
}

TEST_F(ReferenceTest, TheIdsOfNamedPeersAloneAreKept) {
  EXPECT_TRUE(pipeline_->keepsReferences("grid")) << "named inbound";
  EXPECT_TRUE(pipeline_->keepsReferences("hotline")) << "sent its own";
  EXPECT_FALSE(pipeline_->keepsReferences("province"));
  EXPECT_TRUE(pipeline_->namesTheirs("hotline"));
  EXPECT_FALSE(pipeline_->namesTheirs("grid"));
  EXPECT_EQ(process(kOrder, "hotline").record.reference, "5f1c-77") << "its source id";
  const auto plain = Pipeline::compile(workOrderConfig(), *std::make_unique<yaml::Findings>());
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->keepsReferences("hotline"));
  RawItem item;
  item.body = kOrder;
  EXPECT_EQ(plain->process("hotline", item, "1", kTaken, workspace_).record.reference, "");
}

TEST_F(ReferenceTest, AStepsSourceIdIsNotItsOrdersButReferenceNamesThat) {
  workspace_.references.keys[{"grid", "G-1"}] = "hotline:1";
  EXPECT_EQ(process(kStepOfGrid).record.reference, "");
  config_.mappings["step_in"] = yaml(with(kStepByTheirs, "  sourceid: feedbackId\n",
                                          "  sourceid: feedbackId\n  reference: eventId\n"),
                                     "mappings/step_in.yaml");
  compile();
  workspace_.references.keys[{"grid", "G-1"}] = "hotline:1";
  const Processed out = process(kStepOfGrid);
  EXPECT_EQ(out.record.reference, "G-1");
  EXPECT_THAT(out.record.event, HasSubstr(R"("sourceFields":{"eventId":"G-1",)"))
      << "it is beside the record";
  EXPECT_EQ(process(with(with(kStepOfGrid, R"("G-1")", R"("G\u0007")"), R"("eventId")",
                         R"("orderKey":"hotline:1","eventId")"))
                .record.reference,
            "")
      << "no id is kept that has control characters";
}

TEST_F(ReferenceTest, WhatCannotBeMeantIsAFinding) {
  const auto inbound = [&](const std::string& ref) {
    return findingsOf("step_in", with(kStepByTheirs, "{peer: grid, id: eventId}", ref));
  };
  EXPECT_THAT(inbound("{peer: grit, id: eventId}"),
              HasSubstr("there is no peer `grit`; did you mean `grid`?"));
  EXPECT_THAT(inbound("theirs"), HasSubstr("inbound `ref` names a peer and the path"));
  EXPECT_THAT(inbound("{peer: grid}"), HasSubstr("inbound `ref` names a peer and the path"));
  EXPECT_THAT(inbound("{peer: grid, id: eventId, key: x}"), HasSubstr("key"));
  EXPECT_THAT(findingsOf("step_in", with(kStepByTheirs, "  key_is_full: true\n", "")),
              HasSubstr("write key_is_full: true"));
  config_.mappings["step_in"] = yaml(kStepByTheirs, "mappings/step_in.yaml");
  EXPECT_THAT(findingsOf("step_out", with(kStepOut, "theirs", "{peer: grid, id: data.stepId}")),
              HasSubstr("outbound `ref` is the destination's own id"));
  EXPECT_THAT(findingsOf("step_out", with(kStepOut, "theirs", "ours")),
              HasSubstr("write {ref: theirs}"));
}

}  // namespace
}  // namespace lianqiao::pipeline
