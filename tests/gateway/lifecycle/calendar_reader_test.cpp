#include "lifecycle/calendar_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "gateway/lifecycle/calendar_fixture.h"

namespace lianqiao::lifecycle {
namespace {

using testing::HasSubstr;

constexpr std::string_view kHead = "zone: \"+08:00\"\nhours: [\"09:00-12:00\", \"13:00-17:00\"]\n";

/// The findings of a file, one a line; empty where it makes a calendar.
std::string findingsOf(std::string_view text) {
  yaml::Findings findings;
  const auto root = yaml::YamlReader::readText(text, "calendar.yaml", findings);
  const bool made = root && readCalendar(*root, findings).has_value();
  EXPECT_EQ(made, findings.empty());
  return textOf(findings);
}

std::string findingsOfYear(std::string_view body) {
  return findingsOf(std::string(kHead) + "years:\n  2026:\n    source: notice\n" +
                    std::string(body));
}

/// Every day of 2026, compared with what an independent package says of it
/// (tests/interop/calendar.test.mjs makes the table again).
TEST(CalendarReader, TheShippedCalendarKnowsEveryDayOf2026) {
  std::istringstream table(test::readFile(std::filesystem::path(LIANQIAO_SOURCE_DIR) /
                                          "tests/gateway/lifecycle/days_2026.txt"));
  int days = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.starts_with('#')) continue;
    const auto wanted = line.substr(11) == "working" ? WorkingCalendar::DayKind::working
                                                     : WorkingCalendar::DayKind::off;
    EXPECT_EQ(shippedCalendar().isWorkingDay(day(line.substr(0, 10))), wanted) << line;
    ++days;
  }
  EXPECT_EQ(days, 365);
}

TEST(CalendarReader, TakesSingleDaysSpansAndTheDecemberBefore) {
  EXPECT_EQ(findingsOfYear("    holidays: [2026-01-01, {from: 2026-10-01, to: 2026-10-07}]\n"), "");
  EXPECT_EQ(findingsOfYear("    holidays: [2025-12-31]\n    workdays: [2025-12-28]\n"), "");
  EXPECT_EQ(findingsOfYear("    holidays: [2026-10-03]\n"), "")
      << "a holiday on a Saturday changes nothing and may stand there";
}

TEST(CalendarReader, ADayThatStandsTwiceIsToldWithBothLines) {
  EXPECT_EQ(findingsOfYear("    holidays:\n      - 2026-10-01\n      - 2026-10-01\n"),
            "calendar.yaml:8:9: years.2026.holidays[1]: the date 2026-10-01 stands already in line "
            "7; leave one out\n");
  EXPECT_EQ(findingsOfYear("    holidays: [{from: 2026-10-01, to: 2026-10-11}]\n"
                           "    workdays: [2026-10-10]\n"),
            "calendar.yaml:7:16: years.2026.workdays[0]: the date 2026-10-10 stands already in "
            "line 6; leave one out\n");
}

TEST(CalendarReader, AMakeUpDayThatIsWorkedAnywayIsRefused) {
  EXPECT_EQ(findingsOfYear("    holidays: []\n    workdays: [2026-10-12]\n"),
            "calendar.yaml:7:16: years.2026.workdays[0]: 2026-10-12 is a Monday: a working day "
            "anyway; leave it out, or mend the date\n");
}

TEST(CalendarReader, ADayOfAnotherYearOrOfNoneIsRefused) {
  EXPECT_THAT(findingsOfYear("    holidays: [2027-01-01]\n"),
              HasSubstr(":6:16: years.2026.holidays[0]: 2027-01-01 is not a day of 2026 or of the "
                        "December before; put it below its own year"));
  EXPECT_THAT(findingsOfYear("    holidays: [2025-11-30]\n"), HasSubstr("is not a day of 2026"));
  EXPECT_THAT(findingsOfYear("    holidays: [2026-02-29]\n"),
              HasSubstr("'2026-02-29' is not a date; write it as in 2026-10-01"));
  EXPECT_THAT(findingsOfYear("    holidays: [01.10.2026]\n"), HasSubstr("is not a date"));
  EXPECT_THAT(findingsOfYear("    holidays: [{from: 2026-10-07, to: 2026-10-01}]\n"),
              HasSubstr(":6:39: years.2026.holidays[0].to: these are no 1 to 31 days"));
}

TEST(CalendarReader, HoursThatOverlapOrRunBackwardAreRefused) {
  const auto hours = [](std::string_view list) {
    return findingsOf("zone: \"+08:00\"\nhours: " + std::string(list) +
                      "\nyears: {2026: {source: notice, holidays: []}}\n");
  };
  EXPECT_EQ(hours("[\"08:30-12:00\", \"12:00-24:00\"]"), "") << "spans are half-open";
  EXPECT_EQ(hours("[\"08:30-12:00\", \"11:59-17:30\"]"),
            "calendar.yaml:2:24: hours[1]: these hours begin before those above them end; write "
            "them in the order of the day, without overlap\n");
  EXPECT_THAT(hours("[\"17:30-08:30\"]"), HasSubstr("'17:30-08:30' is no span of a day"));
  EXPECT_THAT(hours("[\"8:30-12:00\"]"), HasSubstr("is no span of a day"));
  EXPECT_THAT(hours("[\"08:30-24:01\"]"), HasSubstr("is no span of a day"));
  EXPECT_THAT(hours("[]"), HasSubstr("a list of 1 to 12 spans"));
}

TEST(CalendarReader, WhatIsMissingOrMisspeltIsTold) {
  EXPECT_THAT(findingsOf("years: {2026: {holidays: [], holliday: []}}\n"),
              testing::AllOf(HasSubstr("the key 'zone' is missing"),
                             HasSubstr("the key 'hours' is missing"),
                             HasSubstr("years.2026: the key 'source' is missing"),
                             HasSubstr("holliday: the key 'holliday' is not known here; did you "
                                       "mean 'holidays'?")));
  EXPECT_THAT(findingsOf(std::string(kHead) + "years: {26: {source: n, holidays: []}}\n"),
              HasSubstr(":3:9: years.26: '26' is not a year"));
  EXPECT_THAT(findingsOf(std::string(kHead) + "holidays: [2026-10-01]\n"),
              HasSubstr(":3:11: holidays: days stand below the year of their notice"))
      << "as they stood in 0.1";
}

/// Both sides of it: told on the day, and not a day too early.
TEST(CalendarReader, FromNovemberOnAMissingNextYearIsTold) {
  const WorkingCalendar& calendar = shippedCalendar();
  EXPECT_EQ(calendar.missingYear(at("2026-10-31 23:59")), std::nullopt);
  EXPECT_EQ(calendar.missingYear(at("2026-11-01 00:00")), 2027);
  EXPECT_EQ(calendar.missingYear(at("2027-01-01 00:00")), 2027);
  EXPECT_EQ(calendar.missingYear(at("2025-12-31 23:59")), 2025);
}

}  // namespace
}  // namespace lianqiao::lifecycle
