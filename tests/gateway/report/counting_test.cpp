#include "report/counting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rfc3339.h"

namespace lianqiao::report {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

WallTime at(const std::string& text) { return *base::parseTime(text); }

Place place(const std::string& text) { return {"data." + text, *expression::parsePath(text)}; }

expression::RecordClause equals(const std::string& text, const std::string& value) {
  config::RouteCondition condition;
  condition.path = "data." + text;
  condition.op = config::RouteCondition::Operator::equals;
  condition.values = {value};
  const auto clause = expression::RecordClause::compile(condition, {}, {}, [](auto&&...) {});
  EXPECT_TRUE(clause);
  return *clause;
}

/// The assessment of a week: received, in time, overdue, returned, satisfied, repeated.
Report assessment() {
  Report report;
  report.name = "assessment";
  report.type = "work_order";
  report.by = {place("department"), place("category")};
  report.figures = {
      {.name = "received"},
      {.name = "in_time", .steps = {"closed"}, .limit = place("deadline")},
      {.name = "overdue", .steps = {"closed"}, .limit = place("deadline"), .late = true},
      {.name = "returned", .steps = {"return_applied"}},
      {.name = "satisfied", .steps = {"visited"}, .when = {equals("satisfaction", "satisfied")}},
      {.name = "repeated", .same = {place("phone"), place("category")}}};
  return report;
}

class CountingTest : public ::testing::Test {
 protected:
  void order(const std::string& key, const std::string& accepted, const std::string& data) {
    add({"r-" + key, "work_order", key, accepted}, data);
  }
  void step(const std::string& key, const std::string& name, const std::string& time,
            const std::string& more = {}) {
    add({"s-" + key, "work_order_step", key, time},
        R"({"step":")" + name + R"(","time":")" + time + "\"" + more + "}");
  }
  std::vector<std::string> rows() {
    std::vector<std::string> lines;
    const auto table = counting_.table();
    EXPECT_TRUE(table.ok());
    for (const Row& row : table->rows) lines.push_back(line(row));
    lines.push_back(line(table->total));
    return lines;
  }
  std::vector<std::string> list(const std::string& name) {
    for (std::size_t i = 0; i < report_.figures.size(); ++i)
      if (report_.figures[i].name == name) return counting_.list(i, nullptr);
    return {};
  }

  Report report_ = assessment();
  const Period period_ = *periodNamed("2026-W48", std::chrono::minutes(8 * 60));
  Counting counting_{report_, period_, at("2026-12-01T09:00:00+08:00")};

 private:
  struct Words {
    std::string id, type, key, accepted;
  };
  void add(const Words& record, const std::string& data) {
    json::Document document;
    ASSERT_TRUE(json::parse(data, document)) << data;
    ASSERT_TRUE(
        counting_
            .add({record.id, record.type, record.key, "hotline", false, at(record.accepted)},
                 document.root)
            .ok());
  }
  static std::string line(const Row& row) {
    std::string text;
    for (const std::string& group : row.groups) text += group + " ";
    for (const std::uint64_t figure : row.figures) text += std::to_string(figure) + " ";
    return text;
  }
};

const std::string kSecond = "2026-11-24T10:00:00+08:00";

TEST_F(CountingTest, CountsByUnitAndCategory) {
  order(
      "a", kSecond,
      R"({"department":{"code":"1","name":"城管局"},"category":"light","deadline":"2026-11-26T10:00:00+08:00"})");
  order(
      "b", kSecond,
      R"({"department":{"code":"1","name":"城管局"},"category":"light","deadline":"2026-11-26T10:00:00+08:00"})");
  order("c", kSecond, R"({"department":"水务局","category":"water"})");
  step("a", "closed", "2026-11-26T10:00:00+08:00");
  step("b", "closed", "2026-11-26T10:00:01+08:00");
  step("b", "return_applied", "2026-11-25T10:00:00+08:00");
  step("c", "visited", "2026-11-28T10:00:00+08:00", R"(,"satisfaction":{"code":"satisfied"})");
  EXPECT_THAT(rows(), ElementsAre("城管局 light 2 1 1 1 0 0 ", "水务局 water 1 0 0 0 1 0 ",
                                  "3 1 1 1 1 0 "));
  EXPECT_THAT(list("overdue"), ElementsAre("r-b"));
  EXPECT_THAT(list("in_time"), ElementsAre("r-a"));
  EXPECT_THAT(list("received"), ElementsAre("r-a", "r-b", "r-c"));
}

TEST_F(CountingTest, WhatIsNotDoneIsOverdueOnceItsTimeIsOver) {
  order("due", kSecond, R"({"deadline":"2026-12-01T08:59:59+08:00"})");
  order("later", kSecond, R"({"deadline":"2026-12-01T09:00:01+08:00"})");
  order("none", kSecond, R"({})");
  EXPECT_THAT(list("overdue"), ElementsAre("r-due"));
  EXPECT_THAT(list("in_time"), IsEmpty());
}

TEST_F(CountingTest, TheFirstStepCountsWhateverOrderTheyComeIn) {
  order("a", kSecond, R"({"deadline":"2026-11-26T10:00:00+08:00"})");
  step("a", "closed", "2026-11-27T10:00:00+08:00");
  step("a", "closed", "2026-11-25T10:00:00+08:00");
  EXPECT_THAT(list("in_time"), ElementsAre("r-a"));
  EXPECT_THAT(list("overdue"), IsEmpty());
}

TEST_F(CountingTest, AStepMayBeReadBeforeItsThing) {
  step("a", "closed", "2026-11-25T10:00:00+08:00");
  step("nobody's", "closed", "2026-11-25T10:00:00+08:00");
  order("a", kSecond, R"({"deadline":"2026-11-26T10:00:00+08:00"})");
  EXPECT_THAT(list("in_time"), ElementsAre("r-a"));
  EXPECT_THAT(list("received"), ElementsAre("r-a"));
}

TEST_F(CountingTest, AThingCountsOnceInThePeriodInWhichItCame) {
  order("before", "2026-11-22T23:59:59+08:00", R"({})");
  order("before", kSecond, R"({})");  // a revision
  order("in", kSecond, R"({"department":"first"})");
  order("in", "2026-11-25T10:00:00+08:00", R"({"department":"last"})");
  order("after", "2026-11-30T00:00:00+08:00", R"({})");
  EXPECT_THAT(rows(), ElementsAre("last  1 0 0 0 0 0 ", "1 0 0 0 0 0 "));
}

TEST_F(CountingTest, ADeclaredTimePutsItIntoThePeriod) {
  report_.time = place("createdTime");
  order("late to us", "2026-12-01T08:00:00+08:00",
        R"({"createdTime":"2026-11-29T23:59:59+08:00"})");
  order("of the week before", kSecond, R"({"createdTime":"2026-11-20T10:00:00+08:00"})");
  EXPECT_THAT(list("received"), ElementsAre("r-late to us"));
}

TEST_F(CountingTest, TheSecondOfThoseThatAreAlikeIsARepetition) {
  order("a", kSecond, R"({"phone":"13800012345","category":"light"})");
  order("b", "2026-11-25T10:00:00+08:00", R"({"phone":"13800012345","category":"light"})");
  order("c", "2026-11-26T10:00:00+08:00", R"({"phone":"13800012345","category":"light"})");
  order("other", "2026-11-26T10:00:00+08:00", R"({"phone":"13800012345","category":"water"})");
  order("no phone", "2026-11-26T10:00:00+08:00", R"({"category":"light"})");
  order("no phone either", "2026-11-26T10:00:00+08:00", R"({"category":"light"})");
  EXPECT_THAT(list("repeated"), ElementsAre("r-b", "r-c"));
}

TEST_F(CountingTest, ConditionsOfTheReportLeaveThingsOut) {
  report_.when = {equals("category", "light")};
  order("a", kSecond, R"({"category":"light"})");
  order("b", kSecond, R"({"category":"water"})");
  EXPECT_THAT(list("received"), ElementsAre("r-a"));
}

TEST_F(CountingTest, TheListOfARowIsOfThatRow) {
  order("a", kSecond, R"({"department":"x"})");
  order("b", kSecond, R"({"department":"y"})");
  const std::vector<std::string> groups = {"y", ""};
  EXPECT_THAT(counting_.list(0, &groups), ElementsAre("r-b"));
}

}  // namespace
}  // namespace lianqiao::report
