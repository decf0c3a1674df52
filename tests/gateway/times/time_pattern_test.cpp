#include "times/time_pattern.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "gateway/pipeline/mapping_fixture.h"
#include "times/time_text.h"

namespace lianqiao::times {
namespace {

using testing::TestWithParam;

constexpr ZoneOffset kBeijing{480};

std::string whyRefused(std::string_view pattern, TimeUse use = TimeUse::read) {
  const auto tokens = compilePattern(pattern, use);
  return tokens ? "taken" : tokens.error().detail;
}

std::string rewrittenBy(std::string_view pattern, std::string_view text) {
  const auto read = TimeFormat::compile(pattern).value().read(text, kBeijing);
  if (!read) return "refused";
  char out[kTimeTextSize];
  return {out, writeRfc3339(read->time, kBeijing, out)};
}

struct Refused {
  const char* pattern;
  const char* says;
};

class TimePatternRefusals : public TestWithParam<Refused> {};

// Rule: what no one can mean is refused on both sides, with the letter that was meant.
TEST_P(TimePatternRefusals, WhatCannotBeMeantIsNamed) {
  for (const TimeUse use : {TimeUse::read, TimeUse::write}) {
    EXPECT_NE(whyRefused(GetParam().pattern, use).find(GetParam().says), std::string::npos)
        << GetParam().pattern << ": " << whyRefused(GetParam().pattern, use);
  }
}

INSTANTIATE_TEST_SUITE_P(
    MonthsAndMinutes, TimePatternRefusals,
    testing::Values(Refused{"yyyy-mm-dd HH:mm", "no months; months are MM"},
                    Refused{"yyyy-mm-dd", "no months; months are MM"},
                    Refused{"yyyy年mm月dd日", "minutes (mm) stand before 月; months are MM"},
                    Refused{"yyyy-MM-dd HH:MM", "twice and no minutes; minutes are mm"},
                    Refused{"yyyy-MM-dd HH:MM:ss", "twice and no minutes; minutes are mm"},
                    Refused{"yyyyMMddHHMMSS", "seconds are ss"},
                    Refused{"yyyy-MM-dd HH时MM分", "months (MM) stand before 分"}));

INSTANTIATE_TEST_SUITE_P(
    GapsAndDoubles, TimePatternRefusals,
    testing::Values(Refused{"yyyy-MM-dd yyyy", "years (yyyy) stand twice"},
                    Refused{"yyyy-MM-dd HH:mm:mm", "minutes (mm) stand twice"},
                    Refused{"yyyy-dd", "days (dd) and no months (MM)"},
                    Refused{"yyyy-MM HH:mm", "hours (HH) and no days (dd)"},
                    Refused{"yyyy-MM-dd mm", "minutes (mm) and no hours (HH)"},
                    Refused{"yyyy-MM-dd HH ss", "seconds (ss) and no minutes (mm)"},
                    Refused{"yyyy-MM-dd HH:mm SSS", "milliseconds (SSS) and no seconds (ss)"},
                    Refused{"HH:mm", "it has no yyyy"}, Refused{"MM-dd", "it has no yyyy"},
                    Refused{"", "it has no yyyy"}));

INSTANTIATE_TEST_SUITE_P(
    Order, TimePatternRefusals,
    testing::Values(Refused{"yyyy-dd-MM", "in the order ydM"},
                    Refused{"MM/yyyy/dd", "in the order Myd"},
                    Refused{"yyyy-MM-dd mm:HH", "stand before hours (HH)"},
                    Refused{"yyyy-MM-dd HH:ss:mm", "stand before minutes (mm)"},
                    Refused{"yyyy-MM HH:mm dd", "stand among each other"},
                    Refused{"yyyy-MM-dd hh a:mm", "a stands within the clock"},
                    Refused{"yyyy-MM-dd Z HH:mm", "the zone (Z) stands before the clock"},
                    Refused{"yyyyMd", "run into each other"},
                    Refused{"yyyy-MM-dd Hmm", "run into each other"}));

INSTANTIATE_TEST_SUITE_P(Clock12, TimePatternRefusals,
                         testing::Values(Refused{"yyyy-MM-dd hh:mm:ss",
                                                 "of a 12-hour clock and needs a"},
                                         Refused{"yyyy-MM-dd HH:mm a", "a stands beside H"},
                                         Refused{"yyyy-MM-dd a", "a needs an hour"}));

INSTANTIATE_TEST_SUITE_P(
    Strangers, TimePatternRefusals,
    testing::Values(Refused{"YYYY-MM-dd", "the year is yyyy"}, Refused{"yyyy-MM-DD", "month is dd"},
                    Refused{"yyyy-MMM-dd", "months are MM"}, Refused{"yyyyy", "the year is yyyy"},
                    Refused{"yyyy-MM-ddTHH:mm", "in quotes: 'T'"},
                    Refused{"yyyy-MM-dd kk:mm", "hours are HH"},
                    Refused{"yyyy-MM-dd HH:mm z", "the zone is Z"},
                    Refused{"yyyy-MM-dd HH：mm", "full-width"}, Refused{"yyyy'T", "not closed"},
                    Refused{"yyyy q", "write auto, epoch_s"}));

TEST(TimePattern, IsBounded) {
  EXPECT_NE(whyRefused("yyyy-MM-dd" + std::string(100, ' ')).find("too long"), std::string::npos);
}

TEST(TimePattern, ReadsNoMonthWithoutItsDayButWritesOne) {
  EXPECT_NE(whyRefused("yyyy-MM").find("it has no dd"), std::string::npos);
  EXPECT_EQ(whyRefused("yyyy-MM", TimeUse::write), "taken");
  EXPECT_EQ(whyRefused("yyyy年", TimeUse::write), "taken");
}

TEST(TimePattern, TakesWhatPeopleMean) {
  for (const char* pattern :
       {"yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "yyyyMMddHHmmssSSS", "yyyyMMddHH", "d.M.yyyy H:mm",
        "MM/dd/yyyy hh:mm:ss a", "yyyy/M/d a h:mm", "yyyy年M月d日 E H时m分s秒", "HH:mm dd/MM/yyyy",
        "yyyy-MM-dd'T'HH:mm:ss.SSSZ", "yyMMdd", "yy/M/d", "yyyy-MM-ddZ"})
    EXPECT_EQ(whyRefused(pattern), "taken") << pattern;
}

TEST(TimePattern, ReadsTwelveHoursAsTheClockDeclaresThem) {
  constexpr const char* kClock = "yyyy-MM-dd a h:mm";
  EXPECT_EQ(rewrittenBy(kClock, "2021-03-09 下午 3:05"), "2021-03-09T15:05:00+08:00");
  EXPECT_EQ(rewrittenBy(kClock, "2021-03-09 上午 12:05"), "2021-03-09T00:05:00+08:00");
  EXPECT_EQ(rewrittenBy(kClock, "2021-03-09 下午 12:05"), "2021-03-09T12:05:00+08:00");
  EXPECT_EQ(rewrittenBy(kClock, "2021-03-09 PM 11:05"), "2021-03-09T23:05:00+08:00");
  EXPECT_EQ(rewrittenBy(kClock, "2021-03-09 下午 15:05"), "refused");
  EXPECT_EQ(rewrittenBy(kClock, "2021-03-09 上午 0:05"), "refused");
  EXPECT_EQ(rewrittenBy(kClock, "2021-03-09 星期二 3:05"), "refused");
  EXPECT_EQ(rewrittenBy("MM/dd/yyyy hh:mm:ss a", "03/09/2021 08:05:07 PM"),
            "2021-03-09T20:05:07+08:00");
}

TEST(TimePattern, ReadsTwoDigitsOfAYearAsThisCentury) {
  EXPECT_EQ(rewrittenBy("yy/M/d", "26/3/2"), "2026-03-02T00:00:00+08:00");
  EXPECT_EQ(rewrittenBy("yyMMdd", "990302"), "2099-03-02T00:00:00+08:00");
  EXPECT_EQ(rewrittenBy("yy/M/d", "2026/3/2"), "refused");
}

TEST(TimePattern, WritesNoYearOfAnotherCenturyWithTwoDigits) {
  const TimeFormat format = TimeFormat::compile("yyMMdd", TimeUse::write).value();
  char out[kTimeTextSize];
  const auto last = TimeFormat().read("1999-12-31", kBeijing).value().time;
  EXPECT_EQ(format.write(last, kBeijing, out), 0u);
  pipeline::MappingBench bench;
  ASSERT_TRUE(bench.compileFields("  day: {from: day, format: yyMMdd}\n")) << bench.shown();
  EXPECT_NE(bench.run(R"({"id":"1","day":"1999-12-31"})").find("normalize.bad_time"),
            std::string::npos);
  EXPECT_EQ(bench.run(R"({"id":"1","day":"2026-12-31"})"), R"({"day":"261231"})");
}

TEST(TimePattern, ReadsAWeekdayThatIsTheDates) {
  EXPECT_EQ(rewrittenBy("yyyy-MM-dd E", "2021-03-09 周二"), "2021-03-09T00:00:00+08:00");
  EXPECT_EQ(rewrittenBy("E, dd/MM/yyyy", "Tue, 09/03/2021"), "2021-03-09T00:00:00+08:00");
  EXPECT_EQ(rewrittenBy("yyyy-MM-dd E", "2021-03-09 周三"), "refused");
}

TEST(TimePattern, IsRefusedInAMappingOnBothSidesAtItsOwnPlace) {
  for (const char* field : {"  t: {from: a, time: \"yyyy-mm-dd HH:mm\"}\n",
                            "  t: {from: a, time: [auto, \"yyyy-mm-dd HH:mm\"]}\n",
                            "  t: {from: a, format: \"yyyy-mm-dd HH:mm\"}\n",
                            "  t: {from: a, date: \"yyyy-mm-dd\"}\n"}) {
    pipeline::MappingBench bench;
    EXPECT_FALSE(bench.compileFields(field)) << field;
    EXPECT_NE(bench.shown().find("months are MM"), std::string::npos) << field << bench.shown();
    EXPECT_EQ(bench.shown().find("m.yaml:6:"), bench.shown().find("m.yaml:")) << bench.shown();
  }
  pipeline::MappingBench bench;
  EXPECT_FALSE(bench.compileFields("  t: {from: a, format: excel}\n"));
  EXPECT_NE(bench.shown().find("excel is read and not written"), std::string::npos);
}

/// All patterns of up to seven parts out of a grammar: date order, marks, clock, markers, zone.
std::vector<std::string> manyPatterns() {
  std::vector<std::string> all;
  for (const char* date :
       {"yyyy-MM-dd", "yyyy/M/d", "dd.MM.yyyy", "M/d/yyyy", "yyyyMMdd", "yyyy年M月d日", "yy-M-d"})
    for (const char* weekday : {"", " E"})
      for (const char* clock : {"", " HH", " H:m", " HH:mm", " HHmmss", " H时m分s秒",
                                " HH:mm:ss.SSS", " hh:mm:ss a", " a h:m:s.SSS", "'T'HH:mm:ssZ"})
        all.push_back(std::string(date) + weekday + clock);
  return all;
}

// Rule: what a pattern writes it reads as the same moment, cut to what it tells.
TEST(TimePattern, ReadsWhatItWrites) {
  std::uint64_t state = 7;
  const auto draw = [&](std::int64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::int64_t>(state >> 33) % below;
  };
  const WallTime first = TimeFormat().read("2000-01-01 00:00:00", kBeijing)->time;
  for (const std::string& pattern : manyPatterns()) {
    const auto format = TimeFormat::compile(pattern);
    ASSERT_TRUE(format) << pattern << ": " << format.error().detail;
    for (int i = 0; i < 200; ++i) {
      const WallTime time =
          first + std::chrono::seconds(draw(2'000'000'000)) + std::chrono::milliseconds(draw(1000));
      char out[kTimeTextSize];
      char again[kTimeTextSize];
      const std::string_view text(out, format->write(time, kBeijing, out));
      const auto read = format->read(text, kBeijing);
      ASSERT_TRUE(read) << pattern << " wrote " << text;
      EXPECT_LE(read->time, time) << pattern;
      EXPECT_LT(time - read->time, std::chrono::hours(24)) << pattern;
      EXPECT_EQ(text, std::string_view(again, format->write(read->time, kBeijing, again)))
          << pattern;
    }
  }
}

// Rule: no shuffle of a meant pattern's letters is taken unless it reads what it writes.
TEST(TimePattern, TakesNoShuffleThatReadsAnotherTimeThanItWrites) {
  std::array<std::string_view, 6> parts = {"yyyy", "MM", "dd", "HH", "mm", "ss"};
  std::sort(parts.begin(), parts.end());
  const WallTime time = TimeFormat().read("2021-03-09 17:25:43", kBeijing)->time;
  int taken = 0;
  do {
    std::string pattern;
    for (const std::string_view part : parts)
      pattern.append(pattern.empty() ? "" : " ").append(part);
    const auto format = TimeFormat::compile(pattern);
    if (!format) continue;
    ++taken;
    char out[kTimeTextSize];
    const std::string_view text(out, format->write(time, kBeijing, out));
    EXPECT_EQ(format->read(text, kBeijing)->time, time) << pattern;
  } while (std::next_permutation(parts.begin(), parts.end()));
  EXPECT_EQ(taken, 6);  // three orders of the date, before or behind the clock
}

}  // namespace
}  // namespace lianqiao::times
