#include "delivery/lease_buffer.h"

#include <gmock/gmock.h>

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const LeaseBuffer::TimePoint kNow{1h};

queue::Lease lease(const std::string& id) {
  queue::Lease one;
  one.recordId = id;
  one.until = kNow + 1min;
  return one;
}
queue::Lease urgent(const std::string& id) {
  queue::Lease one = lease(id);
  one.priority = record::Priority::high;
  return one;
}
queue::Lease suspect(const std::string& id) {
  queue::Lease one = lease(id);
  one.suspect = true;
  return one;
}
std::vector<std::string> ids(const std::vector<queue::Lease>& leases) {
  std::vector<std::string> all;
  for (const queue::Lease& one : leases) all.push_back(one.recordId);
  return all;
}

TEST(LeaseBuffer, UrgentOnesGoBeforeTheOthersInTheirOwnOrder) {
  LeaseBuffer hand;
  hand.add({lease("a"), urgent("b"), lease("c")});
  hand.add({urgent("d"), lease("e")});
  EXPECT_THAT(ids(hand.take(10, kNow).leases), ElementsAre("b", "d", "a", "c", "e"));
  EXPECT_TRUE(hand.empty());
}

TEST(LeaseBuffer, ASuspectGoesAlone) {
  LeaseBuffer hand;
  hand.add({lease("a"), suspect("b"), lease("c"), lease("d")});
  EXPECT_THAT(ids(hand.take(10, kNow).leases), ElementsAre("a"));
  EXPECT_THAT(ids(hand.take(10, kNow).leases), ElementsAre("b"));
  EXPECT_THAT(ids(hand.take(10, kNow).leases), ElementsAre("c", "d"));
}

TEST(LeaseBuffer, WhatWouldLapseDuringTheCallIsDropped) {
  LeaseBuffer hand;
  hand.add({lease("a"), lease("b")});
  const LeaseBuffer::Taken none = hand.take(10, kNow + 2min);
  EXPECT_THAT(none.leases, IsEmpty());
  EXPECT_TRUE(none.lapsed);
  EXPECT_TRUE(hand.empty());
}

TEST(LeaseBuffer, GivesBackTheLastOneFirst) {
  LeaseBuffer hand;
  hand.add({lease("a"), lease("b"), lease("c")});
  EXPECT_THAT(ids(hand.takeBeyond(1)), ElementsAre("c", "b"));
  EXPECT_THAT(ids(hand.takeBeyond(1)), IsEmpty());
  EXPECT_EQ(hand.size(), 1u);
}

TEST(LeaseBuffer, FindsASuspectWhereverItStands) {
  LeaseBuffer hand;
  hand.add({lease("a"), suspect("b"), lease("c")});
  const auto found = hand.takeSuspect();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->recordId, "b");
  EXPECT_FALSE(hand.takeSuspect());
  EXPECT_THAT(ids(hand.take(10, kNow).leases), ElementsAre("a", "c"));
}

}  // namespace
}  // namespace lianqiao::delivery
