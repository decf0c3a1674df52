#include "lifecycle/deadline_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/lifecycle/calendar_fixture.h"
#include "lifecycle/amount_text.h"
#include "lifecycle/deadlines.h"
#include "support/temporary_folder.h"

namespace lianqiao::lifecycle {
namespace {

using testing::HasSubstr;

/// The findings of that file beside the shipped calendar and schemas, one a line.
std::string findingsBeside(std::string_view text) {
  yaml::Findings findings;
  const std::filesystem::path source = LIANQIAO_SOURCE_DIR;
  const auto calendar =
      yaml::YamlReader::readFile(source / "config/calendar.yaml", "calendar.yaml", findings);
  const auto root = yaml::YamlReader::readText(text, "deadlines.yaml", findings);
  compileDeadlines(source / "schemas", &*calendar, &*root, findings);
  return textOf(findings);
}

/// Of a limit for work orders; `rest` begins in column 3.
std::string findingsOfLimit(std::string_view rest) {
  return findingsBeside(
      "deadlines:\n- name: one\n  source: s\n  type: work_order\n  step: replied\n" +
      std::string(rest));
}

TEST(DeadlineReader, AmountsHaveAUnit) {
  const auto readAs = [](std::string_view text) {
    const auto reading = parseAmount(text);
    const auto* amount = std::get_if<Amount>(&reading);
    return amount == nullptr ? std::get<yaml::BadValue>(reading).remedy
                             : std::to_string(static_cast<int>(amount->unit)) + ':' +
                                   std::to_string(amount->count);
  };
  EXPECT_EQ(readAs("15 min"), "0:15");
  EXPECT_EQ(readAs("30 s"), "4:30");
  EXPECT_EQ(readAs("86401 s"), "write 1 to 86400 s");
  EXPECT_EQ(readAs("2h"), "0:120");
  EXPECT_EQ(readAs("5 work_hours"), "1:5");
  EXPECT_EQ(readAs("10 working_days"), "2:10");
  EXPECT_EQ(readAs("7 days"), "3:7");
  EXPECT_EQ(readAs("5 work_hour"), "did you mean 'work_hours'?");
  EXPECT_EQ(readAs("0 days"), "write 1 to 3650 days");
  EXPECT_EQ(readAs("99999999999 min"), "write 1 to 5256000 min");
  EXPECT_THAT(readAs("soon"), HasSubstr("write it as in 15 min"));
  EXPECT_THAT(readAs("1.5 h"), HasSubstr("one of s, min, h"));
}

TEST(DeadlineReader, WhatIsNoLimitIsToldOnce) {
  EXPECT_EQ(findingsBeside("deadlines: [soon]\n"),
            "deadlines.yaml:1:13: deadlines[0]: a limit is wanted here; write {name: …, type: …, "
            "step: …}\n");
}

TEST(DeadlineReader, TypesStepsAndFieldsMustBeThere) {
  const std::string told = findingsBeside(
      "deadlines:\n"
      "- {name: a, source: s, type: work_ordre, step: x, start: receipt, limit: 1 h}\n"
      "- {name: b, source: s, type: work_order, step: [replid], start: receipt, limit: 1 h, when: "
      "{data.urgenci: x}}\n"
      "- {name: c, source: s, type: service_case, step: closed, start: dispatch, limit: 1 h}\n"
      "- {name: d, source: s, type: work_order, step: signed, start: receipt, limit: 1 h, when: "
      "{type: alert, data.location.point.datum: gcj02}}\n"
      "- {name: a, type: alert, step: closed, start: receipts, limit: 1 h}\n");
  for (const char* what :
       {":2:30: deadlines[0].type: there is no life cycle of the type 'work_ordre'; did you mean "
        "'work_order'?",
        ":3:49: deadlines[1].step[0]: a life cycle of work_order has no step 'replid'; did you "
        "mean 'replied'?",
        "deadlines[1].when.data.urgenci: no record of these types has the field `data.urgenci`; "
        "did "
        "you mean",
        "deadlines[2].start: no step of a service_case starts this clock",
        "deadlines[3].when.type: the type stands beside `when`",
        "no record has in `data.location.point.datum` the value `gcj02`",
        "deadlines[4].name: another limit is named 'a' too",
        "deadlines[4]: the key 'source' is missing",
        "deadlines[4].start: 'receipts' is not a choice here"})
    EXPECT_THAT(told, HasSubstr(what));
}

TEST(DeadlineReader, WhatCannotBeMeantIsRefused) {
  EXPECT_EQ(findingsOfLimit("  start: receipt\n  limit: 1 h\n"), "");
  EXPECT_EQ(findingsOfLimit("  start: receipt\n  limit: 2 working_days\n  warn: 2 working_days\n"),
            "deadlines.yaml:8:9: deadlines[0].warn: the warning would come before the clock "
            "starts; write less than the limit\n");
  EXPECT_THAT(findingsOfLimit("  start: receipt\n  limit: 2 h\n  ends: close\n"),
              HasSubstr("only a limit in days ends at close of business"));
  EXPECT_THAT(findingsOfLimit("  start: day_after_receipt\n  limit: 2 h\n"),
              HasSubstr("minutes and hours count from the moment itself"));
  EXPECT_THAT(findingsOfLimit("  start: day_after_receipt\n  limit: 2 days\n  ends: same_time\n"),
              HasSubstr("a limit that counts from the day after has no time of day"));
  EXPECT_THAT(
      findingsOfLimit(
          "  start: receipt\n  limit: 2 days\n  extension: {most: 1, by: 5 working_days}\n"),
      HasSubstr("the limit is in another unit; write both in the same unit"));
  EXPECT_THAT(
      findingsOfLimit("  start: receipt\n  limit: 2 h\n  escalate:\n  - {after: 2 h, name: a}\n"
                      "  - {after: 1 h, name: b}\n"),
      HasSubstr(":10:13: deadlines[0].escalate[1].after: it comes no later than the one "
                "above it"));
  EXPECT_THAT(findingsOfLimit("  start: receipt\n  limit: 2 h\n  escalate: []\n  warm: 1 h\n"),
              testing::AllOf(HasSubstr("a list of 1 to 10 escalations is wanted here"),
                             HasSubstr("did you mean 'warn'?")));
}

TEST(DeadlineReader, ALimitBehindOneThatTakesAllIsToldAsNeverChosen) {
  EXPECT_THAT(findingsOfLimit("  start: receipt\n  limit: 1 h\n"
                              "- {name: two, source: s, type: work_order, step: replied, start: "
                              "day_after_receipt, limit: 2 days, when: {priority: high}}\n"),
              HasSubstr("deadlines.yaml:8:3: deadlines[1]: the limit 'one' above takes every "
                        "work_order; put the one without `when` last"));
}

TEST(DeadlineReader, LimitsWithoutACalendarAreRefused) {
  yaml::Findings findings;
  const auto root = yaml::YamlReader::readText("deadlines: []\n", "deadlines.yaml", findings);
  const Deadlines made = compileDeadlines(std::filesystem::path(LIANQIAO_SOURCE_DIR) / "schemas",
                                          nullptr, &*root, findings);
  EXPECT_THAT(textOf(findings), HasSubstr("there is no calendar.yaml to count these limits by"));
  EXPECT_FALSE(made.calendar);
}

TEST(DeadlineReader, AMissingNextYearIsACautionFromNovemberOn) {
  Deadlines deadlines;
  EXPECT_THAT(cautions(deadlines, at("2026-11-30 00:00")), testing::IsEmpty());
  deadlines.calendar = shippedCalendar();
  EXPECT_THAT(cautions(deadlines, at("2026-10-30 00:00")), testing::IsEmpty());
  EXPECT_THAT(cautions(deadlines, at("2026-11-30 00:00")),
              testing::ElementsAre(HasSubstr("calendar.yaml: 2027 is missing")));
}

TEST(DeadlineReader, LimitsNeedASchemaToTellThemBy) {
  const test::TemporaryFolder folder;
  const std::filesystem::path source = LIANQIAO_SOURCE_DIR;
  for (const char* name : {"alert.json", "alert.lifecycle.yaml"})
    std::filesystem::copy_file(source / "schemas" / name, folder.path() / name);
  yaml::Findings findings;
  const auto root = yaml::YamlReader::readText(
      "deadlines:\n- {name: a, source: s, type: alert, step: handled, start: receipt, limit: 1 "
      "h}\n",
      "deadlines.yaml", findings);
  const auto calendar = yaml::YamlReader::readFile(source / "config/calendar.yaml", "c", findings);
  compileDeadlines(folder.path(), &*calendar, &*root, findings);
  EXPECT_EQ(
      textOf(findings),
      "deadlines.yaml:1:1: there is no schema of the type reminder to tell of limits by; copy "
      "reminder.json of the shipped schemas\n");
}

TEST(DeadlineReader, NothingThatTellsOfAPersonChoosesALimit) {
  EXPECT_THAT(
      findingsOfLimit("  start: receipt\n  limit: 1 h\n  when: {data.reporter.name: 王}\n"),
      HasSubstr(":8:30: deadlines[0].when.data.reporter.name: limits are not chosen by what "
                "tells of a person; name a field that is public in "
                "schemas/work_order.json"));
  EXPECT_EQ(
      findingsOfLimit("  start: receipt\n  limit: 1 h\n  when: {data.urgency: x, data.grid.code: "
                      "g, data.isSecret: true, peer: p, priority: high}\n"),
      "");
}

/// A life cycle that is wrong is told in its own file, and limits for its type say nothing more.
TEST(DeadlineReader, AWrongLifeCycleIsToldOnce) {
  const test::TemporaryFolder folder;
  folder.write("alert.json",
               R"({"$id":"urn:lianqiao:schema:alert:1.0","x-version":"1.0","type":"object"})");
  folder.write("reminder.json",
               R"({"$id":"urn:lianqiao:schema:reminder:1.0","x-version":"1.0","type":"object"})");
  folder.write("alert.lifecycle.yaml", "type: alert\nversion: \"1\"\nstates: {a: {}}\nsteps: {}\n");
  yaml::Findings findings;
  const auto root = yaml::YamlReader::readText(
      "deadlines:\n- {name: a, source: s, type: alert, step: x, start: dispatch, limit: 1 h}\n",
      "deadlines.yaml", findings);
  const auto calendar = yaml::YamlReader::readFile(
      std::filesystem::path(LIANQIAO_SOURCE_DIR) / "config/calendar.yaml", "c", findings);
  compileDeadlines(folder.path(), &*calendar, &*root, findings);
  EXPECT_THAT(textOf(findings),
              testing::AllOf(testing::StartsWith("schemas/alert.lifecycle.yaml:4:"),
                             testing::Not(HasSubstr("deadlines.yaml"))));
}

}  // namespace
}  // namespace lianqiao::lifecycle
