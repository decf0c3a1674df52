#include "intake/exception_share.h"

#include <gtest/gtest.h>

#include <vector>

namespace lianqiao::intake {
namespace {

std::vector<queue::Entry> quarantined(std::size_t count) {
  std::vector<queue::Entry> entries(count);
  for (queue::Entry& entry : entries) {
    entry.quarantined.emplace();
    entry.body = "0123456789";
  }
  return entries;
}

TEST(ExceptionShare, CountsFromTheBeginningOfAStore) {
  ExceptionShare share(2, 1000);
  share.begun(quarantined(1));
  EXPECT_FALSE(share.full());
  share.begun(quarantined(1));
  EXPECT_TRUE(share.full());
}

// A reload began with nothing, and who was at his share was taken from until the next look.
TEST(ExceptionShare, BeginsWithWhatTheFormerOneKnew) {
  ExceptionShare former(100, 1000);
  former.know({1, 10}, former.mark());
  former.ended(former.begun(quarantined(1)));
  ExceptionShare next(2, 1000);
  next.startFrom(former);
  EXPECT_TRUE(next.full());
  next.know({1, 10}, next.mark());
  EXPECT_FALSE(next.full());
}

TEST(ExceptionShare, BytesCountAsTheNumberDoes) {
  ExceptionShare share(100, 20);
  share.begun(quarantined(1));
  EXPECT_FALSE(share.full());
  share.begun(quarantined(1));
  EXPECT_TRUE(share.full());
}

// Once a look dropped all that had come since: what came between its question and its answer was
// forgotten, and a peer went beyond its share.
TEST(ExceptionShare, WhatIsStoredWhileTheStoreIsAskedIsNotForgotten) {
  ExceptionShare share(2, 1000);
  share.ended(share.begun(quarantined(1)));
  const auto before = share.mark();
  share.ended(share.begun(quarantined(1)));
  share.know({1, 10}, before);
  EXPECT_TRUE(share.full()) << "one was stored after the store had answered";
  share.know({2, 20}, share.mark());
  EXPECT_TRUE(share.full());
}

TEST(ExceptionShare, WhatIsOnItsWayToTheStoreIsNotForgottenEither) {
  ExceptionShare share(2, 1000);
  const auto both = share.begun(quarantined(2));
  share.know({}, share.mark());
  EXPECT_TRUE(share.full());
  share.ended(both);
  share.know({2, 20}, share.mark());
  EXPECT_TRUE(share.full());
}

TEST(ExceptionShare, ThereIsRoomAgainWhenTheStoreHoldsFewer) {
  ExceptionShare share(2, 1000);
  share.ended(share.begun(quarantined(2)));
  share.know({1, 10}, share.mark());
  EXPECT_FALSE(share.full());
}

}  // namespace
}  // namespace lianqiao::intake
