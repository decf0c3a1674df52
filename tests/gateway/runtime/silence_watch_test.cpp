// Who sends nothing for too long is told once, and nobody who never sends at night.
#include "runtime/silence_watch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rfc3339.h"

namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class SilenceClock final : public base::Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return now; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override { return {}; }
  WallTime now = *base::parseTime("2026-03-02T07:00:00+08:00");  // a Monday
};

/// What Redis would keep; review_test has the real one.
class Signs final : public review::PeerSigns {
 public:
  Result<std::map<std::string, review::LastSigns>> last() override {
    if (away) return Error{"queue.unavailable", "away"};
    return std::map<std::string, review::LastSigns>{{"app", {heard, {}}}};
  }
  Result<std::set<std::int64_t>> hours(std::string_view) override { return known; }
  Result<void> noteHour(std::string_view, std::int64_t hour,
                        std::span<const std::int64_t> gone) override {
    known.insert(hour);
    for (const std::int64_t one : gone) known.erase(one);
    ++writes;
    return {};
  }
  Result<std::vector<review::Outage>> outages(std::string_view) override {
    return std::vector<review::Outage>();
  }
  Result<void> noteOutage(std::string_view, const review::Outage&) override { return {}; }

  bool away = false;
  std::optional<WallTime> heard;
  std::set<std::int64_t> known;
  int writes = 0;
};

class SilenceWatchTest : public ::testing::Test {
 protected:
  ~SilenceWatchTest() override {
    for (const int end : pipe_) close(end);
  }
  std::string logged() {
    std::string text(8192, '\0');
    const ssize_t size = read(pipe_[0], text.data(), text.size());
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }
  /// Something comes at 8, 9, … 17 of each day, looked at every half hour, for `weeks`.
  void live(int weeks) {
    for (int half = 0; half < weeks * 7 * 48; ++half) {
      const int clock = half / 2 % 24 + 7;
      if (half % 2 == 0 && clock % 24 >= 8 && clock % 24 < 18) signs_.heard = clock_.now;
      ASSERT_TRUE(watch_.look(signs_, senders_).ok());
      EXPECT_FALSE(watch_.silence("app")) << base::formatTime(clock_.now);
      clock_.now += 30min;
    }
  }
  bool silentAt(std::string_view time) {
    clock_.now = *base::parseTime(std::string(time));
    EXPECT_TRUE(watch_.look(signs_, senders_).ok());
    return watch_.silence("app").has_value();
  }

  std::array<int, 2> pipe_ = [] {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
    return ends;
  }();
  SilenceClock clock_;
  observe::Log log_{{.form = observe::Log::Form::json, .descriptor = pipe_[1], .clock = &clock_}};
  Signs signs_;
  SilenceWatch watch_{log_, clock_};
  std::vector<SilenceWatch::Sender> senders_ = {{"app", {}}};
};

TEST_F(SilenceWatchTest, LearnsWhatIsUsualAndRaisesNoFalseAlarmMeanwhile) {
  live(4);
  EXPECT_LE(signs_.writes, 4 * 7 * 10) << "one write for each hour at most";
  logged();
  const WallTime last = *signs_.heard;
  EXPECT_FALSE(silentAt("2026-03-30T09:30:00+08:00"));
  EXPECT_TRUE(silentAt("2026-03-30T12:00:00+08:00"));
  EXPECT_EQ(watch_.silence("app")->since, last);
  EXPECT_THAT(watch_.silence("app")->detail, HasSubstr("weeks before something came"));
  EXPECT_THAT(logged(), HasSubstr("Nothing has come from it since"));
  EXPECT_TRUE(silentAt("2026-03-30T12:30:00+08:00"));
  EXPECT_EQ(logged(), "") << "told once";
  signs_.heard = clock_.now;
  EXPECT_FALSE(silentAt("2026-03-30T12:31:00+08:00"));
  EXPECT_THAT(logged(), HasSubstr("no longer than usual"));
}

TEST_F(SilenceWatchTest, KeepsNineWeeksAtMost) {
  live(11);
  EXPECT_LE(signs_.known.size(), 9u * 7 * 10 + 10);
}

TEST_F(SilenceWatchTest, WhatTheFileExpectsCountsInsideItsHoursAlone) {
  senders_ = {
      {"app", config::Expectation{
                  30min, base::WeeklyHours({{8h, 10h}}, 0x1F, base::WeeklyHours::Minutes(8h))}}};
  signs_.heard = *base::parseTime("2026-03-02T17:55:00+08:00");
  EXPECT_FALSE(silentAt("2026-03-03T03:00:00+08:00"));
  EXPECT_FALSE(silentAt("2026-03-03T08:30:00+08:00"));
  EXPECT_TRUE(silentAt("2026-03-03T08:30:01+08:00"));
  EXPECT_EQ(watch_.silence("app")->since, signs_.heard);
  EXPECT_FALSE(silentAt("2026-03-03T18:00:00+08:00"));
  EXPECT_FALSE(silentAt("2026-03-07T12:00:00+08:00")) << "a Saturday";
}

TEST_F(SilenceWatchTest, ItsOwnAbsenceIsNobodysSilence) {
  live(4);
  clock_.now = *base::parseTime("2026-03-30T14:00:00+08:00");
  SilenceWatch later(log_, clock_);  // the gateway was down since Sunday
  ASSERT_TRUE(later.look(signs_, senders_).ok());
  EXPECT_FALSE(later.silence("app"));
}

TEST_F(SilenceWatchTest, WhileRedisIsAwayWhatWasKnownStands) {
  live(4);
  ASSERT_TRUE(silentAt("2026-03-30T12:00:00+08:00"));
  signs_.away = true;
  EXPECT_FALSE(watch_.look(signs_, senders_).ok());
  EXPECT_TRUE(watch_.silence("app"));
}

}  // namespace
}  // namespace lianqiao::runtime
