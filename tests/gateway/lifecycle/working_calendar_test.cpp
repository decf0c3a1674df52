#include "lifecycle/working_calendar.h"

#include <gtest/gtest.h>

#include <random>

#include "gateway/lifecycle/calendar_fixture.h"

/// Moments of 2026 by the shipped calendar: 08:30–12:00 and 13:30–17:30, seven and a half hours.
namespace lianqiao::lifecycle {
namespace {

std::string after(std::string_view start, Amount amount) {
  const Reckoned end = shippedCalendar().after(at(start), amount.unit, lengthOf(amount));
  return shown(end.at) + (end.provisional ? " provisional" : "");
}

std::string before(std::string_view end, Amount amount) {
  const Reckoned begin = shippedCalendar().before(at(end), amount.unit, lengthOf(amount));
  return shown(begin.at) + (begin.provisional ? " provisional" : "");
}

std::string due(std::string_view start, const Term& term, std::vector<Stand> stood = {}) {
  const auto end = shippedCalendar().due(at(start), term, stood);
  return end ? shown(end->at) + (end->provisional ? " provisional" : "") : "stands";
}

constexpr Amount workHours(int count) { return {Unit::work_hours, count}; }
constexpr Amount workingDays(int count) { return {Unit::working_days, count}; }

TEST(WorkingCalendar, MinutesRunDayAndNight) {
  EXPECT_EQ(after("2026-10-03 23:50", {Unit::minutes, 15}), "2026-10-04 00:05");
  EXPECT_EQ(after("2026-12-31 23:50", {Unit::minutes, 15}), "2027-01-01 00:05")
      << "an unknown year does not matter to them";
}

TEST(WorkingCalendar, WorkHoursStopAtNoonInTheEveningAndOverTheWeekend) {
  EXPECT_EQ(after("2026-03-02 11:00", workHours(1)), "2026-03-02 12:00") << "not 13:30";
  EXPECT_EQ(after("2026-03-02 11:30", workHours(1)), "2026-03-02 14:00");
  EXPECT_EQ(after("2026-03-02 12:00", workHours(1)), "2026-03-02 14:30");
  EXPECT_EQ(after("2026-03-02 12:45", workHours(1)), "2026-03-02 14:30");
  EXPECT_EQ(after("2026-03-02 16:30", workHours(1)), "2026-03-02 17:30");
  EXPECT_EQ(after("2026-03-02 17:30", workHours(1)), "2026-03-03 09:30");
  EXPECT_EQ(after("2026-03-06 16:30", workHours(5)), "2026-03-09 14:00") << "Friday to Monday";
  EXPECT_EQ(after("2026-03-02 00:00", workHours(1)), "2026-03-02 09:30");
  EXPECT_EQ(after("2026-03-01 23:59", workHours(1)), "2026-03-02 09:30") << "a Sunday";
}

TEST(WorkingCalendar, MakeUpDaysAreWorkedAndHolidaysAreNot) {
  EXPECT_EQ(after("2026-02-13 17:00", workHours(1)), "2026-02-14 09:00") << "a Saturday at work";
  EXPECT_EQ(after("2026-02-14 17:00", workHours(1)), "2026-02-24 09:00") << "the Spring Festival";
  EXPECT_EQ(after("2026-09-30 10:00", workingDays(1)), "2026-10-08 10:00");
  EXPECT_EQ(after("2026-10-09 10:00", workingDays(1)), "2026-10-10 10:00") << "a Saturday at work";
  EXPECT_EQ(after("2026-10-10 10:00", workingDays(1)), "2026-10-12 10:00");
}

TEST(WorkingCalendar, ADayThatIsNotWorkedGivesTheWholeNextOne) {
  EXPECT_EQ(after("2026-03-07 10:00", workingDays(1)), "2026-03-10 00:00")
      << "of a Saturday: all of Monday, to its midnight";
  EXPECT_EQ(after("2026-03-09 00:00", workingDays(1)), "2026-03-10 00:00");
  EXPECT_EQ(after("2026-03-08 23:59", workingDays(1)), "2026-03-10 00:00");
  EXPECT_EQ(due("2026-03-07 10:00", {workingDays(1), false, true}), "2026-03-09 17:30");
}

/// "13 working days from the day after receipt" (fsou 17273310) and its like.
TEST(WorkingCalendar, FromTheDayAfterTheDayOfReceiptDoesNotCount) {
  const Term term{workingDays(13), true, true};
  EXPECT_EQ(due("2026-03-02 09:00", term), "2026-03-19 17:30");
  EXPECT_EQ(due("2026-03-02 23:59", term), "2026-03-19 17:30") << "whatever the time of day";
  EXPECT_EQ(due("2026-03-03 00:00", term), "2026-03-20 17:30");
  EXPECT_EQ(due("2026-09-28 09:00", {workingDays(3), true, true}), "2026-10-08 17:30")
      << "29 and 30 September, then the holiday";
  EXPECT_EQ(due("2026-03-02 09:00", {{Unit::calendar_days, 7}, true, true}), "2026-03-09 17:30");
  EXPECT_EQ(due("2026-03-06 09:00", {workHours(5), true, false}), "2026-03-09 15:00")
      << "hours from the day after: a Friday's count from Monday";
}

TEST(WorkingCalendar, CloseOfBusinessIsThatOfTheLastDay) {
  EXPECT_EQ(due("2026-03-02 09:00", {workingDays(1), false, true}), "2026-03-03 17:30");
  EXPECT_EQ(due("2026-03-02 09:00", {workingDays(1), false, false}), "2026-03-03 09:00");
  EXPECT_EQ(due("2026-03-02 00:00", {workingDays(1), false, true}), "2026-03-02 17:30")
      << "what begins at midnight has that day whole";
}

TEST(WorkingCalendar, WhatReachesIntoAnUnknownYearIsProvisional) {
  EXPECT_EQ(after("2026-12-30 10:00", workingDays(1)), "2026-12-31 10:00");
  EXPECT_EQ(after("2026-12-31 00:00", workingDays(1)), "2027-01-01 00:00")
      << "the last day of a known year";
  EXPECT_EQ(after("2026-12-31 10:00", workingDays(1)), "2027-01-01 10:00 provisional")
      << "a Friday, and the notice is not out";
  EXPECT_EQ(after("2026-12-31 10:00", workingDays(2)), "2027-01-04 10:00 provisional");
  EXPECT_EQ(before("2027-01-04 10:00", workingDays(2)), "2026-12-31 10:00 provisional");
  EXPECT_EQ(before("2027-01-01 00:00", workingDays(1)), "2026-12-31 00:00");
  EXPECT_EQ(shippedCalendar().isWorkingDay(day("2027-01-01")), WorkingCalendar::DayKind::unknown);
  EXPECT_FALSE(shippedCalendar()
                   .elapsed(at("2026-12-30 10:00"), at("2027-01-01 00:00"), Unit::work_hours)
                   .provisional);
  EXPECT_TRUE(shippedCalendar()
                  .elapsed(at("2026-12-30 10:00"), at("2027-01-01 00:01"), Unit::work_hours)
                  .provisional);
}

TEST(WorkingCalendar, BackwardIsTheLastMomentThatHasAsMuchLeft) {
  EXPECT_EQ(before("2026-03-09 09:30", workHours(1)), "2026-03-09 08:30") << "not Friday evening";
  EXPECT_EQ(before("2026-03-09 09:30", workHours(2)), "2026-03-06 16:30");
  EXPECT_EQ(before("2026-03-10 00:00", workingDays(1)), "2026-03-09 00:00");
  EXPECT_EQ(before("2026-03-09 17:30", workingDays(1)), "2026-03-06 17:30");
}

TEST(WorkingCalendar, WhileTheClockStandsNothingCounts) {
  const Term hour5{workHours(5), false, false};
  const std::vector<Stand> stood{{at("2026-03-02 10:00"), at("2026-03-04 10:00")}};
  EXPECT_EQ(due("2026-03-02 09:00", hour5, stood), "2026-03-04 15:30") << "1 h before, 4 h after";
  EXPECT_EQ(due("2026-03-02 09:00", {workingDays(2), false, false}, stood), "2026-03-06 09:00");
  const std::vector<Stand> twice{{at("2026-03-02 10:00"), at("2026-03-03 08:30")},
                                 {at("2026-03-03 09:30"), at("2026-03-03 13:30")}};
  EXPECT_EQ(due("2026-03-02 09:00", hour5, twice), "2026-03-03 16:30");
  EXPECT_EQ(due("2026-03-02 09:00", hour5, {{at("2026-03-02 10:00"), {}}}), "stands");
  EXPECT_EQ(due("2026-03-02 09:00", {workHours(1), false, false}, {{at("2026-03-02 10:00"), {}}}),
            "2026-03-02 10:00")
      << "it had run before it stood: half-open";
  EXPECT_EQ(due("2026-03-02 09:00", hour5, {{at("2026-03-01 10:00"), at("2026-03-02 09:30")}}),
            "2026-03-02 16:00")
      << "it stood when it began";
  const Reckoned warn = shippedCalendar().before(at("2026-03-04 15:30"), Unit::work_hours,
                                                 lengthOf(workHours(5)), stood);
  EXPECT_EQ(shown(warn.at), "2026-03-02 09:00");
}

/// What was added has elapsed, to the millisecond, on every scale and also with a clock that stood.
TEST(WorkingCalendar, WhatIsAddedHasElapsed) {
  std::mt19937_64 random(20260301);
  const auto upTo = [&](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random);
  };
  const WorkingCalendar& calendar = shippedCalendar();
  const WallTime first = at("2025-11-20 00:00");
  constexpr std::int64_t kSpan = std::int64_t{450} * 24 * 3600 * 1000;
  for (int i = 0; i < 10'000; ++i) {
    const auto unit = static_cast<Unit>(upTo(3));
    const WallTime start = first + milliseconds(upTo(kSpan));
    const milliseconds length(1 + upTo(std::int64_t{20} * 24 * 3600 * 1000));
    const Reckoned end = calendar.after(start, unit, length);
    EXPECT_EQ(calendar.elapsed(start, end.at, unit).length, length) << shown(start);
    EXPECT_LT(calendar.elapsed(start, end.at - milliseconds(1), unit).length, length)
        << "the first such moment: " << shown(start);
    const Reckoned begin = calendar.before(end.at, unit, length);
    EXPECT_EQ(calendar.elapsed(begin.at, end.at, unit).length, length) << shown(end.at);
    EXPECT_GE(begin.at, start) << "the last such moment";

    const WallTime halt = start + milliseconds(upTo((end.at - start).count()));
    const WallTime going = halt + milliseconds(upTo(std::int64_t{9} * 24 * 3600 * 1000));
    const std::vector<Stand> stood{{halt, going}};
    const auto late = calendar.after(start, unit, length, stood);
    ASSERT_TRUE(late);
    const milliseconds ran = late->at <= halt ? calendar.elapsed(start, late->at, unit).length
                                              : calendar.elapsed(start, halt, unit).length +
                                                    calendar.elapsed(going, late->at, unit).length;
    EXPECT_EQ(ran, length) << shown(start);
  }
}

}  // namespace
}  // namespace lianqiao::lifecycle
