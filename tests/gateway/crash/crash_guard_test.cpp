#include "crash/crash_guard.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <set>
#include <thread>

#include "base/clock.h"
#include "support/log_lines.h"
#include "support/temporary_folder.h"

namespace lianqiao::crash {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using Way = Permit::Way;

/// One run of the node's process.
struct NodeRun {
  NodeRun(const std::filesystem::path& folder, test::LogLines& log,
          std::chrono::milliseconds quiet = 0ms)
      : book(folder, "node", log.sink()), guard(book, folder, clock, log.sink(), {quiet}) {}
  base::SystemClock clock;
  FlightBook book;
  CrashGuard guard;
  PeerGuard peer{guard, "hotline", "build-1"};
  PeerGuard other{guard, "grid", "build-1"};
};

class CrashGuardTest : public ::testing::Test {
 protected:
  /// A run that is killed in the middle of `doing`.
  void dieWhile(const std::function<void(NodeRun&)>& doing) {
    const pid_t child = ::fork();
    if (child == 0) {
      NodeRun run(folder_.path(), log_);
      doing(run);
      ::kill(::getpid(), SIGKILL);
    }
    ASSERT_GT(child, 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  void dieReading(std::string_view body) {
    dieWhile([body](NodeRun& run) {
      const Permit permit = run.peer.request("/records", body);
      ASSERT_EQ(permit.way(), Way::open);
      ::kill(::getpid(), SIGKILL);
    });
  }
  [[nodiscard]] std::string fileText() const {
    std::ifstream in(folder_.path() / "inbound-strikes");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  test::TemporaryFolder folder_;
  test::LogLines log_;
};

TEST_F(CrashGuardTest, ARequestThatEndsTheProcessThreeTimesIsLetInNoMore) {
  for (int death = 0; death < 3; ++death) dieReading("poison");
  NodeRun run(folder_.path(), log_);
  EXPECT_EQ(run.peer.request("/records", "poison").way(), Way::shut);
  EXPECT_GT(run.peer.request("/records", "poison").since().time_since_epoch().count(), 0);
  EXPECT_EQ(run.peer.request("/records", "good").way(), Way::open);
  EXPECT_EQ(run.peer.request("/other", "poison").way(), Way::open);
  EXPECT_EQ(run.other.request("/records", "poison").way(), Way::open);
  EXPECT_EQ(run.peer.poll("poison").way(), Way::open);
  EXPECT_THAT(log_.all(), Contains(HasSubstr("strike 3 of 3")));
}

TEST_F(CrashGuardTest, APollThatEndsTheProcessThreeTimesRestsAtThatCursorOnly) {
  for (int death = 0; death < 3; ++death) {
    dieWhile([](NodeRun& run) {
      const Permit permit = run.peer.poll("page 7");
      ::kill(::getpid(), SIGKILL);
    });
  }
  NodeRun run(folder_.path(), log_);
  EXPECT_EQ(run.peer.poll("page 7").way(), Way::shut);
  EXPECT_EQ(run.peer.poll("page 8").way(), Way::open);
  EXPECT_EQ(run.other.poll("page 7").way(), Way::open);
}

TEST_F(CrashGuardTest, WhatComesThroughLosesItsStrikesForGood) {
  dieReading("a");
  dieReading("a");
  {
    NodeRun run(folder_.path(), log_);
    EXPECT_EQ(run.peer.request("/records", "a").way(), Way::open);
  }
  dieReading("a");
  NodeRun run(folder_.path(), log_);
  EXPECT_EQ(run.peer.request("/records", "a").way(), Way::open);
}

TEST_F(CrashGuardTest, WhatWasNotWithTheAdapterGetsNone) {
  dieWhile([](NodeRun& run) {
    const Permit before = run.peer.request("/records", "before");
    Permit resting = run.peer.request("/records", "resting");
    resting.rest();
    { const Permit over = run.peer.request("/records", "over"); }
    ::kill(::getpid(), SIGKILL);
  });
  const NodeRun run(folder_.path(), log_);
  const std::string text = fileText();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << "the head and one: " << text;
}

TEST_F(CrashGuardTest, ADeathWhileTheAnswerIsComposedCountsToo) {
  for (int death = 0; death < 3; ++death) {
    dieWhile([](NodeRun& run) {
      Permit permit = run.peer.request("/records", "poison");
      permit.rest();
      permit.resume();
      ::kill(::getpid(), SIGKILL);
    });
  }
  NodeRun run(folder_.path(), log_);
  EXPECT_EQ(run.peer.request("/records", "poison").way(), Way::shut);
}

TEST_F(CrashGuardTest, ACleanStopGivesNone) {
  {
    NodeRun run(folder_.path(), log_);
    const Permit permit = run.peer.request("/records", "a");
  }
  const NodeRun run(folder_.path(), log_);
  EXPECT_EQ(fileText(), "");
}

TEST_F(CrashGuardTest, AStopThatHangsAndIsCutShortGivesNone) {
  dieWhile([](NodeRun& run) {
    const auto flight = run.book.note(FlightBook::Kind::delivery, "grid", "before", "");
    ::kill(::getpid(), SIGKILL);
  });
  dieWhile([](NodeRun& run) {
    const auto flight = run.book.note(FlightBook::Kind::delivery, "grid", "hangs", "");
    const Permit request = run.peer.request("/records", "hangs");
    const Permit poll = run.other.poll("hangs");
    run.book.beginStop();
    const Permit late = run.peer.request("/records", "late");
    EXPECT_EQ(late.way(), Way::open);
    ::kill(::getpid(), SIGKILL);
  });
  const NodeRun run(folder_.path(), log_);
  EXPECT_EQ(fileText(), "");
  const auto left = run.book.former(FlightBook::Kind::delivery);
  ASSERT_EQ(left.size(), 1u) << "of the process that died before";
  EXPECT_EQ(left[0].id, "before");
}

TEST_F(CrashGuardTest, OneDeathIsOneStrikeHoweverOftenItWasUnderWay) {
  dieWhile([](NodeRun& run) {
    const Permit one = run.peer.request("/records", "a");
    const Permit two = run.peer.request("/records", "a");
    const Permit three = run.peer.request("/records", "a");
    ::kill(::getpid(), SIGKILL);
  });
  NodeRun run(folder_.path(), log_);
  EXPECT_THAT(fileText(), HasSubstr(" 1 "));
  EXPECT_EQ(run.peer.request("/records", "a").way(), Way::open);
}

TEST_F(CrashGuardTest, OfSuspectsOneIsOutAtATimeAndOthersPassThem) {
  dieWhile([](NodeRun& run) {
    const Permit a = run.peer.request("/records", "a");
    const Permit b = run.other.request("/records", "b");
    const Permit c = run.other.poll("c");
    ::kill(::getpid(), SIGKILL);
  });
  NodeRun run(folder_.path(), log_);
  auto a = std::make_optional(run.peer.request("/records", "a"));
  ASSERT_EQ(a->way(), Way::open);
  EXPECT_EQ(run.other.request("/records", "b").way(), Way::busy);
  EXPECT_EQ(run.peer.request("/records", "free").way(), Way::open);
  a->rest();
  EXPECT_EQ(run.other.poll("c").way(), Way::busy) << "until its answer is out";
  std::jthread ends([&a] { a.reset(); });
  EXPECT_EQ(run.other.poll("c").way(), Way::open) << "it waits a little for its turn";
}

TEST_F(CrashGuardTest, WhoWasOnlyBesideThePoisonDoesNotDieWithItThreeTimes) {
  dieWhile([](NodeRun& run) {
    const Permit poison = run.peer.request("/records", "poison");
    const Permit innocent = run.other.request("/records", "innocent");
    ::kill(::getpid(), SIGKILL);
  });
  for (int death = 0; death < 2; ++death) {
    dieWhile([](NodeRun& run) {
      const Permit poison = run.peer.request("/records", "poison");
      const Permit innocent = run.other.request("/records", "innocent");
      ASSERT_EQ(innocent.way(), Way::busy);
      ::kill(::getpid(), SIGKILL);
    });
  }
  NodeRun run(folder_.path(), log_);
  EXPECT_EQ(run.peer.request("/records", "poison").way(), Way::shut);
  EXPECT_EQ(run.other.request("/records", "innocent").way(), Way::open);
}

TEST_F(CrashGuardTest, AfterTwoDeathsASuspectWaitsAWhileForWhateverElseMayDie) {
  dieReading("a");
  dieReading("a");
  NodeRun run(folder_.path(), log_, 1h);
  EXPECT_EQ(run.peer.request("/records", "a").way(), Way::busy);
}

TEST_F(CrashGuardTest, AWordThatIsForNobodyWhoIsOutDoesNotEndThatWait) {
  dieReading("a");
  dieReading("a");
  NodeRun run(folder_.path(), log_, std::chrono::hours(24 * 3650));
  EXPECT_EQ(run.peer.request("/records", "a").way(), Way::busy);
  EXPECT_EQ(run.guard.forgive("hotline"), 0u);
  EXPECT_EQ(run.peer.request("/records", "a").way(), Way::busy);
}

TEST_F(CrashGuardTest, ASuspectRequestDoesNotHoldAThreadUntilItsTurn) {
  dieWhile([](NodeRun& run) {
    const Permit a = run.peer.request("/records", "a");
    const Permit b = run.other.request("/records", "b");
    ::kill(::getpid(), SIGKILL);
  });
  NodeRun run(folder_.path(), log_);
  const Permit hangs = run.peer.request("/records", "a");
  const auto asked = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(run.other.request("/records", "b").way(), Way::busy);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 100 * CrashGuard::kPatience);
}

TEST_F(CrashGuardTest, AnotherBuildOfTheAdapterStartsAnew) {
  for (int death = 0; death < 3; ++death) dieReading("poison");
  NodeRun run(folder_.path(), log_);
  const PeerGuard mended(run.guard, "hotline", "build-2");
  EXPECT_EQ(mended.request("/records", "poison").way(), Way::open);
  EXPECT_EQ(run.peer.request("/records", "poison").way(), Way::shut);
}

TEST_F(CrashGuardTest, APersonsWordGivesOneMoreTryAndNotThree) {
  for (int death = 0; death < 3; ++death) dieReading("poison");
  {
    NodeRun run(folder_.path(), log_);
    EXPECT_EQ(run.guard.forgive("grid"), 0u);
    EXPECT_EQ(run.guard.forgive("hotline"), 1u);
  }
  dieReading("poison");
  NodeRun run(folder_.path(), log_);
  EXPECT_EQ(run.peer.request("/records", "poison").way(), Way::shut);
}

TEST_F(CrashGuardTest, PoisonThatDiffersEachTimeClosesItsPeerAndNotWhoIsAlwaysBesideIt) {
  for (int death = 0; death < CrashGuard::kPeers.out; ++death) {
    dieWhile([death](NodeRun& run) {
      const Permit poison = run.peer.request("/records", "poison " + std::to_string(death));
      ASSERT_EQ(poison.way(), Way::open) << death;
      const Permit beside = run.other.request("/records", "good " + std::to_string(death));
      ASSERT_EQ(beside.way(), death < CrashGuard::kPeerSuspect ? Way::open : Way::busy) << death;
      ::kill(::getpid(), SIGKILL);
    });
  }
  {
    NodeRun run(folder_.path(), log_);
    EXPECT_THAT(log_.all(), Contains(HasSubstr("all of them are refused")));
    EXPECT_EQ(run.peer.request("/records", "new").way(), Way::closed);
    EXPECT_TRUE(run.peer.closedSince().has_value());
    EXPECT_FALSE(run.other.closedSince().has_value());
    EXPECT_EQ(run.peer.poll("1").way(), Way::open);
    EXPECT_EQ(run.other.request("/records", "new").way(), Way::open);
    const PeerGuard mended(run.guard, "hotline", "build-2");
    EXPECT_EQ(mended.request("/records", "new").way(), Way::open);
    EXPECT_EQ(run.guard.forgive("hotline"), 1u);
    EXPECT_EQ(run.peer.request("/records", "new").way(), Way::open);
  }
  const NodeRun run(folder_.path(), log_);
  EXPECT_FALSE(run.peer.closedSince().has_value());
}

TEST_F(CrashGuardTest, DeliveriesInTheSameBookAreLeftToTheQueue) {
  dieWhile([](NodeRun& run) {
    const auto flight = run.book.note(FlightBook::Kind::delivery, "grid", "r1", "7 node.1 1000");
    const Permit permit = run.peer.request("/records", "a");
    ::kill(::getpid(), SIGKILL);
  });
  NodeRun run(folder_.path(), log_);
  EXPECT_TRUE(run.book.former(FlightBook::Kind::request).empty());
  const auto left = run.book.former(FlightBook::Kind::delivery);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].peer + " " + left[0].id + " " + left[0].token, "grid r1 7 node.1 1000");
}

TEST_F(CrashGuardTest, ManyThreadsNoteAtOnceAndEachNoteIsWhole) {
  constexpr int kThreads = 8;
  NodeRun run(folder_.path(), log_);
  std::vector<Permit> held(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&run, &mine = held.at(static_cast<std::size_t>(i)), i] {
        for (int j = 0; j < 2000; ++j) {
          Permit permit = run.peer.request("/records", std::to_string(i * 10000 + j));
          permit.rest();
          permit.resume();
        }
        mine = run.peer.request("/records", "held by " + std::to_string(i));
      });
    }
  }
  const test::TemporaryFolder copy;
  std::filesystem::copy(folder_.path() / "flights-node", copy.path() / "flights-node");
  const FlightBook left(copy.path(), "node", log_.sink());
  const auto flights = left.former(FlightBook::Kind::request);
  std::set<std::string> ids;
  for (const auto& flight : flights) {
    EXPECT_EQ(flight.peer, "hotline");
    EXPECT_EQ(flight.id.size(), 16u);
    ids.insert(flight.id);
  }
  EXPECT_EQ(flights.size(), std::size_t{kThreads});
  EXPECT_EQ(ids.size(), std::size_t{kThreads});
}

TEST_F(CrashGuardTest, WhatIsLeftFromAnEarlierStartIsStillReadAfterAnother) {
  dieWhile([](NodeRun& run) {
    const auto flight = run.book.note(FlightBook::Kind::delivery, "grid", "r1", "7 node.1 1000");
    ::kill(::getpid(), SIGKILL);
  });
  { const NodeRun startsWhileRedisIsAway(folder_.path(), log_); }
  NodeRun run(folder_.path(), log_);
  EXPECT_EQ(run.book.former(FlightBook::Kind::delivery).size(), 1u);
}

TEST(StrikeBookTest, KeepsABoundedNumberAndThoseThatAreOutLongest) {
  const test::TemporaryFolder folder;
  test::LogLines log;
  StrikeBook book(folder.path() / "strikes", log.sink());
  std::vector<StrikeBook::Entry> standing;
  for (int i = 0; i < StrikeBook::kOut; ++i)
    ASSERT_TRUE(book.add({{1, 0, {}, false, "out"}}, WallTime(1ms), standing));
  std::vector<StrikeBook::Entry> many;
  for (std::uint64_t key = 2; key < 2 + StrikeBook::kMost; ++key)
    many.push_back({key, 0, {}, false, "p"});
  ASSERT_TRUE(book.add(many, WallTime(5ms), standing));
  EXPECT_TRUE(book.find(1).has_value());
  std::size_t kept = 0;
  for (const auto& one : many) kept += book.find(one.key) ? 1u : 0u;
  EXPECT_EQ(kept, StrikeBook::kMost - 1);
}

TEST(StrikeBookTest, StrikesThatLapseCountAnewUntilTheyAreOut) {
  const test::TemporaryFolder folder;
  test::LogLines log;
  StrikeBook book(folder.path() / "strikes", log.sink(), {2, 1min});
  std::vector<StrikeBook::Entry> standing;
  for (const auto at : {1min, 3min, 4min, 9min})
    ASSERT_TRUE(book.add({{1, 0, {}, false, "p"}}, WallTime(at), standing));
  std::vector<int> strikes;
  for (const auto& one : standing) strikes.push_back(one.strikes);
  EXPECT_EQ(strikes, (std::vector<int>{1, 1, 2, 2}));
}

TEST(StrikeBookTest, AFileThatIsCutKeepsWhatCanBeRead) {
  const test::TemporaryFolder folder;
  test::LogLines log;
  const auto file = folder.path() / "strikes";
  std::ofstream(file) << "lianqiao strikes 1\n000000000000000a 2 1000 p town-ledger\n00000";
  const StrikeBook book(file, log.sink());
  const auto found = book.find(10);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->strikes, 2);
  EXPECT_TRUE(found->poll);
  EXPECT_EQ(found->peer, "town-ledger");
  EXPECT_THAT(log.all(), Contains(HasSubstr("cannot be read to its end")));
}

TEST(StrikeBookTest, AFolderThatCannotBeSyncedDoesNotMakeAStrikeCountTwice) {
  const test::TemporaryFolder folder;
  test::LogLines log;
  StrikeBook book(folder.path() / "strikes", log.sink());
  std::vector<StrikeBook::Entry> standing;
  // Another user than root, who may write there but not open the folder itself.
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::chown(folder.path().c_str(), 65534, 65534), 0);
    ASSERT_EQ(::seteuid(65534), 0);
  }
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0300));
  const auto written = book.add({{1, 0, {}, false, "p"}}, WallTime(1ms), standing);
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0700));
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_TRUE(written) << "its slots are to be forgotten";
  EXPECT_TRUE(StrikeBook(folder.path() / "strikes", log.sink()).find(1).has_value());
  EXPECT_THAT(log.all(), Contains(HasSubstr("cannot be synced")));
}

TEST(StrikeBookTest, WithoutAPlaceToWriteItCountsAndSaysSo) {
  test::LogLines log;
  StrikeBook book("/proc/nowhere/strikes", log.sink());
  std::vector<StrikeBook::Entry> standing;
  EXPECT_FALSE(book.add({{1, 0, {}, false, "p"}}, WallTime(1ms), standing));
  EXPECT_TRUE(book.find(1).has_value());
}

}  // namespace
}  // namespace lianqiao::crash
