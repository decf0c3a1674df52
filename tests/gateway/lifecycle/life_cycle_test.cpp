#include "lifecycle/life_cycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>
#include <map>

#include "conformance/test_data.h"
#include "gateway/lifecycle/findings_text.h"
#include "lianqiao/json.h"
#include "lifecycle/life_cycle_reader.h"
#include "lifecycle/life_moves.h"
#include "support/temporary_folder.h"
#include "yaml/yaml_reader.h"

namespace lianqiao::lifecycle {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

const std::filesystem::path kSchemas = std::filesystem::path(LIANQIAO_SOURCE_DIR) / "schemas";

const LifeCycle& shipped(std::string_view type) {
  static const LifeCycles kCycles = [] {
    yaml::Findings findings;
    LifeCycles cycles = loadLifeCycles(kSchemas, findings);
    EXPECT_TRUE(findings.empty()) << textOf(findings);
    return cycles;
  }();
  return kCycles.find(type)->second.value();
}

/// The state behind those steps, or the refusal.
std::string run(std::string_view type, std::initializer_list<const char*> steps) {
  const LifeCycle& cycle = shipped(type);
  Standing standing;
  for (const char* step : steps) {
    const auto next = cycle.advance(standing, step);
    if (!next) return next.error().detail;
    standing = *next;
  }
  const std::string round = standing.round == 1 ? "" : " round " + std::to_string(standing.round);
  return cycle.textOf(standing.state, standing.pending) + round;
}

TEST(LifeCycle, OfAWorkOrderKnowsTheStepsOfItsSchema) {
  json::Document document;
  const std::string text = test::readFile(kSchemas / "work_order_step.json");
  ASSERT_TRUE(json::parse(text, document).ok());
  std::vector<std::string> wanted;
  for (const json::Value& name :
       document.root.find("properties")->find("step")->find("enum")->elements())
    wanted.emplace_back(name.text());
  std::vector<std::string> known;
  for (const LifeCycle::Step& step : shipped("work_order").steps()) known.push_back(step.name);
  EXPECT_THAT(known, testing::UnorderedElementsAreArray(wanted));
}

TEST(LifeCycle, ASuspendedOrderStandsAndGoesOn) {
  EXPECT_EQ(run("work_order", {"dispatched", "signed", "suspended", "resumed", "replied"}),
            "replied");
  EXPECT_EQ(run("work_order", {"dispatched", "delay_applied", "suspended"}), "suspended,delay");
  EXPECT_EQ(run("work_order", {"visited", "suspended"}), "step suspended cannot follow on visited");
  EXPECT_EQ(run("work_order", {"signed", "resumed"}), "step resumed cannot follow on signed");
}

TEST(LifeCycle, OfSeveralDepartmentsOneMayReportInWhenAnotherHasAnswered) {
  EXPECT_EQ(run("work_order", {"dispatched", "joint", "signed", "replied", "signed"}), "replied");
  EXPECT_EQ(run("work_order", {"dispatched", "replied", "signed", "in_progress", "replied"}),
            "replied");
  EXPECT_EQ(run("work_order", {"dispatched", "closed", "signed"}),
            "step signed cannot follow on closed");
}

TEST(LifeCycle, AfterThreeReturnsTheHotlineDesignates) {
  EXPECT_EQ(run("work_order", {"dispatched", "return_applied", "return_agreed", "dispatched",
                               "return_applied", "return_agreed"}),
            "audited round 3");
  const auto thrice = {"dispatched", "return_applied", "return_agreed",
                       "dispatched", "return_applied", "return_agreed",
                       "dispatched", "return_applied", "return_agreed"};
  EXPECT_EQ(run("work_order", thrice), "designated round 4");
  std::vector<const char*> more(thrice);
  const LifeCycle& cycle = shipped("work_order");
  Standing standing;
  for (const char* step : thrice) standing = *cycle.advance(standing, step);
  standing = *cycle.advance(standing, "signed");
  EXPECT_EQ(cycle.advance(standing, "return_applied").error().detail,
            "step return_applied cannot follow on signed: 3 returns were agreed");
  EXPECT_TRUE(cycle.advance(standing, "replied").ok());
}

TEST(LifeCycle, WhatComesBackIsANewRound) {
  EXPECT_EQ(run("work_order", {"dispatched", "replied", "closed", "redispatched"}),
            "dispatched round 2");
  EXPECT_EQ(run("work_order", {"redispatched"}), "dispatched") << "nothing is known of one before";
  EXPECT_EQ(run("dispute", {"accepted", "dispatched", "handled", "reworked"}), "in_progress")
      << "rework is the same round";
  EXPECT_EQ(run("dispute", {"accepted", "dispatched", "returned"}), "accepted round 2");
}

TEST(LifeCycle, DisputesAlertsAndServiceCasesGoTheirUsualWay) {
  EXPECT_EQ(run("dispute", {"registered", "accepted", "dispatched", "in_progress", "suspended",
                            "resumed", "handled", "verified", "closed", "evaluated"}),
            "evaluated");
  EXPECT_EQ(run("dispute", {"dispatched", "delay_applied", "delay_agreed", "handled"}), "handled");
  EXPECT_EQ(run("dispute", {"cancelled", "accepted"}), "step accepted cannot follow on cancelled");
  EXPECT_EQ(run("alert", {"raised", "accepted", "dispatched", "in_progress", "handled", "closed"}),
            "closed");
  EXPECT_EQ(run("alert", {"raised", "cancelled"}), "cancelled") << "a false alarm";
  EXPECT_EQ(run("service_case", {"applied", "accepted", "in_progress", "suspended", "resumed",
                                 "closed", "evaluated", "archived"}),
            "archived");
  EXPECT_EQ(run("service_case", {"closed", "accepted"}), "step accepted cannot follow on closed");
  EXPECT_EQ(run("alert", {"raised", "flown"}), "the type alert has no step flown");
}

TEST(LifeCycle, ATableHasWhatAScriptNeeds) {
  const auto table = shipped("work_order").table();
  EXPECT_THAT(table, Contains(Pair("rounds", ";return_agreed;redispatched;")));
  EXPECT_THAT(table, Contains(Pair("acceptance", ";registered;")));
  EXPECT_THAT(table, Contains(Pair("dispatch", ";dispatched;redispatched;")));
  EXPECT_THAT(table, Contains(Pair("stands", ";suspended;")));
  EXPECT_THAT(table, Contains(Pair("ends", ";closed;revoked;")));
  EXPECT_THAT(table, Contains(Pair("returns", "return_agreed 3 designated ;return_applied;")));
  EXPECT_THAT(table, Contains(Pair("m:resumed",
                                   ";>in_progress;suspended>in_progress;"
                                   "suspended,delay>in_progress,delay;"
                                   "suspended,return>in_progress,return;"
                                   "suspended,return,delay>in_progress,return,delay;")));
}

TEST(LifeCycle, OfWhatTellsItsOwnStateATableNamesTheStepThatLeadsThere) {
  const auto table = shipped("dispute").table();
  std::map<std::string, std::string> fields(table.begin(), table.end());
  EXPECT_FALSE(fields.contains("m:reopened"));
  EXPECT_THAT(
      fields["m:accepted"],
      testing::AllOf(HasSubstr(";>accepted=accepted;"), HasSubstr(";registered>accepted=accepted;"),
                     HasSubstr(";dispatched,delay>accepted=returned;"),
                     HasSubstr(";closed>accepted=reopened;")));
  EXPECT_THAT(fields["m:in_progress"],
              testing::AllOf(HasSubstr(";dispatched>in_progress=in_progress;"),
                             HasSubstr(";handled>in_progress=reworked;")));
  EXPECT_EQ(fields["closing"], ";closed;evaluated;cancelled;");
  EXPECT_EQ(fields["field"], "status.code");
  EXPECT_EQ(fields["by"], "dispute");
}

TEST(LifeCycle, AWorkOrderIsMovedByItsStepsAndOthersByTheirStatus) {
  yaml::Findings findings;
  const LifeCycles cycles = loadLifeCycles(kSchemas, findings);
  const LifeMoves moves = movesOf(cycles);
  EXPECT_EQ(moves.at("work_order_step").cycle, "work_order");
  EXPECT_EQ(moves.at("work_order_step").field, std::vector<std::string>{"step"});
  EXPECT_EQ(moves.at("alert").cycle, "alert");
  EXPECT_EQ(moves.at("alert").field, (std::vector<std::string>{"status", "code"}));
  EXPECT_FALSE(moves.contains("work_order"));
  const record::LifeTables tables = tablesOf(cycles);
  EXPECT_EQ(tables.at("work_order").name, "work_order:1");
  EXPECT_EQ(tables.at("work_order").path, "/data/step");
  EXPECT_THAT(tables.at("work_order").fields, Contains(Pair("closing", ";closed;revoked;")));
  EXPECT_EQ(tables.at("service_case").path, "/data/status/code");
}

TEST(LifeCycle, WhatMovesItIsHeldToTheSchemas) {
  record::SchemaSet types;
  std::vector<Problem> problems;
  types.load(kSchemas, problems);
  const auto told = [&](const std::string& movedBy) {
    yaml::Findings findings;
    const std::string text =
        "type: t\nversion: \"1\"\nstates: {a: {end: true}}\nsteps: {one: {from: unseen, to: a}}\n"
        "moved_by: " +
        movedBy;
    const auto root = yaml::YamlReader::readText(text, "t", findings);
    readLifeCycle(*root, "t", findings, &types);
    return textOf(findings);
  };
  EXPECT_THAT(told("{type: work_order_stp, field: step}\n"),
              HasSubstr("t:5:18: moved_by.type: there is no type 'work_order_stp'; did you mean "
                        "'work_order_step'?"));
  EXPECT_THAT(told("{type: work_order_step, field: setp}\n"),
              HasSubstr("moved_by.field: no work_order_step has the field 'setp'"));
  EXPECT_THAT(told("{type: work_order_step, field: step}\n"),
              HasSubstr("the field may be 'registered', and there is no such step"));
  EXPECT_THAT(told("{type: alert}\n"), HasSubstr("the key 'field' is missing"));
}

TEST(LifeCycle, ARecordMovesOneLife) {
  const test::TemporaryFolder folder;
  for (const char* type : {"s", "t"})
    std::ofstream(folder.path() / (std::string(type) + ".lifecycle.yaml"))
        << "type: " << type
        << "\nversion: \"1\"\nmoved_by: {type: u, field: step}\nstates: {a: {end: true}}\n"
           "steps: {one: {from: unseen, to: a}}\n";
  yaml::Findings findings;
  loadLifeCycles(folder.path(), findings);
  EXPECT_THAT(textOf(findings),
              HasSubstr("records of this type move the life of a s already; leave one out"));
}

/// The findings of a file named t.lifecycle.yaml, one a line.
std::string cycleFindings(std::string_view text) {
  yaml::Findings findings;
  const auto root = yaml::YamlReader::readText(text, "t", findings);
  const bool made = root && readLifeCycle(*root, "t", findings).has_value();
  EXPECT_EQ(made, findings.empty());
  return textOf(findings);
}

std::string bodyFindings(std::string_view body) {
  return cycleFindings("type: t\nversion: \"1\"\n" + std::string(body));
}

constexpr std::string_view kStates = "states: {a: {}, b: {}, c: {end: true}}\n";

TEST(LifeCycle, AStateThatNothingLeadsToIsRefused) {
  EXPECT_EQ(bodyFindings(std::string(kStates) +
                         "steps:\n  one: {from: unseen, to: a}\n  two: {from: [a, b], to: c}\n"),
            "t:3:17: states.b: no step leads to the state 'b'; write a step that does, or leave "
            "the state out\n");
}

TEST(LifeCycle, AStateThatNothingLeadsOutOfIsRefusedUnlessItIsAnEnd) {
  EXPECT_EQ(bodyFindings(std::string(kStates) +
                         "steps:\n  one: {from: unseen, to: a}\n  two: {from: a, to: b}\n"
                         "  three: {from: a, to: c}\n  again: {from: b, to: b}\n"),
            "t:3:17: states.b: no step leads out of the state 'b'; write a step that does, or mark "
            "it {end: true}\n");
}

TEST(LifeCycle, AStepThatStandsTwiceOrHasTwoMovesFromAStateIsRefused) {
  EXPECT_THAT(bodyFindings("states: {a: {end: true}}\nsteps:\n  one: {from: unseen, to: a}\n"
                           "  one: {from: a, to: a}\n"),
              HasSubstr("t:6:3: steps: the key 'one' stands twice in this map"));
  EXPECT_EQ(bodyFindings("states: {a: {end: true}}\ngroups: {all: [a]}\nsteps:\n"
                         "  one:\n    - {from: [unseen, a], to: a}\n    - {from: all, to: a}\n"),
            "t:8:14: steps.one[1].from: the step has a move from a already, in line 7; leave one "
            "out: each state has one move of a step\n");
}

TEST(LifeCycle, EveryNameThatIsNotThereIsTold) {
  const std::string told = bodyFindings(
      "states: {a: {end: true}}\npending: [delay]\nsteps:\n"
      "  one: {from: unseen, to: aa}\n  two: {from: [b], raise: dellay}\n"
      "rounds: [onne]\nclocks: {acceptance: [x], despatch: []}\n"
      "returns: {step: two, most: 0, then: a, refuse: [y]}\nstats: {}\n");
  for (const char* what :
       {"t:6:27: steps.one.to: there is no state 'aa'; did you mean 'a'?",
        "t:7:16: steps.two.from[0]: there is no state 'b'",
        "steps.two.raise: there is no word below pending 'dellay'; did you mean 'delay'?",
        "rounds[0]: there is no step 'onne'; did you mean 'one'?",
        "clocks.acceptance[0]: there is no step 'x'",
        "clocks.despatch: the key 'despatch' is not known here; did you mean 'dispatch'?",
        "returns.most: '0' is out of range", "returns.refuse[0]: there is no step 'y'",
        "stats: the key 'stats' is not known here; did you mean 'states'?"})
    EXPECT_THAT(told, HasSubstr(what));
}

TEST(LifeCycle, AFileNamesItsTypeAndVersion) {
  EXPECT_THAT(
      cycleFindings("type: u\nstates: {a: {end: true}}\nsteps: {one: {from: unseen, to: a}}\n"),
      testing::AllOf(HasSubstr("t:1:7: type: the type differs from the file's"),
                     HasSubstr("the key 'version' is missing")));
}

TEST(LifeCycle, NothingIsPendingOfWhatWasNeverSeen) {
  EXPECT_THAT(
      bodyFindings("states: {a: {end: true}}\npending: [delay]\nsteps:\n"
                   "  one: {from: unseen, to: a}\n  two: {from: [unseen, a], raise: delay}\n"),
      HasSubstr("t:7:15: steps.two.from: nothing is pending of what was never seen"));
}

}  // namespace
}  // namespace lianqiao::lifecycle
