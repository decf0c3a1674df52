#include "observe/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace lianqiao::observe {
namespace {

using testing::HasSubstr;

TEST(Metrics, HandsOutTheSameSeriesForTheSameLabels) {
  Metrics metrics;
  Counter& one = metrics.counter(names::kItems, {{"peer", "a"}});
  EXPECT_EQ(&one, &metrics.counter(names::kItems, {{"peer", "a"}}));
  EXPECT_NE(&one, &metrics.counter(names::kItems, {{"peer", "b"}}));
  EXPECT_NE(&one, &metrics.counter(names::kAccepted, {{"peer", "a"}}));
}

TEST(Metrics, WritesTheExpositionFormat) {
  Metrics metrics;
  metrics.counter(names::kAttempts, {{"peer", "province"}, {"result", "delivered"}}).add(3);
  metrics.gauge(names::kWaiting, {{"peer", "a\"b\\c\nd"}}).set(1.5);
  metrics.gauge(names::kQueueUp).add(1);
  metrics.histogram(names::kDeliverySeconds).observe(0.02);
  metrics.histogram(names::kDeliverySeconds).observe(100);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# HELP lianqiao_delivery_attempts_total Tries, by peer and result "
                              "(delivered or a code).\n"
                              "# TYPE lianqiao_delivery_attempts_total counter\n"
                              "lianqiao_delivery_attempts_total{peer=\"province\","
                              "result=\"delivered\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("lianqiao_waiting{peer=\"a\\\"b\\\\c\\nd\"} 1.5\n"));
  EXPECT_THAT(text, HasSubstr("lianqiao_queue_up 1\n"));
  EXPECT_THAT(text, HasSubstr("lianqiao_delivery_seconds_bucket{le=\"0.01\"} 0\n"
                              "lianqiao_delivery_seconds_bucket{le=\"0.025\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("lianqiao_delivery_seconds_bucket{le=\"60\"} 1\n"
                              "lianqiao_delivery_seconds_bucket{le=\"+Inf\"} 2\n"
                              "lianqiao_delivery_seconds_sum 100.02\n"
                              "lianqiao_delivery_seconds_count 2\n"));
}

TEST(Metrics, PutsTheBoundIntoItsOwnBucket) {
  Histogram histogram;
  histogram.observe(0.001);
  EXPECT_EQ(histogram.atMost(0), 1U);
}

TEST(Metrics, DoesNotGrowWithoutBound) {
  Metrics metrics;
  for (std::size_t i = 0; i < Metrics::kMaxSeries + 500; ++i) {
    metrics.counter(names::kItems, {{"peer", std::to_string(i)}}).add();
  }
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("lianqiao_items_total{peer=\"other\"} 500\n"));
}

TEST(Metrics, CountsFromManyThreads) {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&metrics] {
        for (int i = 0; i < 1000; ++i) {
          metrics.counter(names::kItems, {{"peer", std::to_string(i % 7)}}).add();
          metrics.histogram(names::kDeliverySeconds).observe(0.5);
        }
        EXPECT_FALSE(metrics.text().empty());
      });
    }
  }
  EXPECT_EQ(metrics.counter(names::kItems, {{"peer", "1"}}).value(), 4U * 143U);
  EXPECT_DOUBLE_EQ(metrics.histogram(names::kDeliverySeconds).sum(), 2000.0);
}

}  // namespace
}  // namespace lianqiao::observe
