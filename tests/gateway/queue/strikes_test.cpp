#include <fstream>

#include "node_process.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using Kind = Settlement::Kind;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// A Redis that outlives its nodes; the queue here is only opened to look and to submit.
class Strikes : public OutsideRedisTest {
 protected:
  void SetUp() override {
    OutsideRedisTest::SetUp();
    open();
  }
  NodeProcess process() { return NodeProcess(settings_.url, "other", folder_.path()); }
  std::string deliveredFile() const { return (folder_.path() / "delivered").string(); }
  /// In the order in which they were delivered, by key.
  std::map<std::string, std::vector<std::string>> delivered() const {
    std::map<std::string, std::vector<std::string>> found;
    std::ifstream file(deliveredFile());
    for (std::string key, id; file >> key >> id;) found[key].push_back(id);
    return found;
  }
  std::string strikesOf(const std::string& id) {
    const auto redis = raw();
    const auto reply = redis->call({"HGET", "{lq}:rec:" + id, "x:province"});
    const std::string text = reply.ok() ? std::string((*reply)->text) : "away";
    return text.substr(0, text.find(' '));
  }
  /// A node that dies with one lease in flight.
  void crash() {
    NodeProcess node = process();
    for (int i = 0; i < 2000; ++i) {
      const std::string ids = node.ask("begun province 1");
      if (!ids.empty()) return;
      waitATick();
    }
    ADD_FAILURE() << "nothing to lease";
  }
  void strikeFormer() { NodeProcess node = process(); }
  void passUntilNothingIsLeased() {
    for (int i = 0; i < 400 && depth().leased > 0; ++i) {
      clock_.pass(3s);
      awaitBeat();
      awaitBeat();
    }
    EXPECT_EQ(depth().leased, 0u);
  }
  void awaitBeat() {
    const std::string before = beat();
    for (int i = 0; i < 2000 && beat() == before; ++i) waitATick();
  }
  std::string beat() {
    const auto redis = raw();
    return std::string((*redis->call({"HGET", "{lq}:beats", "test"}))->text);
  }
};

TEST_F(Strikes, ARecordThatEndsTheProcessEachTimeBecomesAnExceptionAndAllOthersAreDelivered) {
  std::map<std::string, std::vector<std::string>> expected;
  std::vector<Entry> entries;
  for (int i = 0; i < 60; ++i) {
    const std::string key = "k" + std::to_string(i % 10);
    entries.push_back(record(key, std::to_string(i), "", i == 23 ? "poison" : "good"));
  }
  const std::string poison = entries[23].record->id;
  for (const Entry& entry : entries)
    if (entry.record->id != poison) expected[entry.record->key].push_back(entry.record->id);
  submit(std::move(entries));

  std::string answer;
  int starts = 0;
  for (; starts < 6 && answer != "idle"; ++starts) {
    NodeProcess node = process();
    ASSERT_EQ(node.greeting, "ready");
    answer = node.ask("work province " + deliveredFile());
  }
  EXPECT_EQ(answer, "idle");
  EXPECT_LE(starts, 4) << "three deaths, then all goes on";
  const auto exceptions = queue_->records().exceptions({});
  ASSERT_TRUE(exceptions.ok());
  ASSERT_THAT(*exceptions, SizeIs(1))
      << "the innocent ones that were in flight with it are delivered";
  EXPECT_EQ(exceptions->at(0).recordId, poison);
  EXPECT_EQ(exceptions->at(0).code, "deliver.strikes");
  EXPECT_EQ(delivered(), expected) << "each once, in the order of its key";
  EXPECT_EQ(counts().buried, 1u);
  const review::Trail story = trail(poison);
  EXPECT_THAT(story.deliveries.at(0).attempts, SizeIs(3));
  EXPECT_THAT(story.deliveries.at(0).attempts.at(1), HasSubstr("(strike 2 of 3)"));
}

TEST_F(Strikes, WhatMerelyWaitedInTheHandsOfADeadProcessGetsNone) {
  const std::string id = submit(record("k", "1")).id;
  for (int i = 0; i < 3; ++i) {
    NodeProcess node = process();
    std::string leased;
    for (int j = 0; j < 2000 && leased.empty(); ++j) {
      leased = node.ask("lease province 1");
      if (leased.empty()) waitATick();
    }
    ASSERT_EQ(leased, id + " ") << "leased, not begun";
  }
  strikeFormer();
  passUntilNothingIsLeased();
  EXPECT_EQ(strikesOf(id), "");
  EXPECT_FALSE(leaseSoon().at(0).suspect);
}

TEST_F(Strikes, ASettledAttemptClearsThem) {
  const std::string id = submit(record("k", "1")).id;
  crash();
  crash();
  strikeFormer();
  EXPECT_EQ(strikesOf(id), "2");
  const Lease again = leaseSoon().at(0);
  EXPECT_TRUE(again.suspect);
  settle(again, Kind::retry);
  EXPECT_EQ(strikesOf(id), "");
  EXPECT_FALSE(lease().at(0).suspect);
  EXPECT_TRUE(queue_->records().exceptions({})->empty());
}

TEST_F(Strikes, EachDeathCountsOnceHoweverOftenItIsReported) {
  const std::string id = submit(record("k", "1")).id;
  crash();
  std::filesystem::copy(folder_.path() / "flights-other", folder_.path() / "kept");
  for (int i = 0; i < 4; ++i) {
    strikeFormer();
    std::filesystem::copy(folder_.path() / "kept", folder_.path() / "flights-other",
                          std::filesystem::copy_options::overwrite_existing);
  }
  EXPECT_EQ(strikesOf(id), "1");
}

TEST_F(Strikes, AStrikeCountsAlsoWhereAnotherNodeTookTheWorkOverFirst) {
  const std::string id = submit(record("k", "1")).id;
  {
    NodeProcess node = process();
    ASSERT_EQ(node.ask("begun province 1"), id + " ");
  }
  passUntilNothingIsLeased();
  ASSERT_EQ(leaseSoon().at(0).recordId, id);
  strikeFormer();
  EXPECT_EQ(strikesOf(id), "1");
}

TEST_F(Strikes, ACleanStopGivesNone) {
  const std::string id = submit(record("k", "1")).id;
  ASSERT_TRUE(queue_->deliveries().begin(lease().at(0)));
  reopen();
  EXPECT_EQ(strikesOf(id), "");
}

TEST_F(Strikes, AnAdapterThatDoesNotComeBackGetsItsRecordOne) {
  const std::string id = submit(record("k", "1")).id;
  const Lease hung = lease().at(0);
  ASSERT_TRUE(queue_->deliveries().begin(hung));
  passUntilNothingIsLeased();
  EXPECT_EQ(strikesOf(id), "1");
  for (int i = 0; i < 2; ++i) {
    const Lease again = leaseSoon().at(0);
    EXPECT_TRUE(again.suspect);
    ASSERT_TRUE(queue_->deliveries().begin(again));
    passUntilNothingIsLeased();
  }
  EXPECT_EQ(queue_->records().exceptions({})->at(0).code, "deliver.strikes");
  EXPECT_EQ(counts().buried, 1u);
  settle(hung);
  EXPECT_EQ(counts().delivered, 0u);
}

TEST_F(Strikes, AFrozenNodeAndAnOutageOfRedisGiveNone) {
  const std::string id = submit(record("k", "1")).id;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(queue_->deliveries().begin(leaseSoon().at(0)));
    for (int j = 0; j < 400 && depth().leased > 0; ++j) {
      clock_.pass(120s);  // stood still: no beat went out
      waitATick();
    }
    EXPECT_EQ(depth().leased, 0u);
    awaitBeat();
    awaitBeat();
  }
  EXPECT_EQ(strikesOf(id), "");
  EXPECT_TRUE(queue_->records().exceptions({})->empty());
}

TEST_F(Strikes, AfterOneDeathASlowPeersSuspectsHoldUpNoOtherPeers) {
  std::vector<Entry> entries;
  for (int i = 0; i < 3; ++i)
    entries.push_back(record("k" + std::to_string(i), std::to_string(i), "", std::to_string(i),
                             {"province", "grid"}));
  submit(std::move(entries));
  {
    NodeProcess node = process();
    node.ask("begun province 10");
    node.ask("begun grid 10");
  }
  strikeFormer();
  EXPECT_EQ(leaseSoon(1).size(), 1u) << "held, as by a peer that answers after half a minute";
  const std::vector<Lease> others = leaseSoon(100, "grid");
  EXPECT_THAT(others, SizeIs(3));
  for (const Lease& one : others) EXPECT_TRUE(one.suspect);
}

TEST_F(Strikes, OfAllPeersOneThatIsSuspectedTwiceIsOutAtATime) {
  std::vector<Entry> entries;
  for (int i = 0; i < 3; ++i)
    entries.push_back(record("k" + std::to_string(i), std::to_string(i), "", std::to_string(i),
                             {"province", "grid"}));
  submit(std::move(entries));
  for (int death = 0; death < 2; ++death) {
    {
      NodeProcess node = process();
      node.ask("begun province 10");
      node.ask("begun grid 10");
    }
    strikeFormer();
  }
  std::set<std::string> seen;
  for (int i = 0; i < 2000 && seen.size() < 6; ++i) {
    std::vector<Lease> out = lease();
    for (Lease& one : lease(100, "grid")) out.push_back(std::move(one));
    ASSERT_LE(out.size(), 1u);
    if (out.empty()) clock_.pass(100ms);
    for (const Lease& one : out) {
      EXPECT_TRUE(one.suspect);
      seen.insert(one.peer + one.recordId);
      settle(one);
    }
  }
  EXPECT_EQ(seen.size(), 6u);
  EXPECT_EQ(counts("province").delivered + counts("grid").delivered, 6u);
}

TEST_F(Strikes, SuspectsHoldUpNobodyElse) {
  submit(record("a", "1"));
  crash();
  crash();
  submit(record("b", "2"));
  strikeFormer();
  const Lease suspect = leaseSoon(1).at(0);
  ASSERT_TRUE(suspect.suspect);
  const std::vector<Lease> others = lease();
  ASSERT_THAT(others, SizeIs(1));
  EXPECT_FALSE(others[0].suspect);
}

}  // namespace
}  // namespace lianqiao::queue
