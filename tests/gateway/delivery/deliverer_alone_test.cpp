// The deliverer by itself: no Redis, no mapping.
#include <gmock/gmock.h>

#include "delivery/deliverer.h"
#include "fake_deliveries.h"
#include "support/unmapped_pipeline.h"

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;
using Kind = queue::Settlement::Kind;

class AnsweringSink final : public Sink {
 public:
  explicit AnsweringSink(Outcome answer) : answer_(std::move(answer)) {}
  Outcome deliver(const Delivery&, Deadline) override {
    ++calls;
    return answer_;
  }
  std::atomic<int> calls{0};

 private:
  const Outcome answer_;
};

class DelivererAlone : public ::testing::Test {
 protected:
  DelivererAlone() {
    peer_.name = "province";
    peer_.outbound.deadline = 5s;
    peer_.outbound.concurrency = 2;
    peer_.outbound.breakerFailures = 100;
  }
  std::unique_ptr<Deliverer> start(Sink& sink) {
    Deliverer::Collaborators collaborators{deliveries_, pipeline_, clock_, {}};
    collaborators.shut = [this]() -> std::optional<Error> {
      if (!shut_) return std::nullopt;
      return Error{"deliver.connect", "its session is not open"};
    };
    return std::make_unique<Deliverer>(peer_, config::RetryPolicy(), sink, std::move(collaborators),
                                       1);
  }

  config::PeerConfig peer_;
  base::SystemClock clock_;
  test::UnmappedPipeline pipeline_;
  FakeDeliveries deliveries_;
  std::atomic<bool> shut_{false};
};

TEST_F(DelivererAlone, DeliversWhatWaitsAndWhatItIsWokenFor) {
  AnsweringSink sink(Outcome::delivered("R-1"));
  deliveries_.put("a");
  const auto deliverer = start(sink);
  EXPECT_EQ(deliveries_.settled(1)["a"], Kind::delivered);
  deliveries_.put("b");
  deliverer->wake();
  EXPECT_EQ(deliveries_.settled(2)["b"], Kind::delivered);
  EXPECT_EQ(sink.calls, 2);
}

// Broken by hand this went unnoticed: a lease that does not outlast one attempt.
TEST_F(DelivererAlone, ALeaseOutlastsItsWaitAndOneWholeAttempt) {
  AnsweringSink sink(Outcome::delivered());
  deliveries_.put("a");
  const auto deliverer = start(sink);
  deliveries_.settled(1);
  EXPECT_GE(deliveries_.leaseTime.load(), 2 * peer_.outbound.deadline);
}

TEST_F(DelivererAlone, WhatComesUponItsDemandIsDeliveredWithoutAskingTheQueue) {
  AnsweringSink sink(Outcome::delivered());
  const auto deliverer = start(sink);
  queue::Taker::Demand demand;
  for (int i = 0; i < 2000 && demand.count == 0; ++i) {
    demand = deliverer->demand();  // 0 until it has found the queue empty
    if (demand.count == 0) std::this_thread::sleep_for(1ms);
  }
  ASSERT_GT(demand.count, 0u);
  const int asked = deliveries_.asked;
  deliverer->take(std::vector<queue::Lease>{FakeDeliveries::leaseOf("a")});
  EXPECT_EQ(deliveries_.settled(1)["a"], Kind::delivered);
  EXPECT_EQ(deliveries_.asked, asked);
}

TEST_F(DelivererAlone, AQueueThatDoesNotAnswerIsAskedAgain) {
  AnsweringSink sink(Outcome::delivered());
  deliveries_.failures = 1;
  deliveries_.put("a");
  const auto deliverer = start(sink);
  EXPECT_EQ(deliveries_.settled(1)["a"], Kind::delivered);
  EXPECT_GE(deliveries_.asked, 2);
}

TEST_F(DelivererAlone, WhatMayNotBeginGoesBackUnattempted) {
  AnsweringSink sink(Outcome::delivered());
  deliveries_.mayBegin = false;
  deliveries_.put("a");
  const auto deliverer = start(sink);
  EXPECT_EQ(deliveries_.settled(1)["a"], Kind::returned);
  EXPECT_EQ(sink.calls, 0);
}

TEST_F(DelivererAlone, APeerThatRestsHoldsNoSuspect) {
  AnsweringSink sink(Outcome::failed(Verdict::refused, "deliver.refused", "no"));
  deliveries_.put("a");
  const auto deliverer = start(sink);
  deliveries_.settled(1);
  for (int i = 0; i < 2000 && deliverer->status().state != "paused"; ++i)
    std::this_thread::sleep_for(1ms);
  ASSERT_EQ(deliverer->status().state, "paused");
  EXPECT_EQ(deliverer->status().peer, peer_.name);
  EXPECT_EQ(deliverer->demand().count, 0u) << "nothing comes to it meanwhile";
  deliverer->take(std::vector<queue::Lease>{FakeDeliveries::leaseOf("s", true)});
  EXPECT_EQ(deliveries_.settled(2)["s"], Kind::returned);
}

TEST_F(DelivererAlone, WhileItCannotBeSentToNothingIsLeasedAndNothingHeld) {
  AnsweringSink sink(Outcome::delivered());
  shut_ = true;
  deliveries_.put("a");
  const auto deliverer = start(sink);
  deliverer->wake();
  EXPECT_EQ(deliverer->demand().count, 0u);
  deliverer->take(std::vector<queue::Lease>{FakeDeliveries::leaseOf("held")});
  EXPECT_EQ(deliveries_.settled(1)["held"], Kind::returned);
  EXPECT_EQ(deliveries_.asked, 0);
  EXPECT_EQ(deliverer->status().state, "waiting");
  EXPECT_EQ(deliverer->status().cause, "deliver.connect");
  shut_ = false;
  EXPECT_EQ(deliveries_.settled(2)["a"], Kind::delivered);
  EXPECT_EQ(deliverer->status().state, "ok");
}

}  // namespace
}  // namespace lianqiao::delivery
