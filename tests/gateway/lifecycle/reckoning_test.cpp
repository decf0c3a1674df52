// What is told of a thing, when, and how often.
#include "lifecycle/reckoning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::lifecycle {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

WallTime minute(int count) { return WallTime(std::chrono::minutes(count)); }

Moment moment(int at, Stage stage, int level = 0, const std::string& rule = "reply") {
  return {minute(at), rule, stage, level, {}, false};
}

/// A limit of an hour with a warning, and two escalations.
std::vector<Moment> anHour(int shift = 0) {
  return {moment(50 + shift, Stage::warn), moment(60 + shift, Stage::due),
          moment(70 + shift, Stage::escalate, 1), moment(80 + shift, Stage::escalate, 2)};
}

/// "stage level" of what is told at that minute, "" for nothing; goes on from there.
class Thing {
 public:
  std::string look(int at, const std::vector<Moment>& moments, int round = 1) {
    last_ = reckon(moments, round, told_, minute(at));
    told_ = readTold(textOf(last_.told));
    if (!last_.tell) return {};
    return std::string(wordOf(last_.tell->stage)) + ' ' + std::to_string(last_.tell->level);
  }
  [[nodiscard]] const Reckoning& last() const { return last_; }

 private:
  std::vector<Told> told_;
  Reckoning last_;
};

TEST(Reckoning, TellsEachStageOnceWhenItComes) {
  Thing thing;
  EXPECT_EQ(thing.look(10, anHour()), "");
  EXPECT_EQ(thing.last().next, minute(50));
  EXPECT_EQ(thing.last().reach, Reach::none);
  EXPECT_EQ(thing.look(50, anHour()), "warn 0");
  EXPECT_EQ(thing.last().reach, Reach::warned);
  EXPECT_EQ(thing.look(51, anHour()), "");
  EXPECT_EQ(thing.look(60, anHour()), "due 0");
  EXPECT_EQ(thing.last().reach, Reach::past);
  EXPECT_EQ(thing.look(70, anHour()), "escalate 1");
  EXPECT_EQ(thing.look(80, anHour()), "escalate 2");
  EXPECT_EQ(thing.last().next, std::nullopt);
  EXPECT_EQ(thing.look(999, anHour()), "");
  EXPECT_EQ(thing.last().reach, Reach::past);
}

TEST(Reckoning, AfterAnInterruptionTellsTheHighestStageAlone) {
  Thing thing;
  EXPECT_EQ(thing.look(75, anHour()), "escalate 1");
  EXPECT_EQ(thing.look(76, anHour()), "");
  EXPECT_EQ(thing.look(80, anHour()), "escalate 2");
}

TEST(Reckoning, OfSeveralLimitsTellsTheHighestAndNoneOfTheOthersLater) {
  std::vector<Moment> moments = {moment(40, Stage::due, 0, "accept"), moment(50, Stage::warn)};
  moments.push_back(moment(60, Stage::due));
  Thing thing;
  EXPECT_EQ(thing.look(55, moments), "due 0");
  EXPECT_EQ(thing.last().tell->rule, "accept");
  EXPECT_EQ(thing.look(56, moments), "");
  EXPECT_EQ(thing.look(60, moments), "due 0");
  EXPECT_EQ(thing.last().tell->rule, "reply");
}

TEST(Reckoning, WhatWasPutOffIsToldAgainWhenItComes) {
  Thing thing;
  EXPECT_EQ(thing.look(60, anHour()), "due 0");
  EXPECT_EQ(thing.look(61, anHour(60)), "") << "an extension was agreed";
  EXPECT_EQ(thing.last().reach, Reach::none);
  EXPECT_EQ(thing.look(110, anHour(60)), "warn 0");
  EXPECT_EQ(thing.look(120, anHour(60)), "due 0");
  EXPECT_EQ(thing.look(121, anHour(-10)), "escalate 2") << "another calendar brings more forward";
}

TEST(Reckoning, WhileItsClocksStandNothingIsForgotten) {
  Thing thing;
  EXPECT_EQ(thing.look(50, anHour()), "warn 0");
  EXPECT_EQ(thing.look(55, {}), "") << "its clocks stand: it has no moment";
  EXPECT_EQ(thing.last().next, std::nullopt);
  EXPECT_EQ(thing.look(90, {moment(50, Stage::warn), moment(100, Stage::due)}), "")
      << "it was warned of before";
  EXPECT_EQ(thing.last().next, minute(100));
}

TEST(Reckoning, ANewRoundIsToldOfAnew) {
  Thing thing;
  EXPECT_EQ(thing.look(60, anHour()), "due 0");
  EXPECT_EQ(thing.look(61, anHour(), 2), "due 0");
  EXPECT_EQ(thing.look(62, anHour(), 2), "");
}

TEST(Reckoning, WhatWasToldIsReadBackAndNothingElse) {
  const std::vector<Told> told = {{"one-rule", 2, Stage::escalate, 3, minute(7)},
                                  {"另一个", 1, Stage::warn, 0, minute(8)}};
  EXPECT_EQ(readTold(textOf(told)), told);
  EXPECT_THAT(readTold("nonsense\nrule x warn 0 1\nrule 1 soon 0 1\n"), IsEmpty());
  EXPECT_THAT(readTold(""), IsEmpty());
}

}  // namespace
}  // namespace lianqiao::lifecycle
