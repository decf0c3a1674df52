#include "deliverer_fixture.h"

/// Leases that come with the group which owes them.
namespace lianqiao::delivery {
namespace {

class DelivererDemandTest : public DelivererTest {
 protected:
  /// A deliverer that has delivered all there was, and that nobody tells to fetch.
  Deliverer& startIdle(Sink& sink) {
    Deliverer& deliverer = start(sink);
    submit({orderOf("a")});
    EXPECT_TRUE(settled(1));
    const auto unwoken = std::make_shared<test::CalledTaker>();
    unwoken->onDemand = [&deliverer] { return deliverer.demand(); };
    unwoken->onTake = [&deliverer](auto leases) { deliverer.take(std::move(leases)); };
    takers_->set("province", unwoken);
    return deliverer;
  }
};

TEST_F(DelivererDemandTest, WhatComesIsTakenWithItsGroup) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  startIdle(sink);
  submit({orderOf("b")});
  EXPECT_TRUE(settled(2));
}

TEST_F(DelivererDemandTest, ALeaseOutlastsItsWaitInHandAndOneWholeAttempt) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  Deliverer& deliverer = startIdle(sink);
  test::listen(*takers_, {});
  const queue::Taker::Demand demand = deliverer.demand();
  EXPECT_GT(demand.time, 2 * settings_.outbound.deadline);
  deliverer.take(std::vector<queue::Lease>());
}

TEST_F(DelivererDemandTest, ALeaseThatWasLostWithItsGroupIsAskedForAgain) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  Deliverer& deliverer = startIdle(sink);
  test::listen(*takers_, {});
  ASSERT_GT(deliverer.demand().count, 0u);
  submit({orderOf("b")});
  deliverer.take(Error{codes::kQueueUnavailable, "the answer was lost"});
  EXPECT_TRUE(settled(2));
}

TEST_F(DelivererDemandTest, StopWaitsForWhatIsBeingLeasedAndGivesItBack) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  Deliverer& deliverer = startIdle(sink);
  test::listen(*takers_, {});
  const queue::Taker::Demand demand = deliverer.demand();
  ASSERT_GT(demand.count, 0u);
  submit({orderOf("b")});
  auto leases = queue_->deliveries().lease("province", 1, demand.time);
  ASSERT_TRUE(leases.ok() && leases->size() == 1);
  deliverer.beginStop();
  EXPECT_FALSE(deliverer.awaitEnd(10ms));
  EXPECT_EQ(deliverer.demand().count, 0u);
  std::jthread stopping([&] { deliverer.stop(); });
  deliverer.take(std::move(leases));
  stopping.join();
  ASSERT_TRUE(queue_->deliveries().flush().ok());
  EXPECT_TRUE(isOpen(1, 0));
  EXPECT_EQ(sink.calls(), 1u);
}

// Review of issue 3: one that was stuck with all its threads took what another node could deliver.
TEST_F(DelivererDemandTest, ADelivererWithoutAFreeThreadLeavesWhatComesToOthers) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  ScriptedSink sink([released](const Delivery& delivery) {
    if (titleOf(delivery) == "slow") released.wait();
    return Outcome::delivered();
  });
  settings_.outbound.concurrency = 1;
  Deliverer& deliverer = start(sink);
  submit({orderOf("a", "slow")});
  ASSERT_TRUE(eventually([&] { return sink.calls() == 1; }));
  const auto begun = clock_.steady();
  ASSERT_TRUE(eventually([&] { return clock_.steady() > begun + 1100ms; }));
  submit({orderOf("b")});
  EXPECT_EQ(deliverer.demand().count, 0u);
  const auto now = depth("province");
  EXPECT_EQ(now.leased, 1u);
  EXPECT_EQ(now.waiting, 1u);
  release.set_value();
  EXPECT_TRUE(settled(2));
}

}  // namespace
}  // namespace lianqiao::delivery
