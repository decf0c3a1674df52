#include <csignal>
#include <fstream>
#include <stdexcept>

#include "deliverer_fixture.h"

namespace lianqiao::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(DelivererTest, DeliversAndKeepsTheReceipt) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered("R-1"); });
  const auto verdicts = submit({orderOf("a")});
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(settled(1));
  const auto trail = queue_->records().trail(verdicts[0].id);
  ASSERT_TRUE(trail.ok());
  bool found = false;
  for (const auto& delivery : trail->front().deliveries) {
    if (delivery.peer != "province") continue;
    found = true;
    EXPECT_EQ(delivery.state, "delivered");
    EXPECT_EQ(delivery.receipt, "R-1");
  }
  EXPECT_TRUE(found);
  EXPECT_TRUE(isOpen(0, 0));
  EXPECT_TRUE(eventually([&] { return deliverer.status().inFlight == 0; }));
  EXPECT_EQ(deliverer.status().state, "ok");
  EXPECT_TRUE(deliverer.status().lastDelivered.has_value());
}

TEST_F(DelivererTest, TriesAgainUntilThePeerTakesItWithOneIdempotencyKey) {
  std::mutex mutex;
  std::vector<std::string> keys;
  std::vector<int> numbers;
  ScriptedSink sink([&](const Delivery& delivery) {
    const std::lock_guard lock(mutex);
    keys.emplace_back(delivery.idempotencyKey);
    numbers.push_back(delivery.attempt);
    return delivery.attempt < 3 ? Outcome::failed(Verdict::retry, codes::kConnect, "down")
                                : Outcome::delivered();
  });
  submit({orderOf("a")});
  start(sink);
  ASSERT_TRUE(settled(1));
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3));
  EXPECT_THAT(keys, ElementsAre(keys[0], keys[0], keys[0]));
  EXPECT_EQ(counts("province").attempts, 2u);
}

TEST_F(DelivererTest, ARejectedRecordBecomesAnExceptionWithTheReason) {
  ScriptedSink sink([](const Delivery&) {
    return Outcome::failed(Verdict::rejected, codes::kRejected, "no such category");
  });
  submit({orderOf("a")});
  start(sink);
  ASSERT_TRUE(settled(0, 1));
  const auto found = exceptions("province");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].inbound);
  EXPECT_EQ(found[0].code, codes::kRejected);
  EXPECT_THAT(found[0].detail, HasSubstr("no such category"));
}

// What a platform says may name anybody: it is bounded and masked before it is kept, whatever the
// adapter hands over, and stands beside the code.
TEST_F(DelivererTest, KeepsThePlatformsWordsMaskedBesideTheCode) {
  ScriptedSink sink([](const Delivery& delivery) {
    Outcome outcome = Outcome::failed(Verdict::rejected, codes::kRejected, "Code 13800008000.");
    outcome.said = titleOf(delivery) + " 已由 138 0000 8000 受理 " + std::string(5000, 'x');
    return outcome;
  });
  submit({orderOf("a", "张三丰家漏水")});
  start(sink);
  ASSERT_TRUE(settled(0, 1));
  const std::string detail = exceptions("province").at(0).detail;
  EXPECT_THAT(detail, HasSubstr("Code 138****8000. It says: "));
  EXPECT_THAT(detail, HasSubstr(" 已由 138****8000 受理 "));
  EXPECT_EQ(detail.find("张三丰"), std::string::npos) << detail;
  EXPECT_EQ(detail.find("13800008000"), std::string::npos);
  EXPECT_EQ(detail.find("0000 8000"), std::string::npos);
  EXPECT_LT(detail.size(), 400u);
}

// Of a batch there is one answer: it was masked by the values of the record alone beside which it
// stood, so that another resident's name was read there.
TEST_F(DelivererTest, WordsAboutABatchShowNoRecordOfIt) {
  ScriptedSink sink({}, 10);
  sink.batchAnswer = [](std::span<const Delivery> deliveries) {
    Outcome outcome = Outcome::failed(Verdict::rejected, codes::kRejected, "No.");
    for (const Delivery& delivery : deliveries) outcome.said += "[" + titleOf(delivery) + "]";
    return std::vector<Outcome>(deliveries.size(), outcome);
  };
  submit({orderOf("a", "张三丰家漏水"), orderOf("b", "李桂兰家停电")});
  start(sink);
  ASSERT_TRUE(settled(0, 2));
  ASSERT_EQ(sink.largest, 2u);
  for (const auto& exception : exceptions("province"))
    EXPECT_EQ(exception.detail, "No. It says: [***][***]");
}

TEST_F(DelivererTest, WhatIsOlderThanTheRetryPolicyAllowsBecomesAnException) {
  retry_.maxAge = 0ms;
  ScriptedSink sink(
      [](const Delivery&) { return Outcome::failed(Verdict::retry, codes::kConnect, "down"); });
  submit({orderOf("a")});
  start(sink);
  ASSERT_TRUE(settled(0, 1));
  EXPECT_EQ(exceptions("province").at(0).code, codes::kTooOld);
}

TEST_F(DelivererTest, ARefusalPausesThePeerAndNeverBuries) {
  retry_.maxAge = 0ms;
  std::atomic<bool> refuses{true};
  ScriptedSink sink([&](const Delivery&) {
    return refuses ? Outcome::failed(Verdict::refused, codes::kRefused, "bad credential")
                   : Outcome::delivered();
  });
  submit({orderOf("a"), orderOf("b"), orderOf("c")});
  settings_.outbound.concurrency = 1;
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(eventually([&] { return deliverer.status().state == "paused"; }));
  EXPECT_THAT(deliverer.status().detail, HasSubstr("bad credential"));
  ASSERT_TRUE(eventually([&] { return sink.calls() >= 3; })) << "it asks again now and then";
  EXPECT_EQ(counts("province").buried, 0u);
  refuses = false;
  ASSERT_TRUE(settled(3));
  EXPECT_EQ(deliverer.status().state, "ok");
  EXPECT_EQ(deliverer.status().cause, "");
}

// Issue 3: after a credential that was wrong for days, the first hiccup buried the whole backlog.
TEST_F(DelivererTest, TheTimeInWhichThePeerRefusedEverybodyMakesNoRecordTooOld) {
  retry_.maxAge = 60s;
  std::atomic<int> asked{0};
  ScriptedSink sink([&](const Delivery&) {
    const int call = asked++;
    if (call < 2) return Outcome::failed(Verdict::refused, codes::kRefused, "bad credential");
    if (call == 2) return Outcome::failed(Verdict::retry, codes::kPeerError, "just started");
    return Outcome::delivered();
  });
  settings_.outbound.concurrency = 1;
  const auto anHourAgo = (clock_.wall() - 1h).time_since_epoch().count();
  for (const auto& verdict : submit({orderOf("a"), orderOf("b")}))
    setField(verdict.id, "a:province", std::to_string(anHourAgo));
  start(sink);
  ASSERT_TRUE(settled(2));
}

TEST_F(DelivererTest, ASuspectIsAttemptedAloneNotInABatch) {
  std::vector<std::string> ids;
  std::vector<std::string> orders;
  for (const char* title : {"a", "b", "c", "d"}) orders.push_back(orderOf(title));
  for (const auto& verdict : submit(orders)) ids.push_back(verdict.id);
  setField(ids[1], "x:province", "1 0");
  std::mutex mutex;
  std::vector<std::vector<std::string>> batches;
  ScriptedSink sink(nullptr, 10);
  sink.batchAnswer = [&](std::span<const Delivery> deliveries) {
    const std::lock_guard lock(mutex);
    std::vector<std::string>& batch = batches.emplace_back();
    for (const Delivery& one : deliveries) batch.emplace_back(one.recordId);
    return std::vector<Outcome>(deliveries.size(), Outcome::delivered());
  };
  settings_.outbound.concurrency = 1;
  start(sink);
  ASSERT_TRUE(settled(4));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(batches, ::testing::Contains(ElementsAre(ids[1])));
}

TEST_F(DelivererTest, AThrottledPeerIsLeftAloneForAsLongAsItAsks) {
  std::mutex mutex;
  std::vector<std::chrono::steady_clock::time_point> times;
  ScriptedSink sink([&](const Delivery&) {
    const std::lock_guard lock(mutex);
    times.push_back(clock_.steady());
    if (times.size() > 1) return Outcome::delivered();
    Outcome outcome = Outcome::failed(Verdict::throttled, codes::kThrottled, "slow down");
    outcome.notBefore = 200ms;
    return outcome;
  });
  settings_.outbound.concurrency = 1;
  submit({orderOf("a"), orderOf("b")});
  start(sink);
  ASSERT_TRUE(settled(2));
  for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[0], 200ms);
}

TEST_F(DelivererTest, APeerThatAsksForAYearIsAskedAgainAndItsRecordNotGivenUp) {
  ScriptedSink sink([&](const Delivery&) {
    Outcome outcome = Outcome::failed(Verdict::throttled, codes::kThrottled, "next year");
    outcome.notBefore = 365 * 24h;
    return outcome;
  });
  submit({orderOf("a")});
  start(sink);
  EXPECT_TRUE(isOpen(0, 1));
  EXPECT_EQ(counts(settings_.name).buried, 0u);
}

TEST_F(DelivererTest, RecordsOfOneKeyStayInOrderThroughRetries) {
  std::mutex mutex;
  std::vector<std::string> taken;
  ScriptedSink sink([&](const Delivery& delivery) {
    if (delivery.attempt < 3) return Outcome::failed(Verdict::retry, codes::kPeerError, "500");
    const std::lock_guard lock(mutex);
    taken.push_back(titleOf(delivery));
    return Outcome::delivered();
  });
  int second = 0;
  for (const char* title : {"one", "two", "three", "four"}) {
    std::string revised = orderOf("a", title);
    revised.replace(revised.find("08:05:07"), 8, "08:05:1" + std::to_string(++second));
    submit({revised});
  }
  start(sink);
  ASSERT_TRUE(settled(4));
  EXPECT_THAT(taken, ElementsAre("one", "two", "three", "four"));
}

TEST_F(DelivererTest, OneFailingKeyDoesNotHoldTheOthers) {
  ScriptedSink sink([](const Delivery& delivery) {
    return titleOf(delivery) == "bad" ? Outcome::failed(Verdict::retry, codes::kPeerError, "500")
                                      : Outcome::delivered();
  });
  std::vector<std::string> bodies{orderOf("bad", "bad")};
  for (int i = 0; i < 30; ++i) bodies.push_back(orderOf("k" + std::to_string(i)));
  submit(bodies);
  start(sink);
  EXPECT_TRUE(settled(30));
  EXPECT_EQ(counts("province").buried, 0u);
}

TEST_F(DelivererTest, TheBreakerOpensAndOneTryAtATimeBringsItBack) {
  std::atomic<bool> up{false};
  std::atomic<int> running{0}, most{0};
  ScriptedSink sink([&](const Delivery&) {
    most = std::max(most.load(), ++running);
    --running;
    return up ? Outcome::delivered() : Outcome::failed(Verdict::retry, codes::kConnect, "down");
  });
  settings_.outbound.breakerFailures = 3;
  settings_.outbound.breakerRest = 60ms;
  std::vector<std::string> bodies;
  for (int i = 0; i < 20; ++i) bodies.push_back(orderOf("k" + std::to_string(i)));
  submit(bodies);
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(eventually([&] { return deliverer.status().state == "resting"; }));
  EXPECT_EQ(deliverer.status().cause, codes::kConnect);
  most = 0;
  const std::size_t before = sink.calls();
  ASSERT_TRUE(eventually([&] { return sink.calls() > before + 1; }));
  EXPECT_EQ(most, 1) << "a resting peer is tried by one call at a time";
  up = true;
  ASSERT_TRUE(settled(20));
  EXPECT_EQ(deliverer.status().state, "ok");
}

TEST_F(DelivererTest, APersonWhoKnowsThatThePeerIsWellEndsItsRestAndItsRetriesWait) {
  std::atomic<bool> up{false};
  ScriptedSink sink([&](const Delivery&) {
    return up ? Outcome::delivered() : Outcome::failed(Verdict::retry, codes::kConnect, "down");
  });
  settings_.outbound.breakerFailures = 3;
  settings_.outbound.breakerRest = 10min;
  settings_.outbound.concurrency = 1;
  retry_.first = retry_.cap = 1h;
  submit({orderOf("a"), orderOf("b"), orderOf("c"), orderOf("d")});
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(eventually([&] { return deliverer.status().state == "resting"; }));
  ASSERT_TRUE(eventually([&] { return depth("province").retrying == 3; }));
  up = true;
  EXPECT_TRUE(deliverer.resume());
  ASSERT_TRUE(settled(1));
  EXPECT_FALSE(deliverer.resume()) << "nothing held it back";
  const auto due = queue_->deliveries().makeRetriesDue("province");
  ASSERT_TRUE(due.ok());
  EXPECT_EQ(*due, 3u);
  EXPECT_TRUE(settled(4));
}

TEST_F(DelivererTest, ResumingAPeerWhoseOnlyThreadIsStuckStallsNothing) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  ScriptedSink sink([&](const Delivery& delivery) {
    if (titleOf(delivery) == "slow") released.wait();
    return Outcome::delivered();
  });
  settings_.outbound.concurrency = 2;
  submit({orderOf("a", "slow")});
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(eventually([&] { return sink.calls() == 1; }));
  ASSERT_TRUE(eventually([&] { return depth("province").waiting == 0; }));
  EXPECT_FALSE(deliverer.resume());
  submit({orderOf("b")});
  EXPECT_TRUE(settled(1));
  release.set_value();
  EXPECT_TRUE(settled(2));
}

TEST_F(DelivererTest, StopGivesBackWhatWasNotBegun) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  ScriptedSink sink([released](const Delivery&) {
    released.wait();
    return Outcome::delivered();
  });
  settings_.outbound.concurrency = 1;
  std::vector<std::string> bodies;
  for (int i = 0; i < 4; ++i) bodies.push_back(orderOf("k" + std::to_string(i)));
  submit(bodies);
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(eventually([&] { return sink.calls() == 1; }));
  deliverer.beginStop();
  release.set_value();
  deliverer.stop();
  ASSERT_TRUE(queue_->deliveries().flush().ok());
  EXPECT_EQ(sink.calls(), 1u);
  const auto now = depth("province");
  EXPECT_EQ(now.leased, 0u);
  EXPECT_EQ(now.waiting, 4 - counts("province").delivered);
  const auto again = queue_->deliveries().lease("province", 10, 30s);
  ASSERT_TRUE(again.ok());
  for (const auto& lease : *again) EXPECT_EQ(lease.attempt, 1) << "nothing was tried";
}

TEST_F(DelivererTest, ABatchIsSettledPieceByPiece) {
  ScriptedSink sink(nullptr, 10);
  sink.batchAnswer = [](std::span<const Delivery> deliveries) {
    std::vector<Outcome> outcomes;
    for (const Delivery& delivery : deliveries) {
      const std::string title = titleOf(delivery);
      if (title == "bad")
        outcomes.push_back(Outcome::failed(Verdict::rejected, codes::kRejected, "bad"));
      else if (title == "later" && delivery.attempt == 1)
        outcomes.push_back(Outcome::failed(Verdict::retry, codes::kPeerError, "later"));
      else
        outcomes.push_back(Outcome::delivered());
    }
    return outcomes;
  };
  settings_.outbound.concurrency = 1;
  submit({orderOf("a"), orderOf("b", "bad"), orderOf("c", "later"), orderOf("d"), orderOf("e")});
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(settled(4, 1));
  EXPECT_EQ(sink.largest, 5u);
  EXPECT_TRUE(eventually([&] { return deliverer.status().inFlight == 0; }));
}

TEST_F(DelivererTest, AFailedBatchCountsOnceForTheBreaker) {
  ScriptedSink sink(
      [](const Delivery&) { return Outcome::failed(Verdict::retry, codes::kConnect, "down"); }, 10);
  settings_.outbound.breakerFailures = 3;
  settings_.outbound.breakerRest = 10min;
  settings_.outbound.concurrency = 1;
  retry_.first = retry_.cap = 10min;
  std::vector<std::string> bodies;
  for (int i = 0; i < 10; ++i) bodies.push_back(orderOf("k" + std::to_string(i)));
  submit(bodies);
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(isOpen(0, 10));
  EXPECT_EQ(sink.largest, 10u);
  EXPECT_EQ(deliverer.status().state, "failing");
}

TEST_F(DelivererTest, ABatchWithTooFewOutcomesIsTriedAgain) {
  std::atomic<int> calls{0};
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); }, 10);
  sink.batchAnswer = [&](std::span<const Delivery> deliveries) {
    return std::vector<Outcome>(calls++ == 0 ? 1 : deliveries.size(), Outcome::delivered());
  };
  submit({orderOf("a"), orderOf("b"), orderOf("c")});
  start(sink);
  EXPECT_TRUE(settled(3));
  EXPECT_EQ(counts("province").attempts, 2u);
}

TEST_F(DelivererTest, ASinkThatThrowsIsTriedAgain) {
  ScriptedSink sink([](const Delivery& delivery) -> Outcome {
    if (delivery.attempt == 1) throw std::runtime_error("index out of range");
    return Outcome::delivered();
  });
  submit({orderOf("a")});
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(settled(1));
  EXPECT_EQ(counts("province").attempts, 1u);
  EXPECT_EQ(deliverer.status().state, "ok");
}

TEST_F(DelivererTest, WhatTheMappingCannotExpressIsAnExceptionAndSaysNothingOfThePeer) {
  // The record was accepted under another configuration; the table of codes has lost its type
  // since.
  submit({orderOf("a")});
  auto& table = config_.codeTables["order_type"];
  std::string text = pipeline::kOrderTypes;
  text.replace(text.find("help"), 4, "other");
  table = pipeline::yaml(text, "codes/order_type.yaml");
  config_.routes.erase(config_.routes.begin());
  compile();
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  settings_ = peer("grid");
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(settled(0, 1));
  EXPECT_EQ(sink.calls(), 0u);
  EXPECT_EQ(attempts_, 0);
  EXPECT_THAT(exceptions("grid").at(0).code, HasSubstr("normalize."));
  EXPECT_TRUE(eventually([&] { return deliverer.status().inFlight == 0; }));
}

TEST_F(DelivererTest, KeepsToTheRate) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  settings_.outbound.ratePerSecond = 50;
  settings_.outbound.burst = 1;
  std::vector<std::string> bodies;
  for (int i = 0; i < 11; ++i) bodies.push_back(orderOf("k" + std::to_string(i)));
  submit(bodies);
  const auto begun = clock_.steady();
  start(sink);
  ASSERT_TRUE(settled(11));
  EXPECT_GE(clock_.steady() - begun, 199ms) << "ten after the first, 20 ms apart";
}

TEST_F(DelivererTest, UrgentRecordsGoFirstInTheirOwnOrder) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  settings_.outbound.concurrency = 1;
  submit({orderOf("a", "plain"), orderOf("b", "urgent 1", true), orderOf("c", "plain"),
          orderOf("d", "urgent 2", true)});
  start(sink);
  ASSERT_TRUE(settled(4));
  EXPECT_THAT(sink.titles(), ElementsAre("urgent 1", "urgent 2", "plain", "plain"));
}

TEST_F(DelivererTest, WhatIsUrgentPassesABacklogWithinTwoSecondsWorkOfASlowPeer) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  settings_.outbound.concurrency = 32;
  settings_.outbound.ratePerSecond = 20;
  settings_.outbound.burst = 1;
  std::vector<std::string> bodies;
  for (int i = 0; i < 300; ++i) bodies.push_back(orderOf("k" + std::to_string(i), "plain"));
  submit(bodies);
  start(sink);
  ASSERT_TRUE(eventually([&] { return sink.calls() >= 3; }));
  submit({orderOf("urgent", "urgent", true)});
  const std::size_t before = sink.calls();
  std::size_t place = 0;
  ASSERT_TRUE(eventually([&] {
    const auto titles = sink.titles();
    place = static_cast<std::size_t>(std::find(titles.begin(), titles.end(), "urgent") -
                                     titles.begin());
    return place < titles.size();
  }));
  EXPECT_LE(place - before, 40u);
}

TEST_F(DelivererTest, APeerThatHasTurnedSlowHoldsNoMoreThanItCanUse) {
  std::atomic<bool> slow{false};
  ScriptedSink sink([&](const Delivery&) {
    if (slow) std::this_thread::sleep_for(1200ms);
    return Outcome::delivered();
  });
  settings_.outbound.concurrency = 16;
  std::vector<std::string> bodies;
  for (int i = 0; i < 2000; ++i) bodies.push_back(orderOf("k" + std::to_string(i)));
  submit(bodies);
  start(sink);
  ASSERT_TRUE(eventually([&] { return depth("province").leased > 50; }))
      << "a quick peer is leased for ahead";
  slow = true;
  EXPECT_TRUE(eventually([&] {
    const auto now = depth("province");
    return now.waiting > 0 && now.leased <= 16 + 16;
  }));
  slow = false;
  EXPECT_TRUE(settled(2000));
}

TEST_F(DelivererTest, ARecordThatComesWhileEveryThreadIsBusyGetsAThreadOfItsOwn) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  ScriptedSink sink([released](const Delivery& delivery) {
    if (titleOf(delivery) == "slow") released.wait();
    return Outcome::delivered();
  });
  settings_.outbound.concurrency = 2;
  start(sink);
  submit({orderOf("a", "slow")});
  ASSERT_TRUE(eventually([&] { return sink.calls() == 1; }));
  submit({orderOf("b", "quick")});
  EXPECT_TRUE(settled(1));
  release.set_value();
  EXPECT_TRUE(settled(2));
}

TEST_F(DelivererTest, ASlowPeerDoesNotDelayAnother) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  ScriptedSink slow([released](const Delivery&) {
    released.wait();
    return Outcome::delivered();
  });
  ScriptedSink fast([](const Delivery&) { return Outcome::delivered(); });
  start(slow);
  start(peer("grid"), fast);
  std::vector<std::string> bodies;
  for (int i = 0; i < 50; ++i) bodies.push_back(orderOf("k" + std::to_string(i)));
  submit(bodies);
  EXPECT_TRUE(eventually([&] { return counts("grid").delivered == 50; }));
  EXPECT_EQ(counts("province").delivered, 0u);
  release.set_value();
  EXPECT_TRUE(settled(50));
}

TEST_F(DelivererTest, GoesOnAfterRedisWasAway) {
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(); });
  start(sink);
  submit({orderOf("a")});
  ASSERT_TRUE(settled(1));
  pid_t server = 0;
  std::ifstream(folder_.path() / "redis" / "redis.pid") >> server;
  ASSERT_GT(server, 0);
  ::kill(server, SIGKILL);
  ASSERT_TRUE(eventually([&] { return trySubmit({orderOf("b")}).ok(); }))
      << "as a sender does that was not answered 202";
  EXPECT_TRUE(eventually([&] {
    auto now = queue_->records().counts();
    return now.ok() && (*now)["province"].delivered == 2;
  }));
}

TEST_F(DelivererTest, ANodeWhoseBeatsStandStillSendsNothing) {
  queue_.reset();
  storage::QueueOptions silent = options();
  silent.beatEvery = 1h;
  open(std::move(silent));
  submit({orderOf("a")});
  auto held = queue_->deliveries().lease("grid", 1, 1h);
  ASSERT_TRUE(held.ok() && held->size() == 1);
  ASSERT_TRUE(eventually([&] { return !queue_->deliveries().begin(held->front()); }));
  ScriptedSink sink([](const Delivery&) { return Outcome::delivered(""); });
  start(sink);
  redis::RedisAddress address;
  address.socket = (folder_.path() / "redis" / "redis.sock").string();
  const auto redis = redis::RedisConnection::open(address);
  ASSERT_TRUE(redis.ok());
  ASSERT_TRUE(eventually([&] {
    return (*(*redis)->call({"GET", "{lq}:fence"}))->number() >= 4;
  })) << "it asks for work";
  EXPECT_TRUE(isOpen(1, 0)) << "and gives it back";
  EXPECT_EQ(sink.calls(), 0u);
}

// A platform that rejects everything made exceptions without end.
// Rule: at the share of its exceptions a peer is sent nothing, nothing that is owed is dropped, and
// it goes on by itself once somebody has made room.
TEST_F(DelivererTest, WithoutRoomForExceptionsNothingIsSentAndNothingIsDropped) {
  queue::ExceptionRoom room(3, 1u << 20);
  room_ = &room;
  settings_.outbound.concurrency = 1;
  std::atomic<bool> rejects{true};
  ScriptedSink sink([&](const Delivery&) {
    return rejects ? Outcome::failed(Verdict::rejected, codes::kRejected, "no")
                   : Outcome::delivered();
  });
  std::vector<std::string> bodies;
  for (int i = 0; i < 10; ++i) bodies.push_back(orderOf("k" + std::to_string(i)));
  submit(bodies);
  Deliverer& deliverer = start(sink);
  ASSERT_TRUE(settled(0, 3));
  EXPECT_TRUE(eventually([&] { return deliverer.status().state == "paused"; }));
  EXPECT_EQ(deliverer.status().cause, codes::kExceptionsFull);
  std::this_thread::sleep_for(1500ms);
  EXPECT_EQ(sink.calls(), 3u);
  EXPECT_FALSE(deliverer.resume()) << "it is no rest that a person could end";

  rejects = false;
  for (const auto& one : exceptions(settings_.name))
    ASSERT_TRUE(queue_->records().dropException(one.id).value());
  room.know(queue_->records().exceptionShares().value()[settings_.name].deliveries, room.mark());
  EXPECT_TRUE(settled(7, 3));
  EXPECT_EQ(deliverer.status().state, "ok");
}

}  // namespace
}  // namespace lianqiao::delivery
