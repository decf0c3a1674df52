#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "kit/mock/ledger.h"
#include "kit/mock/platform.h"

namespace lianqiao::kit {
namespace {

using ::testing::ElementsAre;

TEST(Ledger, KnowsWhatComesTwice) {
  Ledger ledger;
  EXPECT_TRUE(ledger.take("a"));
  EXPECT_TRUE(ledger.take("b"));
  EXPECT_FALSE(ledger.take("a"));
  EXPECT_EQ(ledger.refuse(textAnswer(401, "unknown")).status, 401);
  const MockPeer::Taken taken = ledger.taken();
  EXPECT_EQ(taken.distinct, 2u);
  EXPECT_EQ(taken.doubled, 1u);
  EXPECT_EQ(taken.refused, 1u);
}

TEST(Ledger, CountsFromSeveralThreads) {
  Ledger ledger;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&ledger] {
      for (int i = 0; i < 500; ++i) ledger.take(std::to_string(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ledger.taken().distinct, 500u);
  EXPECT_EQ(ledger.taken().doubled, 1500u);
}

TEST(MockPlatform, PutsValuesWhereTheirPathsSay) {
  const std::vector<Placed> placed{{"result.code", "0"},
                                   {"message", jsonText("成功")},
                                   {"result.data.id", jsonText("T-1")},
                                   {"message", "2"}};
  EXPECT_EQ(objectOf(placed), R"({"result":{"code":0,"data":{"id":"T-1"}},"message":"成功"})");
  EXPECT_EQ(objectOf({}), "{}");
}

TEST(MockPlatform, CutsTheKeysOfABatch) {
  EXPECT_THAT(keysOf("a,b,c", 3), ElementsAre("a", "b", "c"));
  EXPECT_THAT(keysOf("a", 3), ElementsAre("a", "", ""));
  EXPECT_THAT(keysOf("a,b", 1), ElementsAre("a"));
}

TEST(MockPlatform, AsksForATokenWhereThereIsOne) {
  HttpRequest request;
  EXPECT_TRUE(bearsToken(request, Secret()));
  EXPECT_FALSE(bearsToken(request, Secret("t")));
  request.headers.add("Authorization", "Bearer t");
  EXPECT_TRUE(bearsToken(request, Secret("t")));
}

}  // namespace
}  // namespace lianqiao::kit
