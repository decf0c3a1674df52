#include <map>
#include <set>

#include "support/queue_fixture.h"

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

TEST_F(GroupLeasing, AGroupLeasesNoMoreThanItOwesAndTheFirstInLine) {
  const std::string first = submit(record("a", "1")).id;
  submit(record("b", "2"));
  const auto taker = serve("province", 10);
  submit(record("c", "3"));
  const auto given = taker->given();
  ASSERT_TRUE(given.ok());
  ASSERT_EQ(given->size(), 1u);
  EXPECT_EQ(given->front().recordId, first);
  EXPECT_EQ(lease().size(), 2u);
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

// The process has the events of its own group. Rule: a lease's event is the one that is stored.
TEST_F(GroupLeasing, EventsOfTheGroupAndOfTheBacklogAreTheStoredOnes) {
  for (const char* name : {"1", "2", "3"}) submit(record("k" + std::string(name), name));
  const auto taker = serve("province", 10);
  std::vector<Entry> entries;
  std::map<std::string, std::string> sent;
  for (const char* name : {"4", "5", "6", "7", "8"}) {
    entries.push_back(record("k" + std::string(name), name));
    sent[entries.back().record->id] = entries.back().record->event;
  }
  submit(std::move(entries));
  const auto given = taker->given();
  ASSERT_TRUE(given.ok());
  std::size_t own = 0;
  const auto redis = raw();
  for (const Lease& lease : *given) {
    const auto stored = redis->call({"HGET", "{lq}:rec:" + lease.recordId, "e"});
    EXPECT_FALSE(lease.event.empty());
    EXPECT_EQ(lease.event, (*stored)->text);
    if (sent.contains(lease.recordId)) ++own;
  }
  EXPECT_EQ(given->size(), 5u) << "as many as the group owes";
  EXPECT_EQ(own, 2u) << "what waited before goes first";
}

TEST_F(GroupLeasing, ALateStepIsHandedOutWithItsMark) {
  const auto step = [&](const char* name, std::chrono::minutes ago) {
    Entry entry = record("k", name, "", name);
    entry.record->type = "work_order_step";
    entry.record->step = name;
    entry.record->happened = record::Happened{clock_.wall() - ago, 1s};
    return entry;
  };
  submit(step("dispatched", 10min));
  settle(lease().at(0));
  const auto taker = serve("province", 10);
  submit(step("signed", 60min));
  const auto given = taker->given();
  ASSERT_TRUE(given.ok() && given->size() == 1);
  EXPECT_THAT(given->front().event, ::testing::StartsWith(R"({"late":true,)"));
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
