#include "base/ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "support/manual_clock.h"

namespace lianqiao::base {
namespace {

using std::chrono::milliseconds;

TEST(Ids, AreTwentySixCharactersOfCrockford) {
  test::ManualClock clock;
  IdSource ids(clock, 1);
  const std::string id = ids.next();
  EXPECT_EQ(id.size(), kIdLength);
  EXPECT_TRUE(isId(id)) << id;
  EXPECT_FALSE(isId("01HK153X00ILOU0000000000"));
  EXPECT_FALSE(isId(id + "0"));
  EXPECT_FALSE(isId("8" + id.substr(1)));
}

TEST(Ids, TellWhenTheyWereMade) {
  test::ManualClock clock(milliseconds(1716775731123));
  IdSource ids(clock, 1);
  const auto time = timeOfId(ids.next());
  ASSERT_TRUE(time);
  EXPECT_EQ(*time, clock.wall());
  EXPECT_FALSE(timeOfId("no id"));
}

TEST(Ids, SortAsMadeWithinOneMillisecond) {
  test::ManualClock clock;
  IdSource ids(clock, 7);
  std::vector<std::string> made;
  for (int i = 0; i < 20000; ++i) made.push_back(ids.next());
  EXPECT_TRUE(std::is_sorted(made.begin(), made.end()));
  EXPECT_EQ(std::adjacent_find(made.begin(), made.end()), made.end());
}

TEST(Ids, SortAsMadeWhenTheClockStepsBack) {
  test::ManualClock clock;
  IdSource ids(clock, 7);
  const std::string first = ids.next();
  clock.setWall(clock.wall() - milliseconds(3600000));
  const std::string second = ids.next();
  clock.setWall(clock.wall() + milliseconds(7200000));
  EXPECT_LT(first, second);
  EXPECT_LT(second, ids.next());
}

TEST(Ids, DifferBySeed) {
  test::ManualClock clock;
  IdSource one(clock, 1);
  IdSource other(clock, 2);
  IdSource same(clock, 1);
  const std::string id = one.next();
  EXPECT_NE(id, other.next());
  EXPECT_EQ(id, same.next());
  EXPECT_NE(randomSeed(), randomSeed());
}

TEST(Ids, AreDistinctAcrossThreads) {
  SystemClock clock;
  IdSource ids(clock, randomSeed());
  std::vector<std::vector<std::string>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : made) {
      threads.emplace_back([&ids, &mine] {
        for (int i = 0; i < 2000; ++i) mine.push_back(ids.next());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& mine : made) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), 8000U);
}

}  // namespace
}  // namespace lianqiao::base
