#include "lane_fixture.h"

/// Leases that come with the group which owes them.
namespace lianqiao::delivery {
namespace {

class LaneDemandTest : public LaneTest {
 protected:
  /// A lane that has delivered all there was, and that nobody tells to fetch.
  Lane& startIdle(Sink& sink) {
    Lane& lane = start(sink);
    submit({orderOf("a")});
    EXPECT_TRUE(settled(1));
    queue_->deliveries().onReady({});
    return lane;
  }
};

TEST_F(LaneDemandTest, WhatComesIsTakenWithItsGroup) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  startIdle(sink);
  submit({orderOf("b")});
  EXPECT_TRUE(settled(2));
}

TEST_F(LaneDemandTest, ALeaseOutlastsItsWaitInHandAndOneWholeAttempt) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  Lane& lane = startIdle(sink);
  queue_->deliveries().onOwed({});
  const queue::Demand demand = lane.demand([](auto) {});
  EXPECT_GT(demand.time, 2 * settings_.outbound.deadline);
  lane.take(std::vector<queue::Lease>());
}

TEST_F(LaneDemandTest, ALeaseThatWasLostWithItsGroupIsAskedForAgain) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  Lane& lane = startIdle(sink);
  queue_->deliveries().onOwed({});
  ASSERT_GT(lane.demand([](auto) {}).count, 0u);
  submit({orderOf("b")});
  lane.take(Error{std::string(codes::kQueueUnavailable), "the answer was lost"});
  EXPECT_TRUE(settled(2));
}

TEST_F(LaneDemandTest, StopWaitsForWhatIsBeingLeasedAndGivesItBack) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  Lane& lane = startIdle(sink);
  queue_->deliveries().onOwed({});
  const queue::Demand demand = lane.demand([&](auto leases) { lane.take(std::move(leases)); });
  ASSERT_GT(demand.count, 0u);
  submit({orderOf("b")});
  auto leases = queue_->deliveries().lease("province", 1, demand.time);
  ASSERT_TRUE(leases.ok() && leases->size() == 1);
  lane.beginStop();
  EXPECT_FALSE(lane.awaitEnd(10ms));
  EXPECT_EQ(lane.demand([](auto) {}).count, 0u);
  std::jthread stopping([&] { lane.stop(); });
  demand.take(std::move(leases));
  stopping.join();
  ASSERT_TRUE(queue_->deliveries().flush().ok());
  EXPECT_TRUE(isOpen(1, 0));
  EXPECT_EQ(sink.calls(), 1u);
}

// Review of issue 3: one that was stuck with all its threads took what another node could deliver.
TEST_F(LaneDemandTest, ALaneWithoutAFreeThreadLeavesWhatComesToOthers) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  ScriptedSink sink([released](const Delivery& delivery) {
    if (titleOf(delivery) == "slow") released.wait();
    return Outcome::delivered();
  });
  settings_.outbound.concurrency = 1;
  Lane& lane = start(sink);
  submit({orderOf("a", "slow")});
  ASSERT_TRUE(eventually([&] { return sink.calls() == 1; }));
  const auto begun = clock_.steady();
  ASSERT_TRUE(eventually([&] { return clock_.steady() > begun + 1100ms; }));
  submit({orderOf("b")});
  EXPECT_EQ(lane.demand([](auto) {}).count, 0u);
  const auto now = depth("province");
  EXPECT_EQ(now.leased, 1u);
  EXPECT_EQ(now.waiting, 1u);
  release.set_value();
  EXPECT_TRUE(settled(2));
}

}  // namespace
}  // namespace lianqiao::delivery
