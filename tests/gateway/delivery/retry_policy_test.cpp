#include "delivery/retry_policy.h"

#include <gtest/gtest.h>

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;

config::RetryPolicy policy() {
  return {.name = "p", .first = 1s, .factor = 2, .cap = 60s, .maxAge = 1h};
}

TEST(RetryPolicy, GrowsUpToTheCapAndNeverBeyond) {
  for (int attempt = 1; attempt < 100; ++attempt) {
    const auto wait = nextTry(policy(), attempt, 0s, 0.999999, std::nullopt);
    ASSERT_TRUE(wait);
    EXPECT_LE(*wait, 60s);
  }
  EXPECT_LT(*nextTry(policy(), 1, 0s, 0.999, std::nullopt), 1s);
  EXPECT_GT(*nextTry(policy(), 5, 0s, 0.999, std::nullopt), 15s);
}

TEST(RetryPolicy, NeverHammersAtZero) {
  EXPECT_GE(*nextTry(policy(), 1, 0s, 0.0, std::nullopt), 100ms);
}

TEST(RetryPolicy, HonoursThePeersNotBefore) {
  EXPECT_EQ(*nextTry(policy(), 1, 0s, 0.5, 120s), 120s);
}

TEST(RetryPolicy, GivesUpByAgeNotByCount) {
  EXPECT_TRUE(nextTry(policy(), 10'000, 59min, 0.5, std::nullopt));
  EXPECT_FALSE(nextTry(policy(), 1, 1h, 0.5, std::nullopt));
  EXPECT_FALSE(nextTry(policy(), 1, 50min, 0.5, 11min)) << "the next try would come too late";
}

}  // namespace
}  // namespace lianqiao::delivery
