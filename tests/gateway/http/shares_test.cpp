#include "http/shares.h"

#include <gtest/gtest.h>

#include <vector>

namespace lianqiao::http {
namespace {

config::IntakeLimits limitsOf(std::size_t requests, std::size_t bytes, std::size_t unproved) {
  config::IntakeLimits limits;
  limits.connections = requests;
  limits.bodiesInFlight = bytes;
  limits.unprovedInFlight = unproved;
  return limits;
}

/// As many requests as fit, each with so many bytes.
std::vector<Shares::Hold> fill(Shares& shares, const std::shared_ptr<PeerLoad>& peer, bool proved,
                               const char* remote, std::size_t bytes) {
  std::vector<Shares::Hold> holds;
  for (;;) {
    Shares::Hold hold;
    if (!shares.take(peer, proved, remote, hold) || !hold.grow(bytes)) return holds;
    holds.push_back(std::move(hold));
  }
}

const auto makeLoad = [] { return std::make_shared<PeerLoad>(); };

// The rule: whoever takes all he can leaves as much for the others.
TEST(Shares, APeerLeavesAsMuchAsItHas) {
  Shares shares(limitsOf(1000, 1000, 0));
  const auto first = fill(shares, makeLoad(), true, "10.0.0.1:1", 10);
  EXPECT_EQ(first.size(), 50u);
  const auto second = fill(shares, makeLoad(), true, "10.0.0.1:1", 10);
  EXPECT_EQ(second.size(), 25u);
}

TEST(Shares, AllUnprovedCallersTogetherLeaveTheReserve) {
  Shares shares(limitsOf(1000, 1000, 100));
  std::vector<std::vector<Shares::Hold>> all;
  for (int i = 0; i < 50; ++i) {
    all.push_back(fill(shares, makeLoad(), false, ("10.0.0." + std::to_string(i)).c_str(), 10));
  }
  EXPECT_EQ(all.front().size(), 5u) << "half of what unproved callers have";
  std::size_t taken = 0;
  for (const auto& holds : all) taken += holds.size();
  EXPECT_LE(taken, 10u);
  EXPECT_GE(fill(shares, makeLoad(), true, "10.0.0.1:1", 10).size(), 40u);
}

// The rule: what is sent in a peer's name without proof is none of what that peer has.
TEST(Shares, UnprovedCallersInAPeersNameTakeNothingOfItsShare) {
  Shares shares(limitsOf(1000, 1000, 400));
  const auto named = makeLoad();
  const auto other = makeLoad();
  std::vector<std::vector<Shares::Hold>> unproved;
  for (int i = 0; i < 50; ++i) {
    unproved.push_back(fill(shares, named, false, ("10.0.0." + std::to_string(i)).c_str(), 10));
  }
  EXPECT_FALSE(fill(shares, other, false, "10.0.1.1:1", 10).empty())
      << "nor do they take all that unproved callers of others have";
  const std::size_t ofAnother = fill(shares, other, true, "10.0.0.1:1", 10).size();
  EXPECT_GE(ofAnother, 30u);
  EXPECT_EQ(fill(shares, named, true, "10.0.0.1:1", 10).size(), ofAnother);
}

TEST(Shares, RequestsOfUnprovedCallersAreBoundedTooThoughTheySendNothing) {
  Shares shares(limitsOf(100, 1000, 0));
  std::vector<std::vector<Shares::Hold>> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(fill(shares, makeLoad(), false, ("10.0.1." + std::to_string(i)).c_str(), 0));
  }
  std::size_t taken = 0;
  for (const auto& holds : all) taken += holds.size();
  EXPECT_LE(taken, 50u);
  EXPECT_GE(fill(shares, makeLoad(), true, "10.0.0.1:1", 0).size(), 25u);
}

TEST(Shares, ACallerIsHisAddressWhateverHisPortAndWhicheverOfHis64) {
  Shares shares(limitsOf(1000, 1000, 400));
  const auto peer = makeLoad();
  const auto one = fill(shares, peer, false, "[2001:db8:1:2::1]:80", 10);
  EXPECT_EQ(one.size(), 20u);
  EXPECT_TRUE(fill(shares, makeLoad(), false, "[2001:db8:1:2:ffff::9]:81", 10).empty());
  EXPECT_FALSE(fill(shares, makeLoad(), false, "[2001:db8:1:3::1]:80", 10).empty());
}

TEST(Shares, WhatEndsIsGivenBackAlsoAfterItsShares) {
  const auto peer = makeLoad();
  Shares::Hold late;
  {
    Shares shares(limitsOf(100, 1000, 0));
    { const auto holds = fill(shares, peer, false, "10.0.0.1:1", 10); }
    EXPECT_EQ(peer->unproved.requests, 0u);
    EXPECT_EQ(peer->unproved.bytes, 0u);
    EXPECT_EQ(fill(shares, peer, false, "10.0.0.1:1", 10).size(), 25u) << "as at first";
    ASSERT_TRUE(shares.take(peer, false, "10.0.0.1:1", late));
    ASSERT_TRUE(late.grow(7));
  }
  EXPECT_EQ(peer->unproved.bytes, 7u);
  late = {};
  EXPECT_EQ(peer->unproved.bytes, 0u);
}

}  // namespace
}  // namespace lianqiao::http
