#include <map>
#include <set>

#include "support/queue_fixture.h"
#include "support/shipped_lives.h"

namespace lianqiao::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Submission one(Entry entry) {
  Submission submission;
  submission.entries.push_back(std::move(entry));
  return submission;
}

/// It demands, and remembers what it was given. Thread-safe.
class Demanding final : public Taker {
 public:
  explicit Demanding(std::size_t count) : count_(count) {}

  Demand demand() override {
    ++asked;
    return {count_, 1h};
  }
  void take(Result<std::vector<Lease>> leases) override {
    const std::lock_guard lock(mutex_);
    given_.push_back(std::move(leases));
    changed_.notify_all();
  }
  void wake() override {
    if (onWake) onWake();
  }
  Result<std::vector<Lease>> given(std::size_t number = 1) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 10s, [&] { return given_.size() >= number; }))
      return Error{"test", "nothing was given"};
    return given_[number - 1];
  }
  std::size_t times() {
    const std::lock_guard lock(mutex_);
    return given_.size();
  }

  std::atomic<int> asked{0};
  std::function<void()> onWake;

 private:
  const std::size_t count_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Result<std::vector<Lease>>> given_;
};

class GroupLeasing : public QueueTest {
 protected:
  GroupLeasing() { lives_ = test::shippedLives(); }
  void TearDown() override { queue_ = nullptr; }
  /// Those that are woken are announced.
  std::shared_ptr<Demanding> serve(const std::string& name, std::size_t count) {
    const auto note = [this](std::string_view peer) {
      const std::lock_guard lock(mutex_);
      announced_.emplace(peer);
      changed_.notify_all();
    };
    test::listen(*takers_, note);
    const auto taker = std::make_shared<Demanding>(count);
    taker->onWake = [note, name] { note(name); };
    takers_->set(name, taker);
    return taker;
  }
  /// They come behind what is given.
  std::set<std::string> announced() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 5s, [this] { return !announced_.empty(); });
    return announced_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> announced_;
};

TEST_F(GroupLeasing, WhatAGroupOwesIsLeasedWithItAndTheOthersAreAnnounced) {
  const auto taker = serve("province", 10);
  submit(record("k", "1", "", "one", {"province", "grid"}));
  const auto given = taker->given();
  ASSERT_TRUE(given.ok());
  ASSERT_EQ(given->size(), 1u);
  EXPECT_TRUE(queue_->deliveries().begin(given->front()));
  settle(given->front());
  EXPECT_EQ(counts().delivered, 1u);
  EXPECT_THAT(announced(), ElementsAre("grid"));
}

TEST_F(GroupLeasing, NobodyIsHandedOutBeforeWhoWaitsAndThePeerIsAnnounced) {
  const std::string first = submit(record("a", "1")).id;
  const auto taker = serve("province", 10);
  submit(record("b", "2"));
  ASSERT_TRUE(taker->given().ok());
  EXPECT_TRUE(taker->given()->empty());
  EXPECT_THAT(announced(), ElementsAre("province"));
  const std::vector<Lease> leases = lease();
  ASSERT_EQ(leases.size(), 2u);
  EXPECT_EQ(leases.front().recordId, first);
}

TEST_F(GroupLeasing, OfOneKeyTheFirstAloneIsHandedOut) {
  const auto taker = serve("province", 10);
  std::vector<Entry> entries;
  for (const char* name : {"1", "2", "3"}) entries.push_back(record("k", name, "", name));
  const std::string first = entries.front().record->id;
  submit(std::move(entries));
  ASSERT_TRUE(taker->given().ok());
  ASSERT_EQ(taker->given()->size(), 1u);
  EXPECT_EQ(taker->given()->front().recordId, first);
  EXPECT_TRUE(lease().empty());
  settle(taker->given()->front());
  EXPECT_EQ(lease().size(), 1u);
}

TEST_F(GroupLeasing, HighOnesAreHandedOutFirst) {
  const auto taker = serve("province", 2);
  std::vector<Entry> entries;
  for (const char* key : {"a", "b", "c"}) entries.push_back(record(key, key));
  entries.push_back(record("d", "d"));
  entries.back().record->priority = record::Priority::high;
  submit(std::move(entries));
  ASSERT_TRUE(taker->given().ok());
  ASSERT_EQ(taker->given()->size(), 2u);
  EXPECT_EQ(taker->given()->at(0).key, "d");
  EXPECT_EQ(taker->given()->at(1).key, "a");
}

// A high one behind a head lifts it: its hint then stands in both lanes.
TEST_F(GroupLeasing, ALiftedHeadIsHandedOutOnceAndLeavesNoHint) {
  const auto taker = serve("province", 10);
  std::vector<Entry> entries = {};
  entries.push_back(record("k", "1", "", "one"));
  entries.push_back(record("k", "2", "", "two"));
  entries.back().record->priority = record::Priority::high;
  submit(std::move(entries));
  ASSERT_TRUE(taker->given().ok());
  EXPECT_EQ(taker->given()->size(), 1u);
  const auto redis = raw();
  const auto hints = redis->call({"EXISTS", "{lq}:ready:province:h", "{lq}:ready:province:n"});
  EXPECT_EQ((*hints)->integer, 0);
}

TEST_F(GroupLeasing, WhereNotAllIsDemandedTheRestIsAnnounced) {
  const auto taker = serve("province", 1);
  std::vector<Entry> entries;
  for (const char* key : {"a", "b"}) entries.push_back(record(key, key));
  submit(std::move(entries));
  ASSERT_TRUE(taker->given().ok());
  EXPECT_EQ(taker->given()->size(), 1u);
  EXPECT_EQ(lease().size(), 1u);
  EXPECT_TRUE(queue_->deliveries().flush().ok());
  EXPECT_THAT(announced(), ElementsAre("province"));
}

// The process has its own group. Rule: what is handed out is what lease.lua would give.
TEST_F(GroupLeasing, WhatIsHandedOutIsAsItIsStored) {
  const auto taker = serve("province", 10);
  std::vector<Entry> entries;
  for (const char* name : {"1", "2", "3"}) entries.push_back(record(name, name));
  entries.push_back(record("", "4", "", "four", {"province", "grid"}));
  submit(std::move(entries));
  ASSERT_TRUE(taker->given().ok());
  const std::vector<Lease> given = *taker->given();
  ASSERT_EQ(given.size(), 4u);
  for (const Lease& lease : given) settle(lease, Settlement::Kind::returned);
  const std::vector<Lease> again = lease();
  ASSERT_EQ(again.size(), 4u);
  for (const Lease& lease : given) {
    const auto same = std::find_if(again.begin(), again.end(), [&](const Lease& other) {
      return other.recordId == lease.recordId;
    });
    ASSERT_NE(same, again.end());
    EXPECT_EQ(lease.event, same->event);
    EXPECT_EQ(lease.key, same->key);
    EXPECT_EQ(lease.type, same->type);
    EXPECT_EQ(lease.accepted, same->accepted);
    EXPECT_EQ(lease.priority, same->priority);
    EXPECT_EQ(lease.attempt, same->attempt);
    EXPECT_EQ(lease.era, same->era);
    EXPECT_EQ(lease.entry.ends_with(" m"), same->entry.ends_with(" m"));
  }
}

// Its event was changed when it was accepted.
TEST_F(GroupLeasing, ALateStepGoesOutWithItsMark) {
  const auto step = [&](const char* name, std::chrono::minutes ago) {
    Entry entry = record("k", name, "", name);
    entry.record->type = "work_order_step";
    entry.record->lifeOf = "work_order";
    entry.record->step = name;
    entry.record->happened = record::Happened{clock_.wall() - ago, 1s};
    return entry;
  };
  submit(step("dispatched", 10min));
  settle(lease().at(0));
  const auto taker = serve("province", 10);
  submit(step("signed", 60min));
  ASSERT_TRUE(taker->given().ok());
  EXPECT_TRUE(taker->given()->empty());
  EXPECT_THAT(announced(), ElementsAre("province"));
  EXPECT_THAT(lease().at(0).event, ::testing::StartsWith(R"({"late":true,)"));
}

// Rule: whoever may have something new is woken at once. The sweep would only do so in its turn.
TEST_F(GroupLeasing, WhatASettlementOfTheSameGroupBringsUpIsAnnounced) {
  sweepEvery_ = 1h;
  reopen();
  std::vector<Entry> line;
  for (const char* name : {"1", "2"}) line.push_back(record("k", name, "", name));
  submit(std::move(line));
  const Lease first = lease().at(0);
  std::promise<void> building, gathered;
  const auto others = std::make_shared<test::CalledTaker>();
  others->onDemand = [&] {
    building.set_value();
    gathered.get_future().wait();
    return Taker::Demand{};
  };
  takers_->set("grid", others);
  std::promise<void> done;
  queue_->submissions().submit(one(record("g", "3", "", "three", {"grid"})), [](const auto&) {});
  building.get_future().wait();
  const auto taker = serve("province", 10);  // what comes from here on is one group
  queue_->submissions().submit(one(record("m", "4")), [&](const auto&) { done.set_value(); });
  Settlement settlement;
  settlement.lease = first;
  queue_->deliveries().settle(std::move(settlement));
  gathered.set_value();
  done.get_future().wait();
  ASSERT_TRUE(taker->given().ok());
  ASSERT_EQ(taker->given()->size(), 1u);
  EXPECT_EQ(taker->given()->front().key, "m");
  submit(record("g", "5", "", "five", {"grid"}));  // behind whom that group wakes
  EXPECT_THAT(announced(), ::testing::Contains("province"));
  EXPECT_EQ(lease().size(), 1u);
}

TEST_F(GroupLeasing, WhatIsLeftInALaneBesideTheLeasesIsAnnounced) {
  const auto step = [&](const char* name, std::chrono::minutes ago) {
    Entry entry = record("k", name, "", name);
    entry.record->type = "work_order_step";
    entry.record->lifeOf = "work_order";
    entry.record->step = name;
    entry.record->happened = record::Happened{clock_.wall() - ago, 1s};
    return entry;
  };
  sweepEvery_ = 1h;
  reopen();
  submit(step("dispatched", 10min));
  settle(lease().at(0));
  const auto taker = serve("province", 10);
  std::vector<Entry> entries = {record("other", "1"), step("signed", 60min)};
  submit(std::move(entries));
  ASSERT_TRUE(taker->given().ok());
  EXPECT_EQ(taker->given()->size(), 1u);
  EXPECT_THAT(announced(), ElementsAre("province"));
}

// Of keys that Redis cannot use.
TEST_F(GroupLeasing, WhatCannotBeHandedOutWaitsInItsLane) {
  ASSERT_TRUE(raw()->call({"SET", "{lq}:leases:province", "foreign"}).ok());
  const auto taker = serve("province", 10);
  submit(record("k", "1"));
  ASSERT_TRUE(taker->given().ok());
  EXPECT_TRUE(taker->given()->empty());
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:leases:province"}).ok());
  EXPECT_EQ(lease().size(), 1u);
}

TEST_F(GroupLeasing, ScriptsThatRedisHasForgottenLoseNoDemand) {
  const auto taker = serve("province", 10);
  ASSERT_TRUE(raw()->call({"SCRIPT", "FLUSH"}).ok());
  submit(record("k", "1"));
  EXPECT_FALSE(taker->given(1).ok());
  ASSERT_TRUE(taker->given(2).ok());
  EXPECT_EQ(taker->given(2)->size(), 1u);
  EXPECT_EQ(taker->times(), 2u);
}

TEST_F(GroupLeasing, AGroupThatTooFewReplicasHaveIsNotLeased) {
  settings_.minReplicas = 1;
  settings_.replicaWait = 10ms;
  reopen();
  const auto taker = serve("province", 10);
  EXPECT_FALSE(trySubmit(one(record("k", "1"))).ok());
  EXPECT_EQ(taker->asked, 0);
}

}  // namespace
}  // namespace lianqiao::queue
