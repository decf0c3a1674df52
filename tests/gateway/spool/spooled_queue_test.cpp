#include "spool/spooled_queue.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>
#include <thread>

#include "lianqiao/codes.h"
#include "support/queue_fixture.h"

extern char** environ;

namespace lianqiao::queue {
namespace {

using ::testing::HasSubstr;

/// A spooled queue with a redis-server of its own that is frozen, killed and woken.
class Spooled : public QueueTest {
 protected:
  void SetUp() override {
    settings_.timeout = 300ms;
    openSpooled();
  }
  void TearDown() override { wake(); }

  void openSpooled() {
    open();
    auto opened = spool::SpooledQueue::open(std::move(queue_),
                                            {.folder = folder_.path() / "spool",
                                             .size = size_,
                                             .asideAgain = asideAgain_,
                                             .log = log_.sink()},
                                            clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    queue_ = std::move(*opened);
  }
  void reopenSpooled() {
    queue_ = nullptr;
    openSpooled();
  }
  void freeze() { ::kill(frozen_ = serverPid(), SIGSTOP); }
  void wake() {
    if (frozen_ > 0) ::kill(frozen_, SIGCONT);
    frozen_ = 0;
  }
  void kill() { ::kill(serverPid(), SIGKILL); }

  Submission one(const std::string& key, const std::string& sourceId,
                 const std::string& content = "one") {
    Submission submission;
    submission.entries.push_back(record(key, sourceId, {}, content));
    return submission;
  }
  void awaitDrained() {
    for (int i = 0; i < 4000; ++i) {
      if (queue_->health().spool()->submissions == 0 && queue_->health().available()) return;
      waitATick();
    }
    ADD_FAILURE() << "still " << queue_->health().spool()->submissions << " in the spool; "
                  << ::testing::PrintToString(log_.all());
  }
  void drainInto(std::map<std::string, std::vector<std::string>>& taken) {
    for (auto& [key, ids] : drain()) taken[key].insert(taken[key].end(), ids.begin(), ids.end());
  }
  /// Senders that submit one record after the other, each to a key of its own, and remember what
  /// was acknowledged, in order.
  struct Senders {
    std::atomic<bool> stop{false};
    std::atomic<int> refused{0};
    std::map<std::string, std::vector<std::string>> acknowledged;
    std::vector<std::jthread> threads;
  };
  void start(Senders& senders, int count) {
    for (int i = 0; i < count; ++i) senders.acknowledged["key-" + std::to_string(i)];
    for (auto& [key, ids] : senders.acknowledged)
      senders.threads.emplace_back([this, &senders, &key = key, &ids = ids] {
        for (int n = 0; !senders.stop; ++n) {
          Submission submission = one(key, key + "-" + std::to_string(n));
          const std::string id = submission.entries[0].record->id;
          if (trySubmit(std::move(submission)).ok()) {
            ids.push_back(id);
          } else {
            ++senders.refused;
          }
        }
      });
  }
  void stop(Senders& senders) {
    senders.stop = true;
    senders.threads.clear();
  }
  void expectNothingLost(Senders& senders) {
    std::map<std::string, std::vector<std::string>> taken;
    drainInto(taken);
    std::size_t records = 0;
    for (const auto& [key, ids] : senders.acknowledged) {
      EXPECT_EQ(taken[key], ids) << "of " << key;
      records += ids.size();
    }
    EXPECT_GT(records, 20u);
    EXPECT_EQ(senders.refused, 0);
  }

  std::size_t size_ = 1u << 30;
  std::chrono::milliseconds asideAgain_ = 60s;
  pid_t frozen_ = 0;
};

TEST_F(Spooled, WhileRedisIsAwayIntakeGoesOn) {
  submit(record("k", "1"));
  freeze();
  EXPECT_EQ(submit(record("k", "2")).status, ItemVerdict::Status::accepted);
  EXPECT_EQ(submit(quarantined()).status, ItemVerdict::Status::quarantined);
  EXPECT_FALSE(queue_->health().available()) << "the truth about Redis";
  EXPECT_TRUE(queue_->submissions().accepts());
  EXPECT_EQ(queue_->health().spool()->submissions, 2u);
  EXPECT_GT(queue_->health().spool()->bytes, 0u);
  EXPECT_EQ(queue_->health().spool()->oldest, clock_.wall());
  wake();
  awaitDrained();
  EXPECT_EQ(counts().owed, 2u);
  EXPECT_EQ(queue_->records().exceptions({})->size(), 1u);
}

TEST_F(Spooled, AnOutageOfAKilledRedisLosesNothingAndKeepsTheOrder) {
  Senders senders;
  start(senders, 4);
  for (int i = 0; i < 10; ++i) waitATick();
  kill();
  for (int i = 0; i < 4000 && queue_->health().available(); ++i) waitATick();
  for (int i = 0; i < 4000 && !queue_->health().available(); ++i) waitATick();
  for (int i = 0; i < 40; ++i) waitATick();
  stop(senders);
  awaitDrained();
  expectNothingLost(senders);
}

TEST_F(Spooled, TenOutagesInTenSecondsLoseNothingAndKeepTheOrder) {
  Senders senders;
  start(senders, 4);
  for (int outage = 0; outage < 10; ++outage) {
    freeze();
    for (int i = 0; i < 1000 && queue_->health().available(); ++i) waitATick();
    for (int i = 0; i < 10; ++i) waitATick();
    wake();
    for (int i = 0; i < 1000 && !queue_->health().available(); ++i) waitATick();
    for (int i = 0; i < 20; ++i) waitATick();
  }
  stop(senders);
  awaitDrained();
  expectNothingLost(senders);
}

TEST_F(Spooled, CutConnectionsLoseNothingAndKeepTheOrder) {
  Senders senders;
  start(senders, 4);
  const auto redis = raw();
  for (int cut = 0; cut < 30; ++cut) {
    EXPECT_TRUE(redis->call({"CLIENT", "KILL", "TYPE", "normal"}).ok());
    for (int i = 0; i < 5; ++i) waitATick();
  }
  stop(senders);
  awaitDrained();
  expectNothingLost(senders);
}

TEST_F(Spooled, GoesDirectAgainUnderSteadyLoad) {
  freeze();
  for (int i = 0; i < 200; ++i) submit(record("k" + std::to_string(i), std::to_string(i)));
  Senders senders;
  start(senders, 4);
  wake();
  awaitDrained();
  for (int i = 0; i < 20; ++i) waitATick();
  EXPECT_EQ(queue_->health().spool()->submissions, 0u);
  stop(senders);
}

TEST_F(Spooled, WhatIsSubmittedWithoutWaitingKeepsItsOrder) {
  std::vector<std::string> ids;
  std::atomic<int> done{0};
  for (int i = 0; i < 600; ++i) {
    if (i == 100) freeze();
    if (i == 500) wake();
    Submission submission = one("k", std::to_string(i));
    ids.push_back(submission.entries[0].record->id);
    queue_->submissions().submit(std::move(submission),
                                 [&](const auto& result) { done += result.ok() ? 1 : 0; });
    if (i % 50 == 0) waitATick();
  }
  for (int i = 0; i < 2000 && done < 600; ++i) waitATick();
  EXPECT_EQ(done, 600);
  awaitDrained();
  std::map<std::string, std::vector<std::string>> taken;
  drainInto(taken);
  EXPECT_EQ(taken["k"], ids);
}

TEST_F(Spooled, TheSameThingSentTwiceInAnOutageIsDeliveredOnce) {
  freeze();
  submit(record("k", "1"));
  submit(record("k", "1"));
  wake();
  awaitDrained();
  EXPECT_EQ(counts().owed, 1u);
  EXPECT_EQ(counts("hotline").duplicates, 1u);
}

TEST_F(Spooled, TheIdThatARepetitionWasGivenInAnOutageLeadsToTheFirst) {
  const std::string first = submit(record("k", "1")).id;
  freeze();
  const std::string again = submit(record("k", "1")).id;
  EXPECT_NE(again, first) << "nobody can know better yet";
  wake();
  awaitDrained();
  EXPECT_EQ(trail(again).recordId, first);
}

TEST_F(Spooled, WhatLiesInTheSpoolAtTheStartGoesFirst) {
  freeze();
  const std::string first = submit(record("k", "1")).id;
  std::jthread later([this] {
    waitATick();
    wake();
  });
  reopenSpooled();
  later.join();
  const std::string second = submit(record("k", "2")).id;
  awaitDrained();
  std::map<std::string, std::vector<std::string>> taken;
  drainInto(taken);
  EXPECT_EQ(taken["k"], (std::vector<std::string>{first, second}));
}

TEST_F(Spooled, AFullSpoolRefusesAndSaysSo) {
  size_ = 20'000;
  reopenSpooled();
  freeze();
  submit(record("k", "0"));
  int refused = 0;
  for (int i = 1; i < 200 && refused == 0; ++i) {
    auto result = trySubmit(one("k", std::to_string(i), std::string(500, 'x')));
    if (result.ok()) continue;
    ++refused;
    EXPECT_EQ(result.error().code, codes::kQueueFull);
    EXPECT_THAT(result.error().detail, HasSubstr("spool.size"));
  }
  EXPECT_EQ(refused, 1);
  EXPECT_LE(queue_->health().spool()->bytes, size_);
  wake();
  awaitDrained();
  EXPECT_TRUE(queue_->submissions().accepts());
  EXPECT_EQ(submit(record("k", "again")).status, ItemVerdict::Status::accepted);
}

/// Whatever the reason for which Redis takes no records: the spool takes what comes.
TEST_F(Spooled, WhateverRedisRefusesForTheSpoolTakesWhatComes) {
  const std::pair<const char*, std::vector<std::string>> troubles[] = {
      {"maxmemory", {"CONFIG", "SET", "maxmemory", "1"}},
      {"min-replicas-to-write", {"CONFIG", "SET", "min-replicas-to-write", "1"}},
      {"a replica", {"REPLICAOF", "127.0.0.1", "1"}},
      {"rights", {"ACL", "SETUSER", "default", "-hset"}}};
  const std::vector<std::vector<std::string>> ends = {
      {"CONFIG", "SET", "maxmemory", "0"},
      {"CONFIG", "SET", "min-replicas-to-write", "0"},
      {"REPLICAOF", "NO", "ONE"},
      {"ACL", "SETUSER", "default", "+hset"}};
  const auto tell = [this](const std::vector<std::string>& words) {
    redis::RedisCommand command;
    command.begin(words.size());
    for (const std::string& word : words) command.word(word);
    ASSERT_TRUE(raw()->call(command).ok());
  };
  std::vector<std::string> sent;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    SCOPED_TRACE(troubles[i].first);
    tell(troubles[i].second);
    for (int n = 0; n < 3; ++n)
      sent.push_back(submit(record("k", std::to_string(i) + "-" + std::to_string(n))).id);
    EXPECT_EQ(queue_->health().spool()->submissions, 3u);
    EXPECT_TRUE(queue_->health().obstacle());
    EXPECT_TRUE(queue_->submissions().accepts()) << "nobody is refused";
    EXPECT_FALSE(queue_->submissions().refusal());
    tell(ends[i]);
    awaitDrained();
    EXPECT_FALSE(queue_->health().obstacle());
  }
  std::map<std::string, std::vector<std::string>> taken;
  drainInto(taken);
  EXPECT_EQ(taken["k"], sent);
}

/// One damaged key is set aside by name and visibly; all others pass, the source's cursor too.
TEST_F(Spooled, WhatADamagedKeyRefusesLiesAsideAndEverybodyElsePasses) {
  asideAgain_ = 100ms;
  reopenSpooled();
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"SET", "{lq}:dup:hotline:poison", "foreign"}).ok());
  EXPECT_EQ(submit(record("bad", "poison")).status, ItemVerdict::Status::accepted);
  EXPECT_EQ(queue_->health().spool()->aside, 1u);
  Submission polled = one("bad", "poison", "two");
  polled.entries.push_back(record("good", "1"));
  polled.cursor = CursorUpdate{"hotline", "page=2"};
  ASSERT_TRUE(trySubmit(std::move(polled)).ok());
  EXPECT_EQ(*queue_->pollRights().cursor("hotline"), "page=2");
  submit(record("good", "2"));
  EXPECT_FALSE(queue_->health().obstacle());
  for (int i = 0; i < 4000 && counts().owed < 2; ++i) waitATick();
  EXPECT_EQ(counts().owed, 2u) << "what is good passes meanwhile";
  const auto lines = log_.all();
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("{lq}:dup:hotline:poison is no ledger") != std::string::npos;
  }));
  ASSERT_TRUE(redis->call({"DEL", "{lq}:dup:hotline:poison"}).ok());
  for (int i = 0; i < 4000 && counts().owed < 4; ++i) waitATick();
  EXPECT_EQ(counts().owed, 4u) << "taken up again once the key was moved away";
  awaitDrained();
  EXPECT_EQ(queue_->health().spool()->aside, 0u);
}

/// An old trouble that is over makes no new one wait longer.
TEST_F(Spooled, ThePauseOfWhatLiesAsideBeginsAnewOnceAllHasPassed) {
  asideAgain_ = 20ms;
  reopenSpooled();
  const auto redis = raw();
  const auto refuse = [&](const char* sourceId) {
    ASSERT_TRUE(redis->call({"SET", std::string("{lq}:dup:hotline:") + sourceId, "foreign"}).ok());
    submit(record(sourceId, sourceId));
    EXPECT_EQ(queue_->health().spool()->aside, 1u);
  };
  const auto pass = [&](const char* sourceId, std::uint64_t owed) {
    ASSERT_TRUE(redis->call({"DEL", std::string("{lq}:dup:hotline:") + sourceId}).ok());
    for (int i = 0; i < 4000 && counts().owed < owed; ++i) waitATick();
    EXPECT_EQ(counts().owed, owed);
    awaitDrained();
  };
  refuse("old");
  for (int i = 0; i < 300; ++i) waitATick();
  pass("old", 1);  // by now the next pause would be 2 s or more
  refuse("new");
  const auto begin = std::chrono::steady_clock::now();
  pass("new", 2);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1500ms);
}

/// What waits in the spool counts for the share of exceptions, also after a restart.
TEST_F(Spooled, ExceptionsThatWaitInTheSpoolAreCountedByPeer) {
  freeze();
  submit(quarantined());
  submit(quarantined("normalize.missing"));
  EXPECT_EQ(queue_->health().spool()->exceptions["hotline"].count, 2u);
  EXPECT_GT(queue_->health().spool()->exceptions["hotline"].bytes, 0u);
  wake();
  awaitDrained();
  EXPECT_EQ(queue_->health().spool()->exceptions["hotline"].count, 0u);
  EXPECT_EQ(queue_->health().spool()->exceptions["hotline"].bytes, 0u);
  const auto shares = queue_->records().exceptionShares();
  ASSERT_TRUE(shares.ok());
  EXPECT_EQ(shares->at("hotline").inbound.count, 2u);
}

TEST_F(Spooled, WhatIsPolledStaysWithItsSource) {
  freeze();
  submit(record("k", "1"));
  Submission polled = one("k", "2");
  polled.cursor = CursorUpdate{"town", "page=2"};
  const auto refused = trySubmit(std::move(polled));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, codes::kQueueUnavailable);
  wake();
  awaitDrained();
  EXPECT_EQ(*queue_->pollRights().cursor("town"), "");
  for (int i = 0; i < 400; ++i) {
    Submission again = one("k", "2");
    again.cursor = CursorUpdate{"town", "page=2"};
    if (trySubmit(std::move(again)).ok()) break;
    waitATick();
  }
  EXPECT_EQ(*queue_->pollRights().cursor("town"), "page=2");
}

TEST_F(Spooled, ARowThatRedisRefusesForGoodIsSetAsideAndTheRestGoesOn) {
  const auto redis = raw();
  freeze();
  submit(record("good", "1"));
  // A foreign key where the ledger of this record belongs: the script fails for it alone.
  submit(record("bad", "poison"));
  submit(record("good", "2"));
  wake();
  ASSERT_TRUE(redis->call({"SET", "{lq}:dup:hotline:poison", "foreign"}).ok());
  for (int i = 0; i < 4000 && queue_->health().spool()->aside == 0 &&
                  queue_->health().spool()->submissions > 0;
       ++i)
    waitATick();
  for (int i = 0; i < 2000 && queue_->health().spool()->submissions > 0; ++i) waitATick();
  if (queue_->health().spool()->aside == 0)
    GTEST_SKIP() << "Redis took it before the foreign key stood";
  EXPECT_EQ(queue_->health().spool()->aside, 1u);
  EXPECT_EQ(counts().owed, 2u);
  ASSERT_TRUE(redis->call({"DEL", "{lq}:dup:hotline:poison"}).ok());
  reopenSpooled();
  awaitDrained();
  EXPECT_EQ(counts().owed, 3u);
}

TEST_F(Spooled, ASignedRequestIsRefusedAgainInAnOutageAndAfterIt) {
  EXPECT_TRUE(*queue_->nonces().remember("hotline", "before", "", 5min));
  freeze();
  submit(record("k", "1"));
  EXPECT_FALSE(*queue_->nonces().remember("hotline", "before", "", 5min));
  EXPECT_TRUE(*queue_->nonces().remember("hotline", "within", "", 5min));
  EXPECT_FALSE(*queue_->nonces().remember("hotline", "within", "", 5min));
  EXPECT_TRUE(*queue_->nonces().remember("town", "within", "this request", 5min));
  EXPECT_TRUE(*queue_->nonces().remember("town", "within", "this request", 5min));
  EXPECT_FALSE(*queue_->nonces().remember("town", "within", "another", 5min));
  wake();
  awaitDrained();
  EXPECT_FALSE(*queue_->nonces().remember("hotline", "within", "", 5min));
  reopenSpooled();
  EXPECT_FALSE(*queue_->nonces().remember("hotline", "within", "", 5min));
  EXPECT_FALSE(*queue_->nonces().remember("hotline", "before", "", 5min));
  EXPECT_TRUE(*queue_->nonces().remember("hotline", "after", "", 5min));
}

TEST_F(Spooled, AProcessThatIsKilledBetweenFileAndRedisLosesNothing) {
  queue_ = nullptr;
  int pipe[2];
  ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  std::string program = SPOOL_SENDER;
  std::string folder = folder_.path().string();
  char* arguments[] = {program.data(), folder.data(), nullptr};
  pid_t child = 0;
  ASSERT_EQ(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  std::set<std::string> acknowledged;
  FILE* output = ::fdopen(pipe[0], "r");
  char line[100];
  while (acknowledged.size() < 50 && std::fgets(line, sizeof line, output) != nullptr)
    acknowledged.insert(std::string(line).substr(0, std::string_view(line).find('\n')));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  while (std::fgets(line, sizeof line, output) != nullptr)
    acknowledged.insert(std::string(line).substr(0, std::string_view(line).find('\n')));
  std::fclose(output);
  ::kill(serverPid(), SIGCONT);
  ASSERT_GE(acknowledged.size(), 50u);
  openSpooled();
  EXPECT_GE(queue_->health().spool()->submissions + counts().owed, acknowledged.size());
  awaitDrained();
  for (const std::string& sourceId : acknowledged)
    EXPECT_EQ(queue_->records().trail(sourceId)->size(), 1u) << sourceId;
  EXPECT_LE(counts().owed, acknowledged.size() + 1);
}

TEST_F(Spooled, WhatWaitsAtTheEndIsWritten) {
  freeze();
  std::atomic<int> done{0};
  for (int i = 0; i < 50; ++i)
    queue_->submissions().submit(one("k", std::to_string(i)),
                                 [&](const auto& result) { done += result.ok(); });
  std::jthread later([this] {
    for (int i = 0; i < 200; ++i) waitATick();
    wake();
  });
  reopenSpooled();
  later.join();
  EXPECT_EQ(done, 50);
  awaitDrained();
  EXPECT_EQ(counts().owed, 50u);
}

}  // namespace
}  // namespace lianqiao::queue
