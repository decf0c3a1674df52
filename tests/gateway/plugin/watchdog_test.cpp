#include "plugin/watchdog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>

#include "gateway/plugin/bad_plugins.h"
#include "lianqiao/roles.h"
#include "plugin/adapter_registry.h"
#include "plugin/host.h"
#include "support/manual_clock.h"

namespace lianqiao::plugin {
namespace {

using namespace std::chrono_literals;

constexpr CallSite kDeliver{"webhook", "grid", "deliver"};

class WatchdogTest : public ::testing::Test {
 protected:
  test::ManualClock clock_;
  std::vector<HungCall> hung_;
  std::vector<HungCall> returned_;
  Watchdog dog_{clock_, 500ms, [this](const HungCall& call) { hung_.push_back(call); },
                [this](const HungCall& call) { returned_.push_back(call); }};
};

TEST_F(WatchdogTest, SaysNothingOfACallThatReturnsInTime) {
  {
    const auto watch = dog_.watch(kDeliver, clock_.steady() + 1s);
    clock_.advance(1499ms);
    dog_.check();
  }
  clock_.advance(1h);
  dog_.check();
  EXPECT_TRUE(hung_.empty());
  EXPECT_TRUE(returned_.empty());
}

TEST_F(WatchdogTest, ReportsALateCallOnceAndThatItCameBack) {
  {
    const auto watch = dog_.watch(kDeliver, clock_.steady() + 1s);
    clock_.advance(1500ms);
    dog_.check();
    clock_.advance(1s);
    dog_.check();
    ASSERT_EQ(hung_.size(), 1U);
    EXPECT_EQ(hung_[0].adapter, "webhook");
    EXPECT_EQ(hung_[0].peer, "grid");
    EXPECT_EQ(hung_[0].call, "deliver");
    EXPECT_EQ(hung_[0].late, 500ms);
    EXPECT_TRUE(dog_.isHung("grid", "deliver"));
    EXPECT_FALSE(dog_.isHung("grid", "poll"));
    EXPECT_FALSE(dog_.isHung("province", "deliver"));
  }
  ASSERT_EQ(returned_.size(), 1U);
  EXPECT_EQ(returned_[0].late, 1500ms);
  EXPECT_FALSE(dog_.isHung("grid", "deliver"));
}

TEST_F(WatchdogTest, ReportsAPeerOnceHoweverManyOfItsCallsAreLate) {
  {
    const auto first = dog_.watch(kDeliver, clock_.steady());
    const auto second = dog_.watch(kDeliver, clock_.steady());
    const auto other = dog_.watch({"webhook", "province", "deliver"}, clock_.steady());
    clock_.advance(1s);
    dog_.check();
    EXPECT_EQ(hung_.size(), 2U);
  }
  EXPECT_EQ(returned_.size(), 2U);
}

TEST_F(WatchdogTest, SaysReturnedOnlyWhenTheLastLateCallIsBack) {
  std::optional<Watchdog::Watch> first;
  first.emplace(dog_.watch(kDeliver, clock_.steady()));
  {
    const auto second = dog_.watch(kDeliver, clock_.steady());
    clock_.advance(1s);
    dog_.check();
  }
  EXPECT_TRUE(returned_.empty());
  EXPECT_TRUE(dog_.isHung("grid", "deliver"));
  first.reset();
  EXPECT_EQ(returned_.size(), 1U);
}

TEST_F(WatchdogTest, LeavesACallWithoutDeadlineAlone) {
  const auto watch = dog_.watch(kDeliver, Deadline::max());
  clock_.advance(24h * 365);
  dog_.check();
  EXPECT_TRUE(hung_.empty());
}

// With its thread, the machine's clock and a real adapter that does not look at its deadline.
TEST(Watchdog, NoticesAnAdapterThatHangsPastItsDeadline) {
  auto registry = AdapterRegistry::load(badPlugins(), {"hangs"});
  ASSERT_TRUE(registry) << registry.error().detail;
  const base::SystemClock clock;
  std::atomic<bool> stop = false;
  PeerServices services;
  services.clock = &clock;
  services.stopRequested = [&stop] { return stop.load(); };
  PeerHost host(services);
  const auto sink = (*registry)->find("hangs")->makeSink(Settings(), host);

  std::promise<HungCall> hung;
  std::promise<HungCall> returned;
  Watchdog dog(
      clock, 10ms, [&hung](const HungCall& call) { hung.set_value(call); },
      [&returned](const HungCall& call) { returned.set_value(call); });
  dog.start();
  std::thread worker([&] {
    const Deadline deadline = clock.steady() + 20ms;
    const auto watch = dog.watch({"hangs", "grid", "deliver"}, deadline);
    (void)sink->deliver(Delivery(), deadline);
  });
  const HungCall call = hung.get_future().get();
  EXPECT_EQ(call.adapter, "hangs");
  EXPECT_EQ(call.peer, "grid");
  EXPECT_GE(call.late, 10ms);
  EXPECT_TRUE(dog.isHung("grid", "deliver"));
  stop = true;
  EXPECT_EQ(returned.get_future().get().peer, "grid");
  worker.join();
}

TEST(Watchdog, IsNotHeldUpByALaterDeadlineThatCameFirst) {
  const base::SystemClock clock;
  std::promise<void> hung;
  Watchdog dog(
      clock, 0ms, [&hung](const HungCall&) { hung.set_value(); }, [](const HungCall&) {});
  dog.start();
  const auto later = dog.watch({"a", "slow", "poll"}, clock.steady() + 1h);
  const auto sooner = dog.watch(kDeliver, clock.steady() + 5ms);
  hung.get_future().wait();
  EXPECT_TRUE(dog.isHung("grid", "deliver"));
  EXPECT_FALSE(dog.isHung("slow", "poll"));
}

TEST(Watchdog, NoticesACallThatBeganBehindOneThatHasEnded) {
  const base::SystemClock clock;
  std::promise<void> hung;
  Watchdog dog(
      clock, 0ms, [&hung](const HungCall&) { hung.set_value(); }, [](const HungCall&) {});
  dog.start();
  { const auto ended = dog.watch({"a", "fast", "deliver"}, clock.steady() + 5ms); }
  const auto later = dog.watch(kDeliver, clock.steady() + 20ms);
  hung.get_future().wait();
  EXPECT_TRUE(dog.isHung("grid", "deliver"));
  EXPECT_FALSE(dog.isHung("fast", "deliver"));
}

}  // namespace
}  // namespace lianqiao::plugin
