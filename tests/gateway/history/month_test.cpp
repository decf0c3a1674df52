#include "history/month.h"

#include "base/ids.h"
#include "base/rfc3339.h"
#include "support/manual_clock.h"

namespace lianqiao::history {
namespace {

WallTime at(std::string_view text) { return base::parseTime(text).value(); }

TEST(Month, BeginsAndEndsInUtc) {
  const Month month = Month::of(at("2026-12-31T23:59:59.999Z"));
  EXPECT_EQ(month.name(), "2026-12");
  EXPECT_EQ(month.begin(), at("2026-12-01T00:00:00Z"));
  EXPECT_EQ(month.end(), at("2027-01-01T00:00:00Z"));
  EXPECT_EQ(Month::of(month.end()).name(), "2027-01");
  EXPECT_EQ(Month::named("2026-12"), month);
  EXPECT_EQ(Month::named("2026-13"), std::nullopt);
  EXPECT_EQ(Month::named("2026-1"), std::nullopt);
}

TEST(Month, DaysAreThoseOfTheZone) {
  EXPECT_EQ(dayOf(at("2026-11-30T16:30:00Z"), 480), "2026-12-01");
  EXPECT_EQ(dayOf(at("2026-11-30T16:30:00Z"), 0), "2026-11-30");
  EXPECT_EQ(dayNumber("2026-12-01"), dayNumberOf(at("2026-11-30T16:30:00Z"), 480));
  EXPECT_EQ(dayNumber("2026-02-30"), std::nullopt);
}

TEST(PackedId, IsReadAndWrittenAndKnowsItsTime) {
  const test::ManualClock clock;
  base::IdSource ids(clock, 7);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = ids.next();
    const auto id = PackedId::read(text);
    ASSERT_TRUE(id.has_value());
    EXPECT_EQ(id->text(), text);
    EXPECT_EQ(id->bytes().size(), 16U);
    EXPECT_EQ(PackedId::ofBytes(id->bytes()), id);
    EXPECT_EQ(id->time(), base::timeOfId(text));
  }
  for (const char* none : {"", "01HYVK1M8Z000000000000000", "81HYVK1M8Z0000000000000000",
                           "01HYVK1M8Z000000000000000I", "01hyvk1m8z0000000000000000"})
    EXPECT_EQ(PackedId::read(none), std::nullopt) << none;
}

TEST(PackedId, NumbersOfOneMillisecondSpreadAndStayInOrderOfTime) {
  test::ManualClock clock;
  base::IdSource ids(clock, 7);
  const Month month = Month::of(clock.wall());
  std::set<std::int64_t> numbers;
  for (int i = 0; i < 64; ++i) numbers.insert(numberOf(*PackedId::read(ids.next()), month));
  EXPECT_GT(numbers.size(), 56U);
  const std::int64_t last = *numbers.rbegin();
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_GT(numberOf(*PackedId::read(ids.next()), month), last);
  EXPECT_EQ(firstNumberAt(month.begin(), month), 0);
  EXPECT_EQ(firstNumberAt(month.begin() - std::chrono::hours(1), month), 0);
}

}  // namespace
}  // namespace lianqiao::history
