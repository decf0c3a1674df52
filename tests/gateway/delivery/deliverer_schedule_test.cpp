// A peer that takes batches at set times gets them then and only then.
#include "base/rfc3339.h"
#include "deliverer_fixture.h"

namespace lianqiao::delivery {
namespace {

using ::testing::IsEmpty;

/// Goes as the machine's, from another time on.
class MovedClock final : public base::Clock {
 public:
  explicit MovedClock(const std::string& now)
      : by_(*base::parseTime(now) - base::SystemClock().wall()) {}
  [[nodiscard]] WallTime wall() const override { return base::SystemClock().wall() + by_; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override {
    return base::SystemClock().steady();
  }

 private:
  const std::chrono::milliseconds by_;
};

class ScheduleTest : public DelivererTest {
 protected:
  /// From 02:00 on for so long.
  Deliverer& start(Sink& sink, std::chrono::milliseconds within, std::size_t batch = 100) {
    settings_.outbound.schedule = base::WeeklyHours({{2h, within}}, base::WeeklyHours::kEveryDay,
                                                    base::WeeklyHours::Minutes(8h));
    settings_.outbound.batch = batch;
    Deliverer::Collaborators collaborators{queue_->deliveries(), *pipeline_, moved_, {}};
    deliverers_.push_back(
        std::make_shared<Deliverer>(settings_, retry_, sink, std::move(collaborators), 1));
    takers_->set(settings_.name, deliverers_.back());
    return *deliverers_.back();
  }
  void submitSome(int count) {
    std::vector<std::string> bodies;
    for (int i = 0; i < count; ++i) bodies.push_back(orderOf("k" + std::to_string(i)));
    submit(bodies);
  }
  static Outcome delivered(const Delivery&) {
    Outcome outcome;
    outcome.verdict = Verdict::delivered;
    return outcome;
  }

  MovedClock moved_{"2026-12-01T01:59:58.500+08:00"};
};

TEST_F(ScheduleTest, NothingGoesBeforeTheSetTimeAndThenAllInOneBatch) {
  ScriptedSink sink(delivered, 100);
  const Deliverer& deliverer = start(sink, 1h);
  submitSome(30);
  std::this_thread::sleep_for(500ms);
  EXPECT_THAT(sink.titles(), IsEmpty());
  EXPECT_EQ(depth(settings_.name).waiting, 30u) << "nobody holds a lease meanwhile";
  const DelivererStatus waits = deliverer.status();
  EXPECT_EQ(waits.state, "scheduled");
  EXPECT_EQ(waits.nextTry, *base::parseTime("2026-12-01T02:00:00+08:00"));
  EXPECT_TRUE(settled(30));
  EXPECT_EQ(sink.largest, 30u);
  EXPECT_EQ(deliverer.status().state, "ok");
  EXPECT_FALSE(deliverer.status().nextTry);
}

TEST_F(ScheduleTest, ADayOfSomeThousandsIsOneBatch) {
  ScriptedSink sink(delivered, 5000);
  submitSome(2500);
  start(sink, 1h, 5000);
  EXPECT_TRUE(settled(2500));
  EXPECT_EQ(sink.largest, 2500u);
}

TEST_F(ScheduleTest, WhatFailsWhenItEndsWaitsForTheNextOne) {
  retry_.first = 20ms;
  const auto fails = [](const Delivery&) {
    Outcome outcome;
    outcome.verdict = Verdict::retry;
    outcome.code = "c";
    return outcome;
  };
  ScriptedSink sink(fails, 100);
  const Deliverer& deliverer = start(sink, 500ms);
  submitSome(3);
  ASSERT_TRUE(eventually([&] { return sink.calls() > 6; }));
  ASSERT_TRUE(eventually([&] { return deliverer.status().nextTry > moved_.wall() + 1h; }));
  std::this_thread::sleep_for(100ms);  // the call under way ends
  const std::size_t calls = sink.calls();
  std::this_thread::sleep_for(700ms);
  EXPECT_EQ(sink.calls(), calls);
  EXPECT_EQ(depth(settings_.name).leased, 0u);
  EXPECT_EQ(depth(settings_.name).retrying, 3u);
  EXPECT_EQ(deliverer.status().state, "failing");
}

}  // namespace
}  // namespace lianqiao::delivery
