#include "runtime/peer_watch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "base/rfc3339.h"

namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using Way = PeerWatch::Way;

class HandClock final : public base::Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return now; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override { return {}; }
  WallTime now = *base::parseTime("2026-02-01T02:14:00+08:00");
};

class PeerWatchTest : public ::testing::Test {
 protected:
  ~PeerWatchTest() override {
    for (const int end : pipe_) close(end);
  }
  /// What has been logged since the last call.
  std::string logged() {
    std::string text(8192, '\0');
    const ssize_t size = read(pipe_[0], text.data(), text.size());
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }
  void look(const std::string& state, const std::string& code = {}, Way way = Way::delivery) {
    watch_.look("grid", way, {state, code, "王小明 13800012345", {}}, backlog_);
  }

  std::array<int, 2> pipe_ = [] {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
    return ends;
  }();
  HandClock clock_;
  observe::Log log_{{.form = observe::Log::Form::json, .descriptor = pipe_[1], .clock = &clock_}};
  PeerWatch watch_{log_, clock_};
  std::optional<PeerWatch::Backlog> backlog_ = PeerWatch::Backlog{5, 90s};
};

TEST_F(PeerWatchTest, NamesTheSessionThatIsLostAndHoldsAgain) {
  admin::PeerState state{"failing", "deliver.connect", {}, {}};
  state.session.emplace();
  watch_.look("grid", Way::polling, state, std::nullopt);
  EXPECT_THAT(logged(), HasSubstr("Its session fails; it is opened again, with growing pauses."));
  state.state = "ok";
  clock_.now += 90s;
  watch_.look("grid", Way::polling, state, std::nullopt);
  EXPECT_THAT(logged(), HasSubstr("Its session holds again after 90s."));
}

TEST_F(PeerWatchTest, LogsOnceThatAPeerIsDownAndOnceThatItIsUp) {
  look("ok");
  look("failing", "deliver.timeout");
  EXPECT_EQ(logged(), "") << "one failed call is no rest";
  look("resting", "deliver.connect");
  const std::string down = logged();
  EXPECT_THAT(
      down,
      HasSubstr(
          R"("level":"warning","component":"delivery","peer":"grid","code":"deliver.connect")"));
  EXPECT_THAT(down, HasSubstr("5 wait, the oldest for 90s. Nothing is lost"));
  EXPECT_EQ(watch_.downSince("grid", Way::delivery), clock_.now);
  const WallTime since = clock_.now;
  clock_.now += 2100s;
  for (const char* state : {"resting", "trying", "resting", "failing"})
    look(state, "deliver.connect");
  EXPECT_EQ(logged(), "");
  EXPECT_EQ(watch_.downSince("grid", Way::delivery), since);
  look("ok");
  EXPECT_THAT(logged(), HasSubstr("It takes deliveries again after 35min."));
  EXPECT_EQ(watch_.downSince("grid", Way::delivery), std::nullopt);
  look("ok");
  EXPECT_EQ(logged(), "");
}

TEST_F(PeerWatchTest, LogsNothingOfWhatThePeerSaid) {
  look("paused", "deliver.refused");
  const std::string line = logged();
  EXPECT_THAT(line, HasSubstr("deliver.refused"));
  EXPECT_THAT(line, Not(HasSubstr("13800012345")));
}

TEST_F(PeerWatchTest, AFailedPollIsAChangeOfItsOwn) {
  look("ok");
  look("failing", "deliver.protocol", Way::polling);
  EXPECT_THAT(logged(), HasSubstr("Polling it fails"));
  EXPECT_EQ(watch_.downSince("grid", Way::delivery), std::nullopt);
  look("waiting", "intake.queue_away", Way::polling);
  EXPECT_EQ(logged(), "");
  look("ok", {}, Way::polling);
  EXPECT_THAT(logged(), HasSubstr("Polling it works again"));
}

TEST_F(PeerWatchTest, WhatIsNoMoreThisNodesIsNeitherDownNorUp) {
  for (const char* away : {"elsewhere", "off"}) {
    look("failing", "deliver.connect", Way::polling);
    EXPECT_THAT(logged(), HasSubstr("Polling it fails"));
    look(away, {}, Way::polling);
    EXPECT_EQ(watch_.downSince("grid", Way::polling), std::nullopt) << away;
    look("ok", {}, Way::polling);
    EXPECT_EQ(logged(), "") << "another node has polled it, or nobody: nothing came back here";
  }
}

TEST_F(PeerWatchTest, ForgetsAPeerThatIsExchanged) {
  look("resting", "deliver.connect");
  logged();
  watch_.forget("grid");
  look("ok");
  EXPECT_EQ(logged(), "");
}

TEST(AgeText, IsShort) {
  EXPECT_EQ(ageText(45s), "45s");
  EXPECT_EQ(ageText(12min), "12min");
  EXPECT_EQ(ageText(30h), "30h");
  EXPECT_EQ(ageText(50h), "2d");
}

TEST_F(PeerWatchTest, ASourceThatRestsForGoodIsAnErrorThatSaysWhatToDo) {
  look("resting", "plugin.crashed", Way::polling);
  const std::string line = logged();
  EXPECT_THAT(line, HasSubstr(R"("error")"));
  EXPECT_THAT(line, HasSubstr("plugin.crashed"));
  EXPECT_THAT(line, HasSubstr("lianqiao resume grid"));
  EXPECT_THAT(line, Not(HasSubstr("13800012345")));
}

TEST_F(PeerWatchTest, TellsEachOutageWithItsBeginAndItsEnd) {
  std::vector<review::Outage> told;
  PeerWatch watch(log_, clock_, "node a", [&](const std::string& peer, const review::Outage& one) {
    EXPECT_EQ(peer, "grid");
    told.push_back(one);
  });
  const WallTime begin = clock_.now;
  watch.look("grid", Way::delivery, {"resting", "deliver.connect", {}}, std::nullopt);
  clock_.now += 90s;
  watch.look("grid", Way::delivery, {"trying", "deliver.connect", {}}, std::nullopt);
  watch.look("grid", Way::delivery, {"ok", {}, {}}, std::nullopt);
  watch.look("grid", Way::delivery, {"ok", {}, {}}, std::nullopt);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_FALSE(told[0].end);
  EXPECT_EQ(told[0].code, "deliver.connect");
  EXPECT_EQ(told[1].begin, begin);
  EXPECT_EQ(told[1].end, begin + 90s);
  EXPECT_EQ(told[1].node, "node a");
  watch.look("grid", Way::polling, {"failing", "deliver.timeout", {}}, std::nullopt);
  watch.forget("grid");
  ASSERT_EQ(told.size(), 4u);
  EXPECT_TRUE(told[3].inbound);
  EXPECT_TRUE(told[3].end);
}

// A peer that nobody has asked since the start looks well.
TEST_F(PeerWatchTest, WhatWasTakenUpEndsOnceThePeerHasWorked) {
  std::vector<review::Outage> told;
  PeerWatch watch(log_, clock_, "node a",
                  [&](const std::string&, const review::Outage& one) { told.push_back(one); });
  const WallTime begin = clock_.now - 1h;
  watch.takeUp("grid", {begin, {}, false, "node a", "deliver.connect"});
  admin::PeerState state{"ok", {}, {}};
  watch.look("grid", Way::delivery, state, std::nullopt);
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(watch.downSince("grid", Way::delivery), begin);
  state.worked = true;
  watch.look("grid", Way::delivery, state, std::nullopt);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].begin, begin);
  EXPECT_EQ(told[0].end, clock_.now);
}

}  // namespace
}  // namespace lianqiao::runtime
