#include "record/life_cycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "conformance/test_data.h"
#include "lianqiao/json.h"

namespace lianqiao::record {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Empty when every step is legal, else the refusal.
std::string run(std::initializer_list<const char*> steps) {
  LifeState state;
  for (const char* name : steps) {
    const auto step = stepByName(name);
    if (!step) return std::string("unknown ") + name;
    const Result<LifeState> next = advance(state, *step);
    if (!next.ok()) {
      EXPECT_EQ(next.error().code, "validate.life_cycle");
      return next.error().detail;
    }
    state = *next;
  }
  return "";
}

TEST(LifeCycle, TakesTheUsualWay) {
  EXPECT_EQ(run({"registered", "audited", "dispatched", "signed", "in_progress", "replied",
                 "result_audit", "visited", "closed"}),
            "");
}

TEST(LifeCycle, LetsStepsBeSkippedAndRepeated) {
  EXPECT_EQ(run({"registered", "replied", "closed"}), "");
  EXPECT_EQ(run({"registered", "dispatched", "signed", "dispatched", "signed", "in_progress",
                 "in_progress", "replied", "in_progress", "replied", "visited", "visited", "closed",
                 "visited"}),
            "");
}

TEST(LifeCycle, LetsDepartmentsReturnAndDelay) {
  EXPECT_EQ(run({"dispatched", "signed", "return_applied", "return_agreed", "dispatched"}), "");
  EXPECT_EQ(run({"dispatched", "return_applied", "return_refused", "signed"}), "");
  EXPECT_EQ(run({"signed", "delay_applied", "delay_agreed", "delay_applied", "delay_refused"}), "");
  EXPECT_EQ(run({"registered", "return_applied"}),
            "step return_applied cannot follow on registered: no department has the order");
  EXPECT_EQ(run({"signed", "return_agreed"}),
            "step return_agreed cannot follow on signed: no return was applied for");
  EXPECT_EQ(run({"signed", "delay_agreed"}),
            "step delay_agreed cannot follow on signed: no delay was applied for");
}

TEST(LifeCycle, AnAgreedReturnEndsTheDelayThatWasAppliedFor) {
  EXPECT_EQ(run({"signed", "delay_applied", "return_applied", "return_agreed", "delay_agreed"}),
            "step delay_agreed cannot follow on audited: no delay was applied for");
}

TEST(LifeCycle, RefusesToGoBackUnseen) {
  EXPECT_EQ(run({"replied", "audited"}),
            "step audited cannot follow on replied: it lies behind; redispatched starts anew");
  EXPECT_NE(run({"visited", "signed"}), "");
  EXPECT_EQ(run({"visited", "redispatched", "signed"}), "");
}

TEST(LifeCycle, EndsWithClosedAndRevoked) {
  EXPECT_EQ(
      run({"closed", "signed"}),
      "step signed cannot follow on closed: a closed order is only visited or dispatched again");
  EXPECT_EQ(run({"closed", "urged"}), "step urged cannot follow on closed: the order is closed");
  EXPECT_EQ(run({"closed", "redispatched", "signed"}), "");
  EXPECT_EQ(run({"revoked", "signed"}),
            "step signed cannot follow on revoked: the order was taken back");
}

TEST(LifeCycle, JoinsInTheMiddle) {
  for (int i = 0; i < 22; ++i) {
    EXPECT_TRUE(advance({}, static_cast<Step>(i)).ok()) << stepName(static_cast<Step>(i));
  }
  EXPECT_EQ(run({"return_applied", "return_agreed"}), "");
  EXPECT_EQ(run({"delay_agreed", "signed"}), "");
  EXPECT_EQ(run({"urged", "signed"}), "");
}

TEST(LifeCycle, WritesDownForEachStepAllItsMoves) {
  EXPECT_THAT(movesOf(Step::delay_agreed), HasSubstr(";signed,delay>signed;"));
  EXPECT_THAT(movesOf(Step::delay_agreed), Not(HasSubstr(";signed>")));
  EXPECT_THAT(movesOf(Step::return_applied), HasSubstr(";replied,delay>replied,return,delay;"));
  EXPECT_EQ(movesOf(Step::urged).substr(0, 3), ";>;")
      << "a first step that says nothing of the stage";
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Step::difficult); ++i) {
    EXPECT_THAT(movesOf(static_cast<Step>(i)), Not(HasSubstr(";revoked>")));
  }
}

TEST(LifeCycle, KnowsTheStepsOfTheSchema) {
  json::Document document;
  const std::string text =
      test::readFile(std::filesystem::path(LIANQIAO_SOURCE_DIR) / "schemas/work_order_step.json");
  ASSERT_TRUE(json::parse(text, document).ok());
  const json::Value* names = document.root.find("properties")->find("step")->find("enum");
  ASSERT_EQ(names->size(), 22U);
  for (std::size_t i = 0; i < names->size(); ++i) {
    EXPECT_EQ(names->elements()[i].text(), stepName(static_cast<Step>(i)));
  }
}

}  // namespace
}  // namespace lianqiao::record
