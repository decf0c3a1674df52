// A key of another type, or with a value that none of us wrote, fails what needs it and nothing
// else, and is named; once it is moved away what it held goes on.
#include <algorithm>

#include "lianqiao/codes.h"
#include "queue/lapses.h"
#include "queue/mend.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using ::testing::HasSubstr;

class DamagedKey : public QueueTest {
 protected:
  /// Of a type that no key of ours there has.
  void plant(const std::string& key) {
    const auto redis = raw();
    ASSERT_TRUE(redis->call({"DEL", key}).ok());
    ASSERT_TRUE(redis->call({"SET", key, "foreign"}).ok());
  }
  void remove(const std::string& key) { ASSERT_TRUE(raw()->call({"DEL", key}).ok()); }
  /// More of them than one, for a set has no order.
  void plantPeers(const std::string& kind) {
    for (const char* peer : {"p1", "p2", "p3", "p4", "p5", "p6"}) {
      ASSERT_TRUE(raw()->call({"SADD", "{lq}:peers", peer}).ok());
      plant("{lq}:" + kind + ":" + peer);
    }
  }
  static std::vector<std::string> sortedKeys(const std::vector<Lease>& leases) {
    std::vector<std::string> keys;
    for (const Lease& one : leases) keys.push_back(one.key);
    std::sort(keys.begin(), keys.end());
    return keys;
  }
};

/// A key of another type fails what needs it and nothing else, and is named.
TEST_F(DamagedKey, FailsItsOwnRecordsOnlyAndIsNamed) {
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"SET", "{lq}:dup:hotline:poison", "foreign"}).ok());
  std::promise<Result<std::vector<ItemVerdict>>> promises[3];
  int next = 0;
  for (const char* sourceId : {"1", "poison", "2"}) {
    Submission submission;
    submission.entries.push_back(record(std::string("k-") + sourceId, sourceId));
    queue_->submissions().submit(std::move(submission), [&promise = promises[next]](auto result) {
      promise.set_value(std::move(result));
    });
    ++next;
  }
  EXPECT_TRUE(promises[0].get_future().get().ok());
  const auto refused = promises[1].get_future().get();
  EXPECT_TRUE(promises[2].get_future().get().ok());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, codes::kQueueRefused);
  EXPECT_THAT(refused.error().detail, HasSubstr("{lq}:dup:hotline:poison is no ledger"));
  EXPECT_FALSE(queue_->health().obstacle());
  EXPECT_TRUE(queue_->submissions().accepts());
  EXPECT_EQ(lease().size(), 2u);
  ASSERT_TRUE(redis->call({"DEL", "{lq}:dup:hotline:poison"}).ok());
  EXPECT_EQ(submit(record("k-poison", "poison")).status, ItemVerdict::Status::accepted);
}

TEST_F(DamagedKey, OfAThingIsNamedWithTheTypesThatItMayHave) {
  ASSERT_TRUE(raw()->call({"RPUSH", "{lq}:dup:hotline:poison", "foreign"}).ok());
  const auto refused = trySubmit({{record("k", "poison")}, {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail,
              HasSubstr("{lq}:dup:hotline:poison is a list and should be a hash or string"));
}

/// Redis refuses the whole group, which may be large: it goes again in pieces.
TEST_F(DamagedKey, OfOneSettlementGivesUpThatOneAndSettlesAllOthers) {
  for (const char* key : {"k1", "k2", "k3", "k4"}) submit(record(key, key));
  submit(record("k3", "behind"));
  std::vector<Lease> leases = lease();
  ASSERT_EQ(leases.size(), 4u);
  plant("{lq}:wait:province:k3");
  for (Lease& one : leases) {
    Settlement settlement;
    settlement.lease = std::move(one);
    queue_->deliveries().settle(std::move(settlement));
  }
  for (int i = 0; i < 2000 && counts().delivered < 3; ++i) waitATick();
  EXPECT_EQ(counts().delivered, 3u);
  EXPECT_THAT(log_.all(), ::testing::Contains(HasSubstr("was refused and given up")));
}

TEST_F(DamagedKey, LeavesTheCursorAndTheOthersOfItsSubmissionAreStored) {
  ASSERT_TRUE(raw()->call({"SET", "{lq}:dup:hotline:poison", "foreign"}).ok());
  Submission polled;
  for (const char* sourceId : {"1", "poison", "2"})
    polled.entries.push_back(record(std::string("k-") + sourceId, sourceId));
  polled.cursor = CursorUpdate{"hotline", "page=2"};
  const auto refused = trySubmit(std::move(polled));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, codes::kQueueRefused);
  EXPECT_EQ(*queue_->pollRights().cursor("hotline"), "");
  EXPECT_EQ(lease().size(), 2u);
}

TEST_F(DamagedKey, OfExceptionsHoldsUpNoRecords) {
  ASSERT_TRUE(raw()->call({"SET", "{lq}:excs", "foreign"}).ok());
  Submission both;
  both.entries.push_back(record("k", "1"));
  both.entries.push_back(quarantined());
  const auto refused = trySubmit(std::move(both));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, HasSubstr("{lq}:excs is a string and should be a zset"));
  EXPECT_EQ(lease().size(), 1u);
  EXPECT_EQ(submit(record("k2", "2")).status, ItemVerdict::Status::accepted);
}

/// The list of one key fails what stands behind its head: every other key of the group is stored
/// and may be leased at once.
TEST_F(DamagedKey, OfOneKeysLineFailsThatKeyOnly) {
  submit(record("k1", "1"));
  plant("{lq}:wait:province:k1");
  std::atomic<int> good{0}, refused{0};
  for (int i = 0; i < 30; ++i) {
    Submission one;
    const std::string key = i % 3 == 0 ? "k1" : "other-" + std::to_string(i);
    one.entries.push_back(record(key, "s" + std::to_string(i)));
    queue_->submissions().submit(std::move(one), [&, i](const auto& result) {
      if (result.ok()) ++good;
      if (result.ok()) return;
      ++refused;
      EXPECT_EQ(i % 3, 0) << result.error().detail;
      EXPECT_THAT(result.error().detail, HasSubstr("{lq}:wait:province:k1 is a string"));
    });
  }
  EXPECT_TRUE(queue_->deliveries().flush().ok());
  for (int i = 0; i < 2000 && good + refused < 30; ++i) waitATick();
  EXPECT_EQ(good, 20);
  EXPECT_EQ(refused, 10);
  EXPECT_EQ(lease().size(), 21u);
}

TEST_F(DamagedKey, OfOneLaneFailsThatLaneOnly) {
  plant("{lq}:ready:province:h");
  std::vector<Entry> entries;
  entries.push_back(record("k1", "1"));
  entries.push_back(high(record("k2", "2")));
  entries.push_back(record("k3", "3"));
  const auto refused = trySubmit({std::move(entries), {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, HasSubstr("{lq}:ready:province:h is a string"));
  EXPECT_EQ((*raw()->call({"LLEN", "{lq}:ready:province:n"}))->integer, 2);
  EXPECT_TRUE(trySubmit({{record("k4", "4")}, {}}).ok());
  remove("{lq}:ready:province:h");
  clock_.pass(30s);
  std::vector<std::string> keys;
  for (int i = 0; i < 2000 && keys.size() < 4; ++i) {
    for (std::string& key : sortedKeys(lease())) keys.push_back(std::move(key));
    waitATick();
  }
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(keys, (std::vector<std::string>{"k1", "k2", "k3", "k4"}));
}

/// What the sweep cannot look at hides itself and nothing else; it is counted and told.
TEST_F(DamagedKey, KeepsNobodyElseFromBeingLinedUpAgain) {
  submit(record("k1", "1"));
  submit(record("k1", "2"));
  const std::string lost = submit(record("k2", "3")).id;
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:ready:province:n"}).ok());
  plant("{lq}:wait:province:k1");
  plantPeers("open");
  const auto redis = raw();
  const auto seen = countLost(*redis, Keys("lq"), clock_.wall());
  ASSERT_TRUE(seen.ok()) << seen.error().detail;
  EXPECT_EQ(seen->count, 2) << "the heads of both keys";
  EXPECT_FALSE(seen->hidden.empty());
  clock_.pass(30s);
  std::vector<std::string> ids;
  for (int i = 0; i < 2000 && ids.size() < 2; ++i) {
    for (const std::string& id : idsOf(lease())) ids.push_back(id);
    waitATick();
  }
  EXPECT_THAT(ids, ::testing::Contains(lost));
  const auto mended = mendLines(*redis, Keys("lq"), "province", {0, 200, clock_.wall(), true});
  ASSERT_TRUE(mended.ok());
  EXPECT_THAT(mended->hidden, HasSubstr("owed to province: {lq}:wait:province:k1 is a string"));
  EXPECT_EQ(mended->found, 0);
  for (const char* key : {"{lq}:wait:province:k1 is a string", "{lq}:open:p1", "{lq}:open:p6"}) {
    const auto isNamed = ::testing::Contains(
        ::testing::AllOf(HasSubstr("the queue's sweep failed"), HasSubstr(key)));
    for (int i = 0; i < 2000 && !::testing::Matches(isNamed)(log_.all()); ++i)
      waitATick();  // the lines come behind the act
    EXPECT_THAT(log_.all(), isNamed) << "each is named, not the first alone";
  }
}

/// Leases of others lapse in their time; what the damage holds goes on once it is gone, in order.
TEST_F(DamagedKey, KeepsNoOtherLeaseFromLapsing) {
  submit(record("k1", "1"));
  const std::string behind = submit(record("k1", "2")).id;
  submit(record("k2", "3"));
  std::vector<Lease> leases = lease();
  ASSERT_EQ(leases.size(), 2u);
  if (leases[0].key != "k1") std::swap(leases[0], leases[1]);
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"RENAME", "{lq}:wait:province:k1", "kept"}).ok());
  plant("{lq}:wait:province:k1");
  plantPeers("due");
  Settlement settlement;
  settlement.lease = leases[0];
  (void)queue_->deliveries().settleNow({settlement});
  for (int i = 0; i < 20; ++i) waitATick();
  clock_.pass(31s);
  EXPECT_EQ(leaseSoon().at(0).recordId, leases[1].recordId);
  ASSERT_TRUE(redis->call({"RENAME", "kept", "{lq}:wait:province:k1"}).ok());
  EXPECT_EQ(leaseSoon().at(0).recordId, behind);
  EXPECT_EQ(trail(leases[0].recordId).deliveries.at(0).state, "delivered");
}

TEST_F(DamagedKey, OfARecordHoldsUpNoOtherRecord) {
  submit(record("k1", "1"));
  const std::string damaged = submit(record("k2", "2")).id;
  submit(record("k3", "3"));
  plant("{lq}:rec:" + damaged);
  EXPECT_EQ(sortedKeys(lease()), (std::vector<std::string>{"k1", "k3"}));
}

// No key is damaged where Redis is away: nothing has lapsed, and nobody may believe it.
TEST_F(DamagedKey, LapsesThatRedisDoesNotHearAreNotTakenForDamage) {
  const auto redis = raw();
  queue_ = nullptr;
  const std::vector<Lapse> lapses = {{"province", "1", "1 a.1 1"}, {"province", "2", "2 a.1 1"}};
  const auto told = sendLapses(*redis, Keys("lq"), lapses, clock_.wall(), 1h, "100 v1", ids_);
  ASSERT_FALSE(told.ok()) << *told;
  EXPECT_EQ(told.error().code, codes::kQueueUnavailable);
}

TEST_F(DamagedKey, ARecordThatIsGoneAndOwedIsNamed) {
  const std::string id = submit(record("k", "1")).id;
  submit(record("other", "2"));
  remove("{lq}:rec:" + id);
  const auto redis = raw();
  const auto mended = mendLines(*redis, Keys("lq"), "province", {0, 200, clock_.wall(), true});
  ASSERT_TRUE(mended.ok());
  EXPECT_EQ(mended->found, 0);
  EXPECT_THAT(mended->hidden, HasSubstr("{lq}:rec:" + id + " is gone"));
  const auto lost = countLost(*redis, Keys("lq"), clock_.wall());
  ASSERT_TRUE(lost.ok());
  EXPECT_THAT(lost->hidden, HasSubstr("{lq}:rec:" + id));
}

TEST_F(DamagedKey, APeerThatIsOwedNothingHidesNothing) {
  const auto redis = raw();
  const auto mended = mendLines(*redis, Keys("lq"), "province", {0, 200, clock_.wall(), true});
  ASSERT_TRUE(mended.ok()) << mended.error().detail;
  EXPECT_EQ(mended->next, 0);
  EXPECT_EQ(mended->found, 0);
  EXPECT_EQ(mended->hidden, "");
}

}  // namespace
}  // namespace lianqiao::queue
