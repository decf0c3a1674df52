#include "intake/store_refusal.h"

#include <gtest/gtest.h>

#include "fixed_clock.h"
#include "lianqiao/codes.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;

// The rule: one begin and one end, however good and refused records come mixed.
TEST(StoreRefusal, LastsFromTheFirstRefusalUntilAMinuteWithoutOneInWhichOthersPassed) {
  FixedClock clock;
  StoreRefusal refusal(clock);
  const Error why{codes::kQueueRefused, "WRONGTYPE"};
  refusal.passed();
  EXPECT_FALSE(refusal.get());
  EXPECT_TRUE(refusal.met(why));
  for (int i = 0; i < 10; ++i) {
    refusal.passed();
    clock.pass(30s);
    EXPECT_FALSE(refusal.over());
    EXPECT_FALSE(refusal.met(why));
  }
  clock.pass(1h);
  EXPECT_FALSE(refusal.over()) << "nothing has shown that it is over";
  refusal.passed();
  ASSERT_TRUE(refusal.get());
  EXPECT_EQ(refusal.over(), std::optional(300s));
  EXPECT_FALSE(refusal.get());
  EXPECT_FALSE(refusal.over());
  EXPECT_TRUE(refusal.met(why));
}

}  // namespace
}  // namespace lianqiao::intake
