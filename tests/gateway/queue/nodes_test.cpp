#include <future>

#include "node_process.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using Kind = Settlement::Kind;
using ::testing::HasSubstr;

/// One Redis, a queue here (node "here"), and others.
class Nodes : public OutsideRedisTest {
 protected:
  // Its threads look at the clock that is a member here.
  ~Nodes() override { queue_.reset(); }

  Result<std::unique_ptr<storage::WorkQueue>> openNode(const std::string& name,
                                                       const base::Clock& clock,
                                                       std::chrono::milliseconds every) {
    storage::QueueOptions made = options();
    made.node = name;
    if (name != "here") made.takers = others_;
    made.sweepEvery = every;
    made.beatEvery = every;
    return storage::RedisWorkQueue::open(settings_, retention_, made, clock, ids_);
  }
  std::unique_ptr<storage::WorkQueue> node(const std::string& name) {
    auto opened = openNode(name, clock_, 10ms);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().detail);
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  void openHere(const base::Clock& clock, std::chrono::milliseconds every = 1000ms) {
    auto opened = openNode("here", clock, every);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    queue_ = std::move(*opened);
  }
  NodeProcess process(const std::string& name) {
    return NodeProcess(settings_.url, name, folder_.path());
  }
  std::string beatOf(const std::string& name) {
    const auto redis = raw();
    const auto beat = redis->call({"HGET", "{lq}:beats", name});
    return beat.ok() ? std::string((*beat)->text) : std::string();
  }
  /// Until every one of them has beaten again.
  void awaitBeats(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const std::string before = beatOf(name);
      for (int i = 0; i < 2000 && beatOf(name) == before; ++i) waitATick();
    }
  }
  /// Lets time pass in steps that no beat misses.
  void pass(int seconds, const std::vector<std::string>& alive) {
    for (int i = 0; i < seconds; ++i) {
      clock_.pass(1s);
      awaitBeats(alive);
      awaitBeats(alive);
    }
  }
  /// What it leases before it has heard that its beats go on it may not begin.
  static void expectWorks(NodeProcess& node, const std::string& id) {
    for (int i = 0; i < 1000; ++i) {
      if (node.ask("lease province 10") == id + " ") {
        if (node.ask("begin " + id) == "yes") return;
        node.ask("settle " + id + " returned");
      }
      waitATick();
    }
    ADD_FAILURE() << "it does not work on";
  }
  Lease leaseWithin(std::chrono::seconds time) {
    const auto until = system_.steady() + time;
    while (system_.steady() < until) {
      const std::vector<Lease> found = lease();
      if (!found.empty()) return found[0];
      waitATick();
    }
    ADD_FAILURE() << "nothing to lease within " << time.count() << " s";
    return {};
  }

  base::SystemClock system_;
  const std::shared_ptr<Takers> others_ = std::make_shared<Takers>();  ///< Of the other nodes.
};

TEST_F(Nodes, AKilledNodesWorkIsTakenOverWithinTenSeconds) {
  openHere(system_);
  NodeProcess other = process("other");
  ASSERT_EQ(other.greeting, "ready");
  const std::string id = submit(record("k", "1")).id;
  ASSERT_EQ(other.ask("lease province 10"), id + " ");
  const std::string right = other.ask("poll source");
  ASSERT_THAT(right, HasSubstr("other.1"));
  EXPECT_FALSE(queue_->pollRights().take("source")->has_value());
  other.kill();
  const auto killed = system_.steady();
  EXPECT_EQ(leaseWithin(10s).recordId, id);
  EXPECT_GE(system_.steady() - killed, 3s) << "it might have been alive";
  RecordProperty("took_over_ms", std::to_string((system_.steady() - killed) / 1ms));
  EXPECT_TRUE(queue_->pollRights().take("source")->has_value());
}

TEST_F(Nodes, AFrozenNodeNeitherSendsNorSettlesNorMovesACursor) {
  openHere(system_);
  NodeProcess other = process("other");
  const std::string id = submit(record("k", "1")).id;
  ASSERT_EQ(other.ask("lease province 10"), id + " ");
  EXPECT_EQ(other.ask("begin " + id), "yes");
  other.ask("poll source");
  EXPECT_EQ(other.ask("cursor source five"), "ok");
  EXPECT_EQ(*queue_->pollRights().cursor("source"), "five");
  other.freeze();
  const Lease mine = leaseWithin(10s);
  ASSERT_EQ(mine.recordId, id);
  EXPECT_TRUE(queue_->deliveries().begin(mine));
  const auto right = queue_->pollRights().take("source");
  ASSERT_TRUE(right.ok() && right->has_value());
  Submission submission;
  submission.cursor = CursorUpdate{"source", "six", **right};
  ASSERT_TRUE(trySubmit(std::move(submission)).ok());

  other.thaw();
  EXPECT_EQ(other.ask("begin " + id), "no");
  EXPECT_EQ(other.ask("settle " + id + " delivered"), "ok");
  EXPECT_EQ(other.ask("cursor source five-again"), "ok");
  EXPECT_EQ(other.ask("poll source"), "none");
  EXPECT_EQ(other.ask("begin " + id), "no") << "nor after its next beat";
  EXPECT_EQ(*queue_->pollRights().cursor("source"), "six");
  EXPECT_EQ(counts().delivered, 0u);
  settle(mine);
  EXPECT_EQ(counts().delivered, 1u);
  const std::string next = submit(record("k", "2")).id;
  expectWorks(other, next);
}

TEST_F(Nodes, ANameInUseIsRefusedAndFreeAtOnceWhenItsProcessIsDead) {
  openHere(system_);
  NodeProcess other = process("other");
  const std::string id = submit(record("k", "1")).id;
  ASSERT_EQ(other.ask("lease province 10"), id + " ");
  const auto refused = openNode("other", system_, 1000ms);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "queue.node_taken");
  EXPECT_THAT(refused.error().detail, HasSubstr("another gateway named 'other' runs"));
  EXPECT_THAT(refused.error().detail, HasSubstr("`node:`"));
  EXPECT_EQ(other.ask("begin " + id), "yes") << "the refused one has not disturbed it";
  other.kill();
  const auto begun = system_.steady();
  const auto again = openNode("other", system_, 10ms);
  ASSERT_TRUE(again.ok()) << again.error().detail;
  EXPECT_EQ(leaseWithin(2s).recordId, id);
  EXPECT_LT(system_.steady() - begun, 2s);
}

TEST_F(Nodes, AFrozenNodeWhoseNameWasTakenStopsAndSaysSo) {
  openHere(system_);
  NodeProcess other = process("other");
  const std::string id = submit(record("k", "1")).id;
  ASSERT_EQ(other.ask("lease province 10"), id + " ");
  other.freeze();
  const auto taker = openNode("other", system_, 1000ms);
  ASSERT_TRUE(taker.ok()) << taker.error().detail;
  EXPECT_TRUE(lease().empty()) << "the frozen one may still believe in its lease";
  other.thaw();
  std::string answer = other.ask("lease province 10");
  for (int i = 0; i < 1000 && answer.find("node_taken") == std::string::npos; ++i) {
    waitATick();
    answer = other.ask("lease province 10");
  }
  EXPECT_THAT(answer, HasSubstr("give each gateway its own name"));
  char host[256] = {};
  ASSERT_EQ(::gethostname(host, sizeof host - 1), 0);
  const std::string here = host + std::string(", process ") + std::to_string(::getpid());
  EXPECT_THAT(answer, HasSubstr("(host " + here + ")"));
  EXPECT_EQ(other.ask("begin " + id), "no");
  EXPECT_EQ(other.ask("poll source"), "queue.node_taken");
}

TEST_F(Nodes, ANameThatWasTakenStaysTakenWhereTheTakersBeatIsGone) {
  openHere(system_);
  NodeProcess other = process("other");
  other.freeze();
  const auto taker = openNode("other", system_, 1h);
  ASSERT_TRUE(taker.ok()) << taker.error().detail;
  ASSERT_EQ((*raw()->call({"HDEL", "{lq}:beats", "other"}))->integer, 1);
  other.thaw();
  std::string answer = other.ask("poll source");
  for (int i = 0; i < 1000 && answer != "queue.node_taken"; ++i) {
    waitATick();
    answer = other.ask("poll source");
  }
  EXPECT_EQ(answer, "queue.node_taken");
}

TEST_F(Nodes, ANameIsFreeAsSoonAsItsNodeHasSaidGoodbye) {
  auto first = openNode("other", system_, 1h);
  ASSERT_TRUE(first.ok()) << first.error().detail;
  auto second = std::async(std::launch::async, [&] { return openNode("other", system_, 1h); });
  EXPECT_EQ(second.wait_for(200ms), std::future_status::timeout) << "it waits whether that beats";
  first->reset();
  const auto opened = second.get();
  EXPECT_TRUE(opened.ok()) << opened.error().detail;
}

TEST_F(Nodes, WhereRedisIsAwayNobodyGetsARightToPoll) {
  openHere(clock_, 10ms);
  ASSERT_EQ(::kill(serverPid(), SIGKILL), 0);
  const auto right = queue_->pollRights().take("source");
  ASSERT_FALSE(right.ok());
  EXPECT_EQ(right.error().code, "queue.unavailable");
}

TEST_F(Nodes, OrderPerKeyHoldsAcrossNodes) {
  openHere(system_);
  std::vector<std::unique_ptr<storage::WorkQueue>> nodes;
  for (const char* name : {"a", "b", "c"}) nodes.push_back(node(name));
  const auto expected = submitMany(7, 30);
  EXPECT_EQ(deliverAtRandom({nodes[0].get(), nodes[1].get(), nodes[2].get()}, expected), expected);
  EXPECT_EQ(counts().delivered, 7u * 30);
}

TEST_F(Nodes, WhatAnotherNodeAcceptedIsAnnouncedHere) {
  openHere(system_);
  const auto other = node("other");
  std::promise<std::string> heard;
  std::atomic<bool> once{false};
  test::listen(*others_, [&](std::string_view peer) {
    if (!once.exchange(true)) heard.set_value(std::string(peer));
  });
  submit(record("k", "1"));
  auto answer = heard.get_future();
  ASSERT_EQ(answer.wait_for(20s), std::future_status::ready);
  EXPECT_EQ(answer.get(), "province");
  test::listen(*others_, {});
}

TEST_F(Nodes, ALivingNodesLeaseStays) {
  openHere(clock_, 10ms);
  const auto other = node("other");
  submit(record("k", "1"));
  ASSERT_EQ(other->deliveries().lease("province", 10, 1h)->size(), 1u);
  pass(30, {"here", "other"});
  clock_.jumpWall(48h);
  pass(2, {"here", "other"});
  EXPECT_EQ(depth().leased, 1u);
}

TEST_F(Nodes, WhoSeesNothingDeclaresNobodyDead) {
  openHere(clock_, 10ms);
  NodeProcess other = process("other");
  const std::string id = submit(record("k", "1")).id;
  ASSERT_EQ(other.ask("lease province 10"), id + " ");
  other.freeze();
  awaitBeats({"here", "here"});
  clock_.pass(60s);  // as if this node had been cut off from Redis
  awaitBeats({"here", "here"});
  for (int i = 0; i < 10; ++i) waitATick();
  EXPECT_EQ(depth().leased, 1u);
  pass(7, {"here"});
  EXPECT_EQ(leaseSoon().at(0).recordId, id);
}

TEST_F(Nodes, ABeatThatStandsStillIsForgottenAndComesBackWithItsNode) {
  openHere(clock_, 10ms);
  NodeProcess other = process("other");
  other.freeze();
  ASSERT_NE(beatOf("other"), "");
  const auto begun = clock_.steady();
  for (int i = 0; i < 300 && !beatOf("other").empty(); ++i) {
    clock_.pass(3s);
    awaitBeats({"here"});
    awaitBeats({"here"});
  }
  EXPECT_EQ(beatOf("other"), "");
  EXPECT_GE(clock_.steady() - begun, 10min);
  EXPECT_NE(beatOf("here"), "");
  other.thaw();
  for (int i = 0; i < 2000 && beatOf("other").empty(); ++i) waitATick();
  EXPECT_NE(beatOf("other"), "");
  const std::string id = submit(record("k", "1")).id;
  expectWorks(other, id);
}

TEST_F(Nodes, AGapInItsOwnBeatsVoidsWhatItHeldBefore) {
  openHere(clock_, 10ms);
  submit(record("a", "1"));
  submit(record("b", "2"));
  const Lease before = lease(1).at(0);
  EXPECT_TRUE(queue_->deliveries().begin(before));
  clock_.pass(5s);
  for (int i = 0; i < 2000; ++i) {
    const std::vector<Lease> after = lease(1);
    if (!after.empty() && queue_->deliveries().begin(after[0])) break;
    if (!after.empty()) settle(after[0], Kind::returned);
    waitATick();
    ASSERT_NE(i, 1999) << "a new lease is good again once the beats go on";
  }
  EXPECT_FALSE(queue_->deliveries().begin(before));
}

TEST_F(Nodes, AFormerHoldersCursorIsNotStored) {
  openHere(clock_, 10ms);
  auto other = node("other");
  const auto first = other->pollRights().take("source");
  ASSERT_TRUE(first.ok() && first->has_value());
  EXPECT_FALSE(queue_->pollRights().take("source")->has_value());
  EXPECT_EQ(**other->pollRights().take("source"), **first) << "it stays while it beats";
  other->pollRights().giveUp("source");
  const auto mine = queue_->pollRights().take("source");
  ASSERT_TRUE(mine.ok() && mine->has_value());
  Submission late;
  late.entries.push_back(record("k", "1"));
  late.cursor = CursorUpdate{"source", "late", **first};
  EXPECT_TRUE(trySubmit(std::move(late)).ok()) << "its records count all the same";
  EXPECT_EQ(counts().owed, 1u);
  EXPECT_EQ(*queue_->pollRights().cursor("source"), "");
}

TEST_F(Nodes, ANodeComesBackToItsPlaceWhenRedisIsRestoredFromBeforeItsStart) {
  namespace fs = std::filesystem;
  openHere(clock_, 10ms);
  const std::string id = submit(record("k", "1")).id;
  queue_ = nullptr;
  server_ = nullptr;
  const fs::path data = folder_.path() / "redis/appendonlydir";
  const fs::path backup = folder_.path() / "backup";
  fs::copy(data, backup);
  startServer();
  openHere(clock_, 10ms);
  ASSERT_EQ((*raw()->call({"HGET", "{lq}:epochs", "here"}))->text, "2");
  const Lease before = lease().at(0);
  const long long fence = (*raw()->call({"GET", "{lq}:fence"}))->number();
  ASSERT_TRUE(queue_->deliveries().begin(before));

  server_ = nullptr;
  fs::remove_all(data);
  fs::copy(backup, data);
  startServer();
  awaitBeats({"here", "here"});
  EXPECT_EQ((*raw()->call({"HGET", "{lq}:epochs", "here"}))->text, "2") << "the restored one has 1";
  EXPECT_GT((*raw()->call({"GET", "{lq}:fence"}))->number(), fence + 100'000)
      << "no token is given twice";
  const Lease again = leaseWithin(20s);
  EXPECT_EQ(again.recordId, id);
  EXPECT_TRUE(queue_->deliveries().begin(again))
      << "it is not taken for one whose name another process has";
  settle(before);
  EXPECT_EQ(counts().delivered, 0u);
  settle(again);
  EXPECT_EQ(counts().delivered, 1u);
}

TEST_F(Nodes, ACleanStopFreesTheNameAndThePolls) {
  openHere(clock_, 10ms);
  auto other = node("other");
  ASSERT_TRUE(other->pollRights().take("source")->has_value());
  other.reset();
  EXPECT_EQ(beatOf("other"), "");
  EXPECT_TRUE(queue_->pollRights().take("source")->has_value());
  EXPECT_NE(node("other"), nullptr);
}

}  // namespace
}  // namespace lianqiao::queue
