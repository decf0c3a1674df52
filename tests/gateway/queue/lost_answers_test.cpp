#include "gateway/redis/cutting_proxy.h"
#include "queue/scripts.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

/// A line to Redis that loses single answers.
class LostAnswers : public OutsideRedisTest {
 protected:
  void SetUp() override {
    OutsideRedisTest::SetUp();
    proxy_ = std::make_unique<redis::CuttingProxy>(server_->address().socket);
    settings_.url = proxy_->url();
    storage::QueueOptions made = options();
    made.sweepEvery = storage::QueueOptions().sweepEvery;
    auto opened = storage::RedisWorkQueue::open(settings_, retention_, made, clock_, ids_);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    queue_ = std::move(*opened);
  }
  void TearDown() override { queue_ = nullptr; }

  std::unique_ptr<redis::CuttingProxy> proxy_;
};

// The queue's clock stands still: nothing lapses by time.
TEST_F(LostAnswers, WhatTheyLeasedIsGivenAgainWithinTwoSeconds) {
  const auto ids = submitMany(3, 2);
  settle(lease(1).at(0), Settlement::Kind::retry);
  proxy_->loseAnswerTo(shaOf(Script::lease));
  ASSERT_FALSE(queue_->deliveries().lease("province", 10, 1h).ok());
  ASSERT_EQ(proxy_->lost(), 1);
  const auto begun = base::SystemClock().steady();
  const auto redis = raw();
  const std::string first = ids.at("k0").at(0);
  std::string token;
  if (const auto held = redis->call({"HGET", "{lq}:leases:province", first}); held.ok())
    token = (*held)->text;
  EXPECT_NE(token, "");

  std::vector<Lease> again = leaseSoon();
  EXPECT_LT(base::SystemClock().steady() - begun, 2s);
  ASSERT_EQ(again.size(), 3u);
  for (Lease& one : again) {
    EXPECT_EQ(one.attempt, one.recordId == first ? 2 : 1) << "a lost one is no attempt";
    EXPECT_FALSE(one.suspect);
    if (one.recordId == first) {
      Settlement late;
      late.lease = one;
      late.lease.entry = token;
      EXPECT_EQ(queue_->deliveries().settleNow({late})->size(), 1u)
          << "the lost lease is not heard any more";
    }
    settle(std::move(one), Settlement::Kind::returned);
  }
  EXPECT_EQ(deliverAtRandom({queue_.get()}, ids), ids);
}

TEST_F(LostAnswers, LeasesThatWereHeardStay) {
  submitMany(2, 1);
  const Lease held = lease(1).at(0);
  proxy_->loseAnswerTo(shaOf(Script::lease));
  ASSERT_FALSE(queue_->deliveries().lease("province", 10, 1h).ok());
  const Lease again = leaseSoon().at(0);
  EXPECT_NE(again.recordId, held.recordId);
  settle(again);
  settle(held);
  EXPECT_EQ(counts().delivered, 2u);
}

TEST_F(LostAnswers, WhatAGroupLeasedIsGivenAgainAndTheTakerIsTold) {
  std::atomic<int> told{0};
  std::atomic<int> given{0};
  const auto taker = std::make_shared<test::CalledTaker>();
  taker->onDemand = [] { return Taker::Demand{10, 1h}; };
  taker->onTake = [&](const auto& leases) { ++(leases.ok() ? given : told); };
  takers_->set("province", taker);
  proxy_->loseAnswerTo(shaOf(Script::accept));
  Submission submission;
  submission.entries.push_back(record("k", "1"));
  EXPECT_FALSE(trySubmit(std::move(submission)).ok());
  EXPECT_EQ(told, 1);
  EXPECT_EQ(given, 0);
  EXPECT_EQ(leaseSoon().size(), 1u);
}

}  // namespace
}  // namespace lianqiao::queue
