#include "cli/replay_tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/replay_pace.h"

namespace lianqiao::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPage =
    R"({"replayed":2,"items":[{"id":"01A","peer":"app","result":"accepted","code":"","message":""},)"
    R"({"id":"01B","peer":"grid","result":"requeued","code":"","message":""},)"
    R"({"id":"01C","peer":"app","result":"duplicate","code":"","message":""},)"
    R"({"id":"01D","peer":"app","result":"failing","code":"validate.schema","message":"/data/title: too long"},)"
    R"({"id":"01E","peer":"grid","result":"superseded","code":"","message":"Record 01Z came later"}],"next":"01E"})";

TEST(ReplayTally, AddsPagesUpAndTellsCausesOnce) {
  ReplayTally tally(false);
  ASSERT_TRUE(tally.add(kPage).ok());
  EXPECT_EQ(tally.next(), "01E");
  ASSERT_TRUE(tally.add(kPage).ok());
  EXPECT_EQ(tally.seen(), 10u);
  EXPECT_EQ(tally.remaining(), 4u);
  EXPECT_EQ(
      tally.text(),
      "Replayed: 4 (2 deliveries owed again), duplicates: 2, still failing: 2, superseded: 2.\n"
      "  app validate.schema: 2, first 01D: /data/title: too long\n"
      "  grid superseded: 2, first 01E: Record 01Z came later\n");
}

TEST(ReplayTally, APreviewTellsEachItemAsTextAndAsJson) {
  ReplayTally tally(true);
  const auto lines = tally.add(kPage);
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(*lines,
            "01A app ok\n"
            "01B grid would go behind its key's others\n"
            "01C app came meanwhile: its exception would go\n"
            "01D app still failing: validate.schema /data/title: too long\n"
            "01E grid superseded: Record 01Z came later\n");
  EXPECT_THAT(tally.text(), HasSubstr("Would be replayed: 2"));
  EXPECT_THAT(tally.json(), HasSubstr(R"("preview":true,"seen":5,"replayed":2,"requeued":1)"));
  EXPECT_THAT(tally.json(), HasSubstr(R"("items":[{"id":"01A")"));
}

TEST(ReplayTally, TheReportOfAReplayHasNoItems) {
  ReplayTally tally(false);
  ASSERT_TRUE(tally.add(kPage).ok());
  EXPECT_THAT(
      tally.json(),
      HasSubstr(
          R"("duplicates":1,"failed":1,"superseded":1,"stopped":"","causes":[{"peer":"app")"));
  EXPECT_THAT(tally.json(), Not(HasSubstr("items")));
}

TEST(ReplayTally, SaysWhyItStopped) {
  ReplayTally tally(false);
  ASSERT_TRUE(tally
                  .add(R"({"items":[{"id":"01A","peer":"app","result":"accepted"}],"next":"",)"
                       R"("error":{"code":"queue.unavailable","message":"Redis is away"}})")
                  .ok());
  EXPECT_TRUE(tally.stopped());
  EXPECT_THAT(tally.text(), HasSubstr("Stopped before the end: Redis is away\n"));
  EXPECT_THAT(tally.json(), HasSubstr(R"("stopped":"Redis is away")"));
}

TEST(ReplayTally, RefusesWhatIsNoPage) {
  ReplayTally tally(false);
  EXPECT_FALSE(tally.add("<html>").ok());
  EXPECT_FALSE(tally.add("{}").ok());
}

TEST(ReplayTally, HoldsNoMoreThanItsBounds) {
  ReplayTally tally(true);
  for (std::size_t i = 0; i < ReplayTally::kMostCauses + 50; ++i) {
    const std::string number = std::to_string(i);
    ASSERT_TRUE(tally
                    .add(R"({"items":[{"id":"01A","peer":"p)" + number +
                         R"(","result":"failing","code":"c","message":"m"}],"next":""})")
                    .ok());
  }
  EXPECT_EQ(tally.remaining(), ReplayTally::kMostCauses + 50);
  EXPECT_THAT(tally.text(), HasSubstr("  others : 50"));
}

TEST(ReplayPace, HoldsTheRateAndTheLimit) {
  const ReplayPace pace{.rate = 50, .limit = 12};
  EXPECT_EQ(pace.page(0), 5u);
  EXPECT_EQ(pace.page(10), 2u);
  EXPECT_EQ(pace.page(12), 0u);
  EXPECT_EQ(pace.pause(5, 20ms), 80ms);
  EXPECT_EQ(pace.pause(5, 300ms), 0ms) << "late already";
}

TEST(ReplayPace, WithoutRateGoesAsFastAsItCan) {
  EXPECT_EQ(ReplayPace{}.page(1'000'000), ReplayPace::kMostPerCall);
  EXPECT_EQ(ReplayPace{}.pause(1'000'000, 0ns), 0ns);
  EXPECT_EQ((ReplayPace{.rate = 3, .limit = 0}.page(0)), 1u);
}

}  // namespace
}  // namespace lianqiao::cli
