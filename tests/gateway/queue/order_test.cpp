#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using Kind = Settlement::Kind;
using ::testing::ElementsAre;
class Order : public QueueTest {};

TEST_F(Order, OneKeyIsLeasedOneAtATimeInAcceptedOrder) {
  std::vector<Entry> entries;
  for (int i = 0; i < 5; ++i) entries.push_back(record("k", "S-" + std::to_string(i)));
  std::vector<std::string> accepted;
  for (const ItemVerdict& verdict : submit(std::move(entries))) accepted.push_back(verdict.id);
  std::vector<std::string> delivered;
  for (int i = 0; i < 5; ++i) {
    const std::vector<Lease> leases = lease();
    ASSERT_EQ(leases.size(), 1u);
    EXPECT_TRUE(lease().empty());
    delivered.push_back(leases[0].recordId);
    settle(leases[0]);
  }
  EXPECT_EQ(delivered, accepted);
  EXPECT_TRUE(lease().empty());
}

TEST_F(Order, ARetryInTheMiddleKeepsTheOrder) {
  const std::string a = submit(record("k", "1")).id;
  const std::string b = submit(record("k", "2")).id;
  const std::string c = submit(record("k", "3")).id;
  settle(lease().at(0));
  const Lease second = lease().at(0);
  EXPECT_EQ(second.recordId, b);
  settle(second, Kind::retry, {}, 10s);
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(depth().retrying, 1u);
  clock_.pass(10s);
  const Lease again = lease().at(0);
  EXPECT_EQ(again.recordId, b);
  EXPECT_EQ(again.attempt, 2);
  settle(again);
  EXPECT_EQ(lease().at(0).recordId, c);
  EXPECT_NE(a, b);
}

/// What stands in Redis, as the worked example of FORMAT.md tells it, with ids by their names.
class WorkedExample : public Order {
 protected:
  std::string row() {
    const auto redis = raw();
    std::string text;
    const char* between = "";
    for (const auto& command :
         std::vector<std::vector<std::string>>{{"HVALS", "{lq}:busy:province"},
                                               {"LRANGE", "{lq}:wait:province:k", "0", "-1"},
                                               {"LRANGE", "{lq}:ready:province:n", "0", "-1"},
                                               {"HKEYS", "{lq}:leases:province"},
                                               {"ZRANGE", "{lq}:due:province", "0", "-1"},
                                               {"ZRANGE", "{lq}:open:province", "0", "-1"}}) {
      redis::RedisCommand asked;
      asked.begin(command.size());
      for (const std::string& word : command) asked.word(word);
      const auto reply = redis->call(asked);
      text += std::exchange(between, " |");
      for (const redis::RedisReply& item : (*reply)->items) {
        std::string word(item.text);
        for (const auto& [id, name] : names_)
          if (const std::size_t at = word.find(id); at != std::string::npos)
            word.replace(at, id.size(), name);
        text += " " + word;
      }
    }
    return text;
  }
  std::string stateOfA() {
    const auto redis = raw();
    const auto state = redis->call({"HGET", "{lq}:rec:" + names_.begin()->first, "d:province"});
    return std::string((*state)->text.substr(0, 1));
  }

  std::map<std::string, std::string> names_;  // in order of ids, which is that of acceptance
};

TEST_F(WorkedExample, OfFormatMdIsTrue) {
  std::vector<Entry> entries;
  for (const char* name : {"A", "B", "C"}) entries.push_back(record("k", name, "", name));
  std::string names = "ABC";
  for (const ItemVerdict& verdict : submit(std::move(entries))) {
    names_[verdict.id] = names.substr(0, 1);
    names.erase(0, 1);
  }
  EXPECT_EQ(row(), " +A | nB nC | A | | | A B C") << 1;
  const Lease first = lease(10).at(0);
  EXPECT_EQ(row(), " +A | nB nC | | A | | A B C") << 2;
  settle(first, Kind::retry, {}, 10s);
  EXPECT_EQ(row(), " +A | nB nC | | | A | A B C") << 3;
  clock_.pass(10s);
  const Lease second = lease(10).at(0);
  EXPECT_EQ(second.attempt, 2);
  EXPECT_EQ(row(), " +A | nB nC | | A | | A B C") << 4;
  const std::string lapsed = " +A | nB nC | | | A | A B C";
  for (int i = 0; i < 2000 && row() != lapsed; ++i) {
    if (i % 20 == 0) clock_.pass(31s);  // the sweep has its own time from when it sees the lease
    waitATick();
  }
  EXPECT_EQ(row(), lapsed) << 5;
  const Lease third = lease(10).at(0);
  EXPECT_EQ(third.attempt, 2);
  EXPECT_EQ(row(), " +A | nB nC | | A | | A B C") << 6;
  settle(second);
  EXPECT_EQ(row(), " +A | nB nC | | A | | A B C") << 7;
  EXPECT_EQ(stateOfA(), "r");
  settle(third);
  EXPECT_EQ(row(), " +B | nC | B | | | B C") << 8;
  EXPECT_EQ(stateOfA(), "d");
  settle(lease(10).at(0));
  EXPECT_EQ(row(), " +C | | C | | | C") << 9;
  settle(lease(10).at(0));
  EXPECT_EQ(row(), " | | | | |") << 10;
}

TEST_F(Order, AFailingKeyDoesNotHoldOthers) {
  submit(record("bad", "1"));
  settle(lease().at(0), Kind::retry, {}, 1h);
  submit(record("bad", "2"));
  const std::string good = submit(record("good", "3")).id;
  EXPECT_THAT(idsOf(lease()), ElementsAre(good));
}

TEST_F(Order, DestinationsGoTheirOwnWays) {
  const std::string id = submit(record("k", "1", "", "one", {"province", "grid"})).id;
  const std::string next = submit(record("k", "2", "", "two", {"province", "grid"})).id;
  settle(lease(10, "grid").at(0), Kind::retry, {}, 1h);
  settle(lease(10, "province").at(0));
  EXPECT_THAT(idsOf(lease(10, "province")), ElementsAre(next));
  EXPECT_TRUE(lease(10, "grid").empty());
  const review::Trail story = trail(id);
  ASSERT_EQ(story.deliveries.size(), 2u);
  EXPECT_EQ(story.deliveries[0].state, "delivered");
  EXPECT_EQ(story.deliveries[1].state, "retrying");
}

TEST_F(Order, HighPriorityOvertakesTheBacklog) {
  std::vector<Entry> entries;
  for (int i = 0; i < 50; ++i)
    entries.push_back(record("k" + std::to_string(i), std::to_string(i)));
  submit(std::move(entries));
  const std::string alert = submit(high(record("alarm", "A"))).id;
  const Lease first = lease(1).at(0);
  EXPECT_EQ(first.recordId, alert);
  EXPECT_EQ(first.priority, record::Priority::high);
}

TEST_F(Order, AHighRecordLiftsTheEarlierOnesOfItsKey) {
  std::vector<Entry> entries;
  for (int i = 0; i < 50; ++i)
    entries.push_back(record("k" + std::to_string(i), std::to_string(i)));
  submit(std::move(entries));
  const std::string a = submit(record("thing", "a")).id;
  const std::string b = submit(record("thing", "b")).id;
  const std::string alert = submit(high(record("thing", "c"))).id;
  std::vector<std::string> seen;
  for (int i = 0; i < 3; ++i) {
    const Lease next = lease(1).at(0);
    seen.push_back(next.recordId);
    settle(next);
  }
  EXPECT_THAT(seen, ElementsAre(a, b, alert));
  EXPECT_EQ(lease().size(), 50u);
}

TEST_F(Order, ALiftedHeadThatIsLeasedIsNotLeasedTwice) {
  submit(record("thing", "a"));
  const Lease held = lease().at(0);
  const std::string alert = submit(high(record("thing", "b"))).id;
  EXPECT_TRUE(lease().empty());
  settle(held);
  EXPECT_THAT(idsOf(lease()), ElementsAre(alert));
}

TEST_F(Order, RetriesAndNewOnesShareABusyPeer) {
  std::vector<Entry> entries;
  for (int i = 0; i < 20; ++i)
    entries.push_back(record("k" + std::to_string(i), std::to_string(i)));
  submit(std::move(entries));
  for (const Lease& failing : lease(10)) settle(failing, Kind::retry, {}, 0ms);
  int again = 0;
  const std::vector<Lease> mixed = lease(10);
  for (const Lease& one : mixed) again += one.attempt == 2 ? 1 : 0;
  EXPECT_EQ(mixed.size(), 10u);
  EXPECT_GE(again, 1);
  EXPECT_LE(again, 6);
}

TEST_F(Order, OneAtATimeNeitherRetriesNorNewOnesStarve) {
  std::vector<Entry> entries;
  for (int i = 0; i < 10; ++i)
    entries.push_back(record("k" + std::to_string(i), std::to_string(i)));
  submit(std::move(entries));
  for (const Lease& failing : lease(5)) settle(failing, Kind::retry, {}, 0ms);
  int again = 0;
  for (int i = 0; i < 6; ++i) again += lease(1).at(0).attempt == 2 ? 1 : 0;
  EXPECT_EQ(again, 3);
}

TEST_F(Order, HoldsWhenManyWorkersLeaseAndFailAtRandom) {
  const auto expected = submitMany(7, 40);
  storage::WorkQueue* const queue = queue_.get();
  EXPECT_EQ(deliverAtRandom({queue, queue, queue, queue}, expected), expected);
  EXPECT_EQ(counts().delivered, 7u * 40);
  EXPECT_EQ(depth().waiting + depth().leased + depth().retrying, 0u);
}

}  // namespace
}  // namespace lianqiao::queue
