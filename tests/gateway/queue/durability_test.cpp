#include <signal.h>

#include <set>
#include <thread>

#include "lianqiao/codes.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using Kind = Settlement::Kind;
using ::testing::HasSubstr;

class Durability : public QueueTest {
 protected:
  /// Submits records one by one from several threads until told to stop; remembers what was
  /// acknowledged.
  void hammer(std::atomic<bool>& stop, std::set<std::string>& acknowledged) {
    std::mutex mutex;
    std::vector<std::jthread> senders;
    for (int sender = 0; sender < 3; ++sender)
      senders.emplace_back([&, sender] {
        for (int i = 0; !stop; ++i) {
          const std::string name = std::to_string(sender) + "-" + std::to_string(i);
          Submission submission;
          submission.entries.push_back(record(name, name));
          auto verdicts = trySubmit(std::move(submission));
          if (!verdicts.ok()) continue;
          const std::lock_guard lock(mutex);
          acknowledged.insert(verdicts->front().id);
        }
      });
  }
  void awaitAvailable() {
    for (int i = 0; i < 4000 && !queue_->submissions().accepts(); ++i) waitATick();
    ASSERT_TRUE(queue_->submissions().accepts());
  }
  std::set<std::string> drainedIds() {
    std::set<std::string> seen;
    for (const auto& [key, ids] : drain())
      for (const std::string& id : ids) EXPECT_TRUE(seen.insert(id).second) << "leased twice";
    return seen;
  }
};

TEST_F(Durability, WhatWasAcknowledgedSurvivesKillsOfRedis) {
  std::atomic<bool> stop{false};
  std::set<std::string> acknowledged;
  std::jthread sending([&] { hammer(stop, acknowledged); });
  for (int kill = 0; kill < 3; ++kill) {
    for (int i = 0; i < 20; ++i) waitATick();
    ::kill(serverPid(), SIGKILL);
    for (int i = 0; i < 2000 && queue_->health().available(); ++i) waitATick();
    awaitAvailable();
  }
  stop = true;
  sending.join();
  ASSERT_GT(acknowledged.size(), 10u);
  const std::set<std::string> seen = drainedIds();
  EXPECT_TRUE(std::includes(seen.begin(), seen.end(), acknowledged.begin(), acknowledged.end()));
}

TEST_F(Durability, CutConnectionsLoseNothingAcknowledgedAndNoSettlement) {
  std::atomic<bool> stop{false};
  std::set<std::string> acknowledged;
  std::jthread sending([&] { hammer(stop, acknowledged); });
  std::set<std::string> delivered;
  const auto redis = raw();
  for (int cut = 0; cut < 30; ++cut) {
    auto leases = queue_->deliveries().lease("province", 20, 30s);
    if (leases.ok())
      for (Lease& one : *leases) {
        delivered.insert(one.recordId);
        Settlement settlement;
        settlement.lease = std::move(one);
        queue_->deliveries().settle(std::move(settlement));
      }
    ASSERT_TRUE(redis->call({"CLIENT", "KILL", "TYPE", "normal"}).ok());
    waitATick();
  }
  stop = true;
  sending.join();
  awaitAvailable();
  ASSERT_TRUE(queue_->deliveries().flush().ok());
  EXPECT_EQ(counts().delivered, delivered.size());
  std::set<std::string> seen = delivered;
  seen.merge(drainedIds());
  // A lease whose answer was cut off is given again when it lapses.
  for (int i = 0; i < 200 && depth().leased > 0; ++i) {
    clock_.pass(31s);
    waitATick();
  }
  seen.merge(drainedIds());
  EXPECT_TRUE(std::includes(seen.begin(), seen.end(), acknowledged.begin(), acknowledged.end()));
}

TEST_F(Durability, SettlementsWaitWhileRedisIsDead) {
  submit(record("k", "1"));
  Settlement settlement;
  settlement.lease = lease().at(0);
  ::kill(serverPid(), SIGKILL);
  queue_->deliveries().settle(settlement);
  awaitAvailable();
  for (int i = 0; i < 2000 && !queue_->deliveries().flush().ok(); ++i) waitATick();
  awaitAvailable();
  EXPECT_EQ(counts().delivered, 1u);
}

TEST_F(Durability, WhileRedisIsDeadCallsFailAtOnceAndSayWhy) {
  ::kill(serverPid(), SIGKILL);
  int refused = 0;
  for (int i = 0; i < 2000 && refused == 0; ++i) {
    Submission submission;
    submission.entries.push_back(record("k", std::to_string(i)));
    const auto result = trySubmit(std::move(submission));
    if (result.ok()) continue;
    ++refused;
    EXPECT_EQ(result.error().code, "queue.unavailable");
    EXPECT_THAT(result.error().detail, HasSubstr("redis.sock"));
  }
  EXPECT_EQ(refused, 1);
  awaitAvailable();
  submit(record("k", "after"));
}

TEST_F(Durability, TheCursorIsStoredWithItsEntries) {
  EXPECT_EQ(*queue_->pollRights().cursor("hotline"), "");
  Submission submission;
  submission.entries.push_back(record("k", "1"));
  submission.cursor = {"hotline", "page=2"};
  ASSERT_TRUE(trySubmit(std::move(submission)).ok());
  EXPECT_EQ(*queue_->pollRights().cursor("hotline"), "page=2");
  ASSERT_TRUE(trySubmit({{}, CursorUpdate{"hotline", "page=3"}}).ok());
  reopen();
  EXPECT_EQ(*queue_->pollRights().cursor("hotline"), "page=3");
}

TEST_F(Durability, ARefusedSubmissionLeavesTheCursorWhereItWas) {
  const auto redis = raw();
  submit(record("k", "0"));
  const long long before = (*redis->call({"DBSIZE"}))->integer;
  ASSERT_TRUE(redis->call({"CONFIG", "SET", "maxmemory", "1"}).ok());
  Submission submission;
  submission.entries.push_back(record("k", "1"));
  submission.cursor = {"hotline", "page=2"};
  const auto refused = trySubmit(std::move(submission));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, codes::kQueueMemory);
  EXPECT_THAT(refused.error().detail, HasSubstr("memory limit"));
  EXPECT_EQ((*redis->call({"DBSIZE"}))->integer, before);
  settle(lease().at(0));
  EXPECT_EQ(counts().delivered, 1u) << "the limit must not keep the backlog from draining";
  ASSERT_TRUE(redis->call({"CONFIG", "SET", "maxmemory", "0"}).ok());
  for (int i = 0; i < 2000 && !queue_->submissions().accepts(); ++i) waitATick();
  EXPECT_EQ(*queue_->pollRights().cursor("hotline"), "");
  EXPECT_EQ(submit(record("k", "1")).status, ItemVerdict::Status::accepted);
}

TEST_F(Durability, IntakeGoesOnWhenDeliveryHasMadeRoomInAFullRedis) {
  retention_.delivered = 100ms;
  reopen();
  const auto redis = raw();
  const std::string text((*redis->call({"INFO", "memory"}))->text);
  const long long used = std::strtoll(text.c_str() + text.find("used_memory:") + 12, nullptr, 10);
  const std::string limit = std::to_string(used + (6 << 20));
  ASSERT_TRUE(redis->call({"CONFIG", "SET", "maxmemory", limit}).ok());
  const auto trySome = [&](int n) {
    Submission submission;
    submission.entries.push_back(record(std::to_string(n), std::to_string(n)));
    submission.entries.back().body = std::string(50'000, 'x');
    return trySubmit(std::move(submission));
  };
  std::set<std::string> accepted;
  std::string code;
  for (int i = 0; i < 1000 && code.empty(); ++i) {
    auto verdicts = trySome(i);
    if (verdicts.ok()) accepted.insert(verdicts->front().id);
    if (!verdicts.ok()) code = verdicts.error().code;
  }
  EXPECT_EQ(code, codes::kQueueMemory);
  ASSERT_GT(accepted.size(), 20u);
  EXPECT_TRUE(queue_->health().available()) << "delivery goes on";
  EXPECT_EQ(drainedIds(), accepted);
  bool again = false;
  for (int i = 0; i < 2000 && !again; ++i) {
    waitATick();
    again = trySome(5000).ok();
  }
  EXPECT_TRUE(again) << "intake goes on once delivered records have gone";
}

TEST_F(Durability, TenBreaksWithinTenSecondsLeaveNoConsumerDead) {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = true;
  std::set<std::string> delivered;
  std::atomic<bool> stop{false};
  test::listen(*takers_, [&](std::string_view) {
    const std::lock_guard lock(mutex);
    ready = true;
    changed.notify_all();
  });
  std::vector<std::jthread> consumers;
  for (int c = 0; c < 3; ++c)
    consumers.emplace_back([&] {
      while (!stop) {
        {
          std::unique_lock lock(mutex);
          changed.wait_for(lock, 1s, [&] { return ready || stop; });
          ready = false;
        }
        auto leases = queue_->deliveries().lease("province", 10, 30s);
        if (!leases.ok()) continue;
        for (Lease& one : *leases) {
          {
            const std::lock_guard lock(mutex);
            delivered.insert(one.recordId);
          }
          Settlement settlement;
          settlement.lease = std::move(one);
          queue_->deliveries().settle(std::move(settlement));
        }
      }
    });
  std::atomic<bool> enough{false};
  std::set<std::string> acknowledged;
  std::jthread sending([&] { hammer(enough, acknowledged); });
  for (int cut = 0; cut < 10; ++cut) {
    for (int i = 0; i < 60; ++i) waitATick();
    ASSERT_TRUE(raw()->call({"CLIENT", "KILL", "TYPE", "normal"}).ok());
  }
  enough = true;
  sending.join();
  awaitAvailable();
  // What was leased when a connection broke lapses.
  const auto all = [&] {
    const std::lock_guard lock(mutex);
    return std::includes(delivered.begin(), delivered.end(), acknowledged.begin(),
                         acknowledged.end());
  };
  for (int i = 0; i < 2000 && !all(); ++i) {
    if (i % 20 == 19) clock_.pass(1s);
    waitATick();
  }
  EXPECT_TRUE(all());
  // The last cut may still lie before it, on a connection that nobody has used since.
  const Entry entry = record("last", "last");
  auto sent = trySubmit({{entry}, {}});
  for (int i = 0; i < 200 && !sent.ok(); ++i) {
    waitATick();
    sent = trySubmit({{entry}, {}, true});
  }
  ASSERT_TRUE(sent.ok()) << sent.error().detail;
  const std::string last = entry.record->id;
  for (int i = 0; i < 1000; ++i) {
    waitATick();
    const std::lock_guard lock(mutex);
    if (delivered.contains(last)) break;
  }
  EXPECT_TRUE(delivered.contains(last)) << "the consumers live";
  stop = true;
  consumers.clear();
  test::listen(*takers_, {});
}

TEST_F(Durability, ALargeSubmissionIsWholeAndInOrder) {
  settings_.groupSize = 64;
  reopen();
  Submission submission;
  for (int i = 0; i < 1000; ++i) submission.entries.push_back(record("k", std::to_string(i)));
  submission.cursor = {"hotline", "end"};
  std::vector<std::string> ids;
  for (const Entry& entry : submission.entries) ids.push_back(entry.record->id);
  const auto verdicts = trySubmit(std::move(submission));
  ASSERT_TRUE(verdicts.ok());
  ASSERT_EQ(verdicts->size(), 1000u);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ((*verdicts)[i].id, ids[i]);
  EXPECT_EQ(*queue_->pollRights().cursor("hotline"), "end");
  EXPECT_EQ(lease().at(0).recordId, ids[0]);
}

TEST_F(Durability, AnEmptySubmissionIsAnswered) {
  EXPECT_TRUE(submit(std::vector<Entry>()).empty());
}

TEST_F(Durability, LargeRecordsPass) {
  Entry entry = record("k", "1");
  entry.body = std::string(20u << 20, 'x');
  const std::string id = submit(std::move(entry)).id;
  EXPECT_EQ(trail(id).body.size(), 20u << 20);
}

TEST_F(Durability, MoreThanTheBoundIsRefusedWhileRedisIsSlow) {
  queue_.reset();
  storage::QueueOptions tight = options();
  tight.memory = 100'000;
  auto opened = storage::RedisWorkQueue::open(settings_, retention_, tight, clock_, ids_);
  ASSERT_TRUE(opened.ok());
  queue_ = std::move(*opened);
  const pid_t server = serverPid();
  ::kill(server, SIGSTOP);
  std::atomic<int> accepted{0};
  std::atomic<int> full{0};
  for (int i = 0; i < 20; ++i) {
    Submission submission;
    submission.entries.push_back(record("k", std::to_string(i)));
    submission.entries.back().body = std::string(10'000, 'x');
    queue_->submissions().submit(std::move(submission), [&](auto result) {
      if (result.ok()) ++accepted;
      if (!result.ok() && result.error().code == "queue.full") ++full;
    });
  }
  EXPECT_GE(full, 10) << "at once, not after Redis";
  ::kill(server, SIGCONT);
  for (int i = 0; i < 2000 && accepted + full < 20; ++i) waitATick();
  EXPECT_EQ(accepted + full, 20);
  EXPECT_EQ(depth().waiting, static_cast<std::uint64_t>(accepted));
}

TEST_F(Durability, ForgottenScriptsAreLoadedAgain) {
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"SCRIPT", "FLUSH"}).ok());
  submit(record("k", "1"));
  ASSERT_TRUE(redis->call({"SCRIPT", "FLUSH"}).ok());
  const Lease one = lease().at(0);
  ASSERT_TRUE(redis->call({"SCRIPT", "FLUSH"}).ok());
  settle(one);
  EXPECT_EQ(counts().delivered, 1u);
}

TEST_F(Durability, ANonceServesOneRequestAlsoAcrossRestarts) {
  EXPECT_TRUE(*queue_->nonces().remember("hotline", "abc", "post", 5min));
  EXPECT_TRUE(*queue_->nonces().remember("hotline", "abc", "post", 5min));
  EXPECT_FALSE(*queue_->nonces().remember("hotline", "abc", "other", 5min));
  EXPECT_TRUE(*queue_->nonces().remember("town", "abc", "", 5min));
  EXPECT_FALSE(*queue_->nonces().remember("town", "abc", "", 5min));
  reopen();
  EXPECT_FALSE(*queue_->nonces().remember("hotline", "abc", "other", 5min));
  EXPECT_TRUE(*queue_->nonces().remember("hotline", "abc", "post", 5min));
}

TEST_F(Durability, EverythingSurvivesACleanRestart) {
  submit(record("k", "1"));
  submit(record("k", "2"));
  settle(lease().at(0), Kind::retry, {}, 1s);
  submit(quarantined());
  reopen();
  clock_.pass(1s);
  EXPECT_EQ(leaseSoon().at(0).attempt, 2);
  EXPECT_EQ(queue_->records().exceptions({})->size(), 1u);
  EXPECT_EQ(counts().owed, 2u);
}

TEST_F(Durability, WhatIsHandedOverBeforeTheEndIsWritten) {
  std::atomic<int> done{0};
  for (int i = 0; i < 200; ++i) {
    Submission submission;
    submission.entries.push_back(record("k", std::to_string(i)));
    queue_->submissions().submit(std::move(submission),
                                 [&](const auto& result) { done += result.ok() ? 1 : 0; });
  }
  reopen();
  EXPECT_EQ(done, 200);
  EXPECT_EQ(counts().owed, 200u);
}

TEST_F(Durability, ScriptsThatRedisHasForgottenAreLoadedAgain) {
  submit(record("a", "1"));
  ASSERT_TRUE(raw()->call({"SCRIPT", "FLUSH"}).ok());
  EXPECT_EQ(submit(record("b", "2")).status, ItemVerdict::Status::accepted);
  EXPECT_EQ(lease().size(), 2u);
}

/// Loading overwrites the replies of the group: they may not be read after it.
TEST_F(Durability, NothingIsAcknowledgedWhereForgottenScriptsCannotBeLoaded) {
  submit(record("a", "1"));
  ASSERT_TRUE(raw()->call({"ACL", "SETUSER", "default", "-script|load"}).ok());
  ASSERT_TRUE(raw()->call({"SCRIPT", "FLUSH"}).ok());
  std::vector<Entry> entries;
  entries.push_back(record("b", "2"));
  const auto refused = trySubmit({entries, {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, codes::kQueueRights);
  ASSERT_TRUE(raw()->call({"ACL", "SETUSER", "default", "+script|load"}).ok());
  auto again = trySubmit({entries, {}});
  for (int i = 0; i < 2000 && !again.ok(); ++i) {
    waitATick();
    again = trySubmit({entries, {}});
  }
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->front().status, ItemVerdict::Status::accepted);
  EXPECT_EQ(lease().size(), 2u);
}

}  // namespace
}  // namespace lianqiao::queue
