#include <stdexcept>

#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using Kind = Settlement::Kind;
using ::testing::HasSubstr;

/// What goes wrong with settlements, and with the callbacks around them.
class Settling : public QueueTest {
 protected:
  Settlement delivered(const Lease& lease) {
    Settlement settlement;
    settlement.lease = lease;
    settlement.receipt = "R-" + lease.recordId;
    return settlement;
  }
  void lapseAll() {
    for (int i = 0; i < 4000 && depth().leased > 0; ++i) {
      clock_.pass(31s);
      waitATick();
    }
    EXPECT_EQ(depth().leased, 0u);
  }
  std::size_t linesWith(const std::string& text) {
    std::size_t count = 0;
    for (const std::string& line : log_.all())
      if (line.find(text) != std::string::npos) ++count;
    return count;
  }
};

// A script's unpack() takes less than 8,000 values: more lapsed leases than that must not stay for
// ever.
TEST_F(Settling, TwentyThousandLeasesLapseAndAreGivenAgain) {
  constexpr std::size_t kMany = 20'000;
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < kMany; ++i) {
    const std::string n = std::to_string(i);
    entries.push_back(record(n, n, "", n));
  }
  submit(std::move(entries));
  std::size_t leased = 0;
  while (leased < kMany) {
    const std::size_t got = lease(1000).size();
    ASSERT_GT(got, 0u);
    leased += got;
  }
  lapseAll();
  EXPECT_EQ(depth().waiting, kMany);
  EXPECT_EQ(lease(1000).size(), 1000u);
}

// Found by breaking settle.lua by hand: what Redis refused half-way was settled a second time when
// it came again, and the record counted one destination less than were open.
TEST_F(Settling, WhatWasSettledByHalvesIsOnlyFinished) {
  const std::string id = submit(record("k", "1", "", "one", {"province", "archive"})).id;
  submit(record("k", "2", "", "two"));
  const Lease one = lease(1).at(0);
  const auto redis = raw();
  const std::string rec = "{lq}:rec:" + id;
  ASSERT_TRUE(redis->call({"HSET", rec, "d:province", "d 1717000000000 0 R-first"}).ok());
  ASSERT_TRUE(redis->call({"HINCRBY", rec, "o", "-1"}).ok());
  settle(one, Kind::delivered, "R-second");
  EXPECT_EQ((*redis->call({"HGET", rec, "o"}))->text, "1") << "archive is still owed it";
  EXPECT_EQ((*redis->call({"PTTL", rec}))->integer, -1);
  EXPECT_EQ((*redis->call({"HGET", rec, "d:province"}))->text, "d 1717000000000 0 R-first");
  EXPECT_EQ(lease(1).size(), 1u) << "its key is free for the next";
}

TEST_F(Settling, TwentyThousandRetriesAreMadeDueAtTheStart) {
  const auto redis = raw();
  submit(record("k", "1"));
  for (int i = 0; i < 20; ++i) {
    redis::RedisCommand add;
    add.begin(2 + 2 * 1000);
    add.word("ZADD");
    add.word("{lq}:due:province");
    for (int j = 0; j < 1000; ++j) {
      add.word(static_cast<long long>(clock_.wall().time_since_epoch().count() + 9'000'000));
      add.word("id" + std::to_string(i * 1000 + j));
    }
    ASSERT_TRUE(redis->call(add).ok());
  }
  reopen();
  const std::string horizon = std::to_string(clock_.wall().time_since_epoch().count() + 60'000);
  EXPECT_EQ((*raw()->call({"ZCOUNT", "{lq}:due:province", "(" + horizon, "+inf"}))->integer, 0);
}

// Nodes that crash under names of their own, as containers do, leave their beats.
TEST_F(Settling, BeatsOfTenThousandDeadNodesDoNotStopALivingOne) {
  const auto redis = raw();
  for (int i = 0; i < 10; ++i) {
    redis::RedisCommand add;
    add.begin(2 + 2 * 1000);
    add.word("HSET");
    add.word("{lq}:beats");
    for (int j = 0; j < 1000; ++j) {
      add.word("pod-" + std::to_string(i * 1000 + j));
      add.word("1 7 host boot/1 1.1");
    }
    ASSERT_TRUE(redis->call(add).ok());
  }
  submit(record("k", "1"));
  const Lease held = lease().at(0);
  for (int i = 0; i < 4; ++i) {
    clock_.pass(2s);
    for (int beat = 0; beat < 2; ++beat) {
      const auto now = [&] {
        return std::string((*redis->call({"HGET", "{lq}:beats", "test"}))->text);
      };
      const std::string before = now();
      for (int j = 0; j < 2000 && now() == before; ++j) waitATick();
    }
  }
  EXPECT_TRUE(queue_->deliveries().begin(held)) << "its own beats were confirmed";
}

TEST_F(Settling, AWrongKeyInTheCallersWordsBlocksNoKey) {
  submit(record("right", "1"));
  const std::string next = submit(record("right", "2")).id;
  const std::string other = submit(record("wrong", "3")).id;
  Settlement settlement;
  settlement.lease = lease(1).at(0);
  settlement.lease.key = "wrong";
  ASSERT_TRUE(queue_->deliveries().settleNow({settlement}).ok());
  EXPECT_THAT(idsOf(lease()), ::testing::UnorderedElementsAre(next, other));
}

TEST_F(Settling, ALongDetailIsCutBetweenCharacters) {
  submit(record("k", "1"));
  Settlement settlement;
  settlement.kind = Settlement::Kind::buried;
  settlement.lease = lease().at(0);
  settlement.code = "deliver.rejected";
  for (int i = 0; i < 300; ++i) settlement.detail += "水";
  ASSERT_TRUE(queue_->deliveries().settleNow({settlement}).ok());
  EXPECT_EQ(queue_->records().exceptions({})->at(0).detail.size(), 498u);
}

TEST_F(Settling, ARefusedSettlementIsToldAndFinishedWhenItsLeaseLapses) {
  const std::string id = submit(record("k", "1")).id;
  const std::string next = submit(record("k", "2")).id;
  const Lease one = lease().at(0);
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"RENAME", "{lq}:open:province", "{lq}:aside"}).ok());
  ASSERT_TRUE(redis->call({"SET", "{lq}:open:province", "foreign"}).ok());
  const auto settled = queue_->deliveries().settleNow({delivered(one)});
  ASSERT_FALSE(settled.ok()) << "it is not durable as a whole";
  EXPECT_EQ(settled.error().code, "queue.refused");
  EXPECT_THAT(settled.error().detail, HasSubstr(id));
  const auto flushed = queue_->deliveries().flush();
  ASSERT_FALSE(flushed.ok());
  EXPECT_EQ(flushed.error().code, "queue.refused");
  EXPECT_TRUE(queue_->deliveries().flush().ok()) << "told once";
  ASSERT_TRUE(redis->call({"RENAME", "{lq}:aside", "{lq}:open:province"}).ok());
  lapseAll();
  const std::vector<Lease> after = leaseSoon();
  EXPECT_THAT(idsOf(after), ::testing::ElementsAre(next)) << "it was delivered, the next is due";
  EXPECT_EQ(trail(id).deliveries.at(0).state, "delivered");
  settle(after[0]);
  EXPECT_EQ(depth().waiting + depth().leased, 0u);
}

TEST_F(Settling, ARefusedSettlementKeepsNoOtherFromBeingDurable) {
  submit(record("a", "1"));
  submit(record("b", "2", "", "two", {"grid"}));
  const Lease bad = lease().at(0);
  const Lease good = lease(1, "grid").at(0);
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"DEL", "{lq}:open:province"}).ok());
  ASSERT_TRUE(redis->call({"SET", "{lq}:open:province", "foreign"}).ok());
  EXPECT_FALSE(queue_->deliveries().settleNow({delivered(bad), delivered(good)}).ok());
  EXPECT_EQ(counts("grid").delivered, 1u);
  ASSERT_TRUE(redis->call({"DEL", "{lq}:open:province"}).ok());
}

// A former version, and a node of it beside this one, leave no other trace of what is held.
TEST_F(Settling, ARecordThatHoldsAChangeIsKeptAsLongAsItSays) {
  const std::string id = submit(record("k", "1")).id;
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"HSET", "{lq}:rec:" + id, "u", "9000000000"}).ok());
  ASSERT_TRUE(redis->call({"HSET", "{lq}:held", "hotline views", "1"}).ok());
  settle(lease().at(0));
  EXPECT_GT((*redis->call({"PTTL", "{lq}:rec:" + id}))->integer, 8'000'000'000);
}

TEST_F(Settling, WhatACallbackThrowsEndsNothingAndIsLoggedOnce) {
  std::atomic<int> called{0};
  test::listen(*takers_, [&](std::string_view) {
    ++called;
    throw std::runtime_error("broken listener");
  });
  for (int i = 0; i < 3; ++i) {
    std::promise<void> done;
    Submission submission;
    submission.entries.push_back(record("k", std::to_string(i)));
    queue_->submissions().submit(std::move(submission), [&](const auto&) {
      done.set_value();
      throw std::runtime_error("broken submitter");
    });
    done.get_future().wait();
  }
  for (int i = 0; i < 2000 && called < 6; ++i) waitATick();  // the sweeper calls, too
  EXPECT_GE(called, 6);
  test::listen(*takers_, {});
  submit(record("k", "still alive"));
  EXPECT_EQ(counts().owed, 4u);
  EXPECT_EQ(linesWith("broken submitter"), 1u);
  EXPECT_GE(linesWith("broken listener"), 1u);
  EXPECT_LE(linesWith("broken listener"), 2u) << "once for each thread that calls";
}

/// Whoever gives it, a receipt has at most 200 bytes and no half of a character, and is found by
/// the whole one, too.
TEST_F(Settling, AReceiptIsCutBetweenCharacters) {
  const std::string id = submit(record("k", "S-1")).id;
  std::string receipt(199, 'r');
  receipt += "号" + std::string(5000, 'x');
  settle(lease().at(0), Settlement::Kind::delivered, receipt);
  EXPECT_EQ(trail(id).deliveries.at(0).receipt, std::string(199, 'r'));
  EXPECT_EQ(trail(receipt).recordId, id);
}

}  // namespace
}  // namespace lianqiao::queue
