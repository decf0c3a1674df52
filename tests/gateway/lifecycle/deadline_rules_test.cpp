#include "lifecycle/deadline_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/lifecycle/calendar_fixture.h"
#include "lifecycle/deadline_reader.h"

namespace lianqiao::lifecycle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::filesystem::path kFolder = LIANQIAO_SOURCE_DIR;

const LifeCycles& lifeCycles() {
  static const LifeCycles kCycles = [] {
    yaml::Findings findings;
    return loadLifeCycles(kFolder / "schemas", findings);
  }();
  return kCycles;
}

const record::SchemaSet& schemas() {
  static const record::SchemaSet kSchemas = [] {
    record::SchemaSet set;
    std::vector<Problem> problems;
    set.load(kFolder / "schemas", problems);
    EXPECT_THAT(problems, IsEmpty());
    return set;
  }();
  return kSchemas;
}

DeadlineRules rulesOf(std::string_view text) {
  yaml::Findings findings;
  const auto root = yaml::YamlReader::readText(text, "deadlines.yaml", findings);
  auto rules = root ? readDeadlines(*root, lifeCycles(), schemas(), findings) : std::nullopt;
  EXPECT_TRUE(rules) << textOf(findings);
  return rules.value_or(DeadlineRules());
}

/// As `rulesOf`, of one limit for work orders that are replied to.
DeadlineRules ruleOf(std::string_view rest) {
  return rulesOf("deadlines:\n  - {name: one, source: s, type: work_order, step: replied, " +
                 std::string(rest) + "}\n");
}

const DeadlineRules& shippedRules() {
  static const DeadlineRules kRules =
      rulesOf(test::readFile(kFolder / "config" / "deadlines.yaml"));
  return kRules;
}

/// "2026-03-02 09:00 rule stage", with level and name of an escalation.
std::vector<std::string> texts(const std::vector<Moment>& moments) {
  std::vector<std::string> all;
  for (const Moment& one : moments) {
    std::string text = shown(one.at) + ' ' + one.rule + ' ' + std::string(wordOf(one.stage));
    if (one.level > 0) text += ' ' + std::to_string(one.level) + ' ' + one.name;
    all.push_back(text + (one.provisional ? " provisional" : ""));
  }
  return all;
}

std::vector<Moment> momentsOf(const DeadlineRules& rules, const ClockState& state,
                              std::string_view data = "{}", std::string_view type = "work_order") {
  json::Document document;
  EXPECT_TRUE(json::parse(data, document).ok()) << data;
  return rules.moments({.type = type, .peer = "hotline", .data = &document.root}, state,
                       shippedCalendar());
}

ClockState dispatchedAt(std::string_view time) {
  return {.receipt = at("2026-03-02 08:40"),
          .acceptance = at("2026-03-02 08:50"),
          .dispatch = at(time)};
}

TEST(DeadlineRules, TellWarningDueTimeAndEscalationsByTime) {
  const DeadlineRules rules = ruleOf(
      "start: dispatch, limit: 4 work_hours, warn: 1 work_hours, "
      "escalate: [{after: 30 min, name: leader}, {after: 1 working_days, name: mayor}]");
  EXPECT_THAT(texts(momentsOf(rules, dispatchedAt("2026-03-02 09:00"))),
              ElementsAre("2026-03-02 13:30 one warn", "2026-03-02 14:30 one due",
                          "2026-03-02 15:00 one escalate 1 leader",
                          "2026-03-03 14:30 one escalate 2 mayor"));
}

TEST(DeadlineRules, NobodyIsWarnedBeforeTheClockStarts) {
  EXPECT_THAT(texts(momentsOf(ruleOf("start: dispatch, limit: 1 h, warn: 5 work_hours"),
                              dispatchedAt("2026-03-02 11:00"))),
              ElementsAre("2026-03-02 11:00 one warn", "2026-03-02 12:00 one due"));
}

TEST(DeadlineRules, CountFromTheMomentThatTheyName) {
  const ClockState state = dispatchedAt("2026-03-03 09:00");
  const auto dueFrom = [&](std::string_view start) {
    return texts(
        momentsOf(ruleOf("start: " + std::string(start) + ", limit: 2 working_days"), state));
  };
  EXPECT_THAT(dueFrom("receipt"), ElementsAre("2026-03-04 08:40 one due"));
  EXPECT_THAT(dueFrom("acceptance"), ElementsAre("2026-03-04 08:50 one due"));
  EXPECT_THAT(dueFrom("dispatch"), ElementsAre("2026-03-05 09:00 one due"));
  EXPECT_THAT(dueFrom("day_after_receipt"), ElementsAre("2026-03-04 17:30 one due"));
  EXPECT_THAT(dueFrom("day_after_dispatch"), ElementsAre("2026-03-05 17:30 one due"));
  EXPECT_THAT(dueFrom("dispatch, ends: close"), ElementsAre("2026-03-05 17:30 one due"));
  EXPECT_THAT(texts(momentsOf(ruleOf("start: dispatch, limit: 2 h"), {.receipt = state.receipt})),
              IsEmpty())
      << "what was not dispatched has no such clock";
}

TEST(DeadlineRules, OwesNothingOnceTheStepIsMadeOrTheThingHasEnded) {
  const DeadlineRules rules = rulesOf(
      "deadlines:\n  - {name: one, source: s, type: work_order, step: [signed, replied], start: "
      "dispatch, limit: 1 h}\n");
  ClockState state = dispatchedAt("2026-03-02 09:00");
  state.made = {"dispatched", "urged"};
  EXPECT_EQ(momentsOf(rules, state).size(), 1U);
  state.made.push_back("replied");
  EXPECT_THAT(momentsOf(rules, state), IsEmpty()) << "without having signed";
  state = dispatchedAt("2026-03-02 09:00");
  state.ended = true;
  EXPECT_THAT(momentsOf(rules, state), IsEmpty());
}

TEST(DeadlineRules, AClockThatStandsLetsNothingComeDue) {
  const DeadlineRules rules = ruleOf(
      "start: dispatch, limit: 2 working_days, warn: 1 working_days, escalate: [{after: 1 h, name: "
      "x}]");
  ClockState state = dispatchedAt("2026-03-02 09:00");
  state.stood = {{at("2026-03-02 10:00"), std::nullopt}};
  EXPECT_THAT(momentsOf(rules, state), IsEmpty());
  state.stood = {{at("2026-03-02 10:00"), at("2026-03-05 10:00")}};
  EXPECT_THAT(texts(momentsOf(rules, state)),
              ElementsAre("2026-03-06 09:00 one warn", "2026-03-09 09:00 one due",
                          "2026-03-09 10:00 one escalate 1 x"));
  state.stood = {{at("2026-03-04 09:30"), std::nullopt}};
  EXPECT_THAT(texts(momentsOf(rules, state)),
              ElementsAre("2026-03-03 09:00 one warn", "2026-03-04 09:00 one due"))
      << "it was due before; while it stands nobody else is told";
}

TEST(DeadlineRules, AnExtensionLengthensTheLimitAsOftenAsTheRuleAllows) {
  const DeadlineRules rules = ruleOf(
      "start: dispatch, limit: 2 working_days, warn: 1 working_days, extension: {most: 1, by: 3 "
      "working_days}");
  ClockState state = dispatchedAt("2026-03-02 09:00");
  state.extensions = {std::nullopt};
  EXPECT_THAT(texts(momentsOf(rules, state)),
              ElementsAre("2026-03-06 09:00 one warn", "2026-03-09 09:00 one due"));
  state.extensions = {std::nullopt, std::nullopt};
  EXPECT_EQ(texts(momentsOf(rules, state)).back(), "2026-03-09 09:00 one due");
  state.extensions = {at("2026-03-05 12:00")};
  EXPECT_EQ(texts(momentsOf(rules, state)).back(), "2026-03-05 12:00 one due")
      << "agreed until an earlier moment";
  state.extensions = {at("2026-03-03 12:00")};
  EXPECT_EQ(texts(momentsOf(rules, state)).back(), "2026-03-04 09:00 one due")
      << "what is agreed shortens nothing";
  state.extensions = {at("2026-03-20 12:00")};
  EXPECT_EQ(texts(momentsOf(rules, state)).back(), "2026-03-09 09:00 one due")
      << "no more than the rule gives";
  EXPECT_EQ(texts(momentsOf(ruleOf("start: dispatch, limit: 2 working_days"), state)).back(),
            "2026-03-04 09:00 one due")
      << "a rule without extension gives none";
}

TEST(DeadlineRules, TheFirstLimitThatFitsCountsForItsStepAndStart) {
  const ClockState state = dispatchedAt("2026-03-02 09:00");
  const auto rules = [&](std::string_view data) {
    std::vector<std::string> names;
    for (const Moment& one : momentsOf(shippedRules(), state, data)) {
      if (one.stage == Stage::due) names.push_back(one.rule);
    }
    return names;
  };
  EXPECT_THAT(rules(R"({"urgency":{"code":"emergency"},"category":{"code":"utilities.water"}})"),
              ElementsAre("accept-danger", "handle-others"));
  EXPECT_THAT(rules(R"({"category":{"code":"utilities.water"}})"),
              ElementsAre("accept-utilities", "handle-others"));
  EXPECT_THAT(rules(R"({"category":{"code":"cityscape.waste"}})"),
              ElementsAre("handle-street-cleaning", "accept-others"));
  EXPECT_THAT(rules(R"({"orderType":{"code":"consultation"}})"),
              ElementsAre("accept-others", "handle-consultation", "handle-others"));
}

TEST(DeadlineRules, PeerAndPriorityChooseToo) {
  const DeadlineRules rules = rulesOf(
      "deadlines:\n"
      "  - {name: high, source: s, type: work_order, step: replied, start: dispatch, limit: 1 h, "
      "when: {priority: high}}\n"
      "  - {name: hot, source: s, type: work_order, step: replied, start: dispatch, limit: 2 h, "
      "when: {peer: hotline}}\n");
  const ClockState state = dispatchedAt("2026-03-02 09:00");
  DeadlineSubject subject{.type = "work_order", .peer = "hotline"};
  EXPECT_EQ(rules.moments(subject, state, shippedCalendar()).front().rule, "hot");
  subject.priority = record::Priority::high;
  EXPECT_EQ(rules.moments(subject, state, shippedCalendar()).front().rule, "high");
  subject = {.type = "work_order", .peer = "grid"};
  EXPECT_THAT(rules.moments(subject, state, shippedCalendar()), IsEmpty());
  subject = {.type = "alert", .peer = "hotline"};
  EXPECT_THAT(rules.moments(subject, state, shippedCalendar()), IsEmpty());
}

TEST(DeadlineRules, TheShippedExamplesComeOutAsTheirSourcesSay) {
  EXPECT_THAT(
      texts(momentsOf(shippedRules(), {.receipt = at("2026-03-02 03:00")}, "{}", "alert")),
      ElementsAre("2026-03-02 03:07 alert-response warn", "2026-03-02 03:10 alert-response due",
                  "2026-03-02 03:15 alert-response escalate 1 duty-leader",
                  "2026-03-02 03:30 alert-response escalate 2 county-centre"));
  ClockState complaint = {.receipt = at("2026-09-11 20:00")};
  EXPECT_THAT(
      texts(momentsOf(shippedRules(), complaint, R"({"orderType":{"code":"complaint"}})")),
      ElementsAre("2026-09-28 17:30 handle-complaint warn", "2026-09-30 17:30 handle-complaint due",
                  "2026-10-08 17:30 handle-complaint escalate 1 urge-notice",
                  "2026-10-13 17:30 handle-complaint escalate 2 criticism"))
      << "13 working days from Saturday 12 September: Sunday 20 is worked, 25 to 27 are not";
}

/// A district's own system: creation + 7 days, a warning two days before it.
TEST(DeadlineRules, SevenDaysAreWhatAHotlineItselfReckons) {
  LIANQIAO_NEEDS_DATA("field-cases/i20_first_drops.json");
  json::Document order;
  const std::string text = test::readFile(test::sharedData("field-cases/i20_first_drops.json"));
  ASSERT_TRUE(json::parse(text, order).ok());
  const auto time = [&](const char* name) {
    return std::string(order.root.find(name)->text().substr(0, 16));
  };
  const auto moments = momentsOf(ruleOf("start: receipt, limit: 7 days, warn: 2 days"),
                                 {.receipt = at(time("callTime"))});
  EXPECT_THAT(texts(moments),
              ElementsAre("2026-03-07 08:00 one warn", time("deadlineDate") + " one due"));
}

TEST(DeadlineRules, WhatReachesIntoAnUnknownYearIsProvisional) {
  EXPECT_THAT(
      texts(momentsOf(ruleOf("start: dispatch, limit: 5 working_days, warn: 4 working_days"),
                      dispatchedAt("2026-12-29 09:00"))),
      ElementsAre("2026-12-30 09:00 one warn provisional", "2027-01-05 09:00 one due provisional"));
  EXPECT_THAT(
      texts(momentsOf(ruleOf("start: dispatch, limit: 7 days"), dispatchedAt("2026-12-29 09:00"))),
      ElementsAre("2027-01-05 09:00 one due"));
}

/// What an interruption missed is told once, at the highest stage.
TEST(DeadlineRules, AfterAnInterruptionTheHighestStageReachedIsTold) {
  const std::vector<Moment> moments =
      momentsOf(rulesOf("deadlines:\n"
                        "  - {name: sign, source: s, type: work_order, step: signed, start: "
                        "dispatch, limit: 1 h, warn: 30 min}\n"
                        "  - {name: reply, source: s, type: work_order, step: replied, start: "
                        "dispatch, limit: 3 h, warn: 1 h,"
                        " escalate: [{after: 1 h, name: a}, {after: 2 h, name: b}]}\n"),
                dispatchedAt("2026-03-02 09:00"));
  const auto told = [&](std::string_view now) {
    const Moment* const highest = highestReached(moments, at(now));
    return highest == nullptr ? std::string("nothing") : texts({*highest}).front();
  };
  EXPECT_EQ(told("2026-03-02 09:29"), "nothing");
  EXPECT_EQ(told("2026-03-02 09:30"), "2026-03-02 09:30 sign warn");
  EXPECT_EQ(told("2026-03-02 11:00"), "2026-03-02 10:00 sign due") << "a warning came after it";
  EXPECT_EQ(told("2026-03-02 12:00"), "2026-03-02 12:00 reply due");
  EXPECT_EQ(told("2026-03-05 00:00"), "2026-03-02 14:00 reply escalate 2 b");
  EXPECT_EQ(texts({*nextAfter(moments, at("2026-03-02 10:00"))}).front(),
            "2026-03-02 11:00 reply warn");
  EXPECT_EQ(nextAfter(moments, at("2026-03-02 14:00")), nullptr);
}

}  // namespace
}  // namespace lianqiao::lifecycle
