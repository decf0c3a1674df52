// Where a thing stands is read as the queue's script writes it.
#include "lifecycle/standing_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::lifecycle {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kEnds = ";closed;revoked;";

WallTime ms(int count) { return WallTime(std::chrono::milliseconds(count)); }

TEST(Standing, IsReadWhole) {
  const auto standing = readStanding(
      "signed,delay work_order:1 2 1 100 - 300 1 110-120,130-140,150- ;dispatched;signed;", kEnds);
  ASSERT_TRUE(standing);
  EXPECT_EQ(standing->state, "signed");
  EXPECT_EQ(standing->cycle, "work_order:1");
  EXPECT_EQ(standing->round, 2);
  EXPECT_EQ(standing->extensions, 1);
  const ClockState& clocks = standing->clocks;
  EXPECT_EQ(clocks.receipt, ms(100));
  EXPECT_EQ(clocks.acceptance, std::nullopt);
  EXPECT_EQ(clocks.dispatch, ms(300));
  ASSERT_EQ(clocks.stood.size(), 3U);
  EXPECT_EQ(clocks.stood[1].from, ms(130));
  EXPECT_EQ(clocks.stood[1].to, ms(140));
  EXPECT_EQ(clocks.stood[2].to, std::nullopt) << "they stand";
  EXPECT_THAT(clocks.made, ElementsAre("dispatched", "signed"));
  EXPECT_FALSE(clocks.ended);
}

TEST(Standing, EndsInTheStatesThatItsLifeCycleSays) {
  const auto ends = [](std::string_view state) {
    const auto standing = readStanding(std::string(state) + " work_order:1 1 0 - - - 0 - ;", kEnds);
    return standing && standing->clocks.ended;
  };
  EXPECT_TRUE(ends("closed"));
  EXPECT_TRUE(ends("revoked,return"));
  EXPECT_FALSE(ends("close"));
  EXPECT_FALSE(ends("signed"));
}

TEST(Standing, OfWhatWasNeverSeenThereIsNone) {
  const auto standing = readStanding("", "");
  ASSERT_TRUE(standing);
  EXPECT_EQ(standing->round, 1);
  EXPECT_THAT(standing->clocks.made, IsEmpty());
  EXPECT_FALSE(standing->clocks.ended);
  EXPECT_EQ(readStanding("closed", kEnds)->clocks.ended, true) << "an older gateway wrote it";
}

TEST(Standing, WhatNoneOfUsWroteIsNone) {
  for (const std::string_view text :
       {"signed work_order:1", "signed work_order:1 x 0 - - - 0 - ;",
        "signed work_order:1 0 0 - - - 0 - ;", "signed work_order:1 1 0 - - - -1 - ;",
        "signed work_order:1 1 0 - - - 0 - ; more"})
    EXPECT_FALSE(readStanding(text, kEnds)) << text;
}

}  // namespace
}  // namespace lianqiao::lifecycle
