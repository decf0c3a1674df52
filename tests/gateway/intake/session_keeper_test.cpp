#include "intake/session_keeper.h"

#include <atomic>
#include <csignal>
#include <fstream>

#include "conformance/conformance.h"
#include "conformance/fake_host.h"
#include "crash/flight_book.h"
#include "lianqiao/codes.h"
#include "line_session/line_peer.h"
#include "line_session/line_session.h"
#include "plugin/watched_roles.h"
#include "support/service_fixture.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;

using test::badOrderOf;
using test::eventually;
using test::LinePeer;
using test::orderOf;
using ::testing::HasSubstr;

/// The session of the tests' adapter with a real peer of its own.
class SessionKeeperTest : public test::ServiceTest {
 protected:
  /// One run of "hotline": what the runtime has of it.
  struct Run {
    explicit Run(const Settings& settings)
        : session(line_session::kDescriptor.makeSession(settings, host)) {}
    ~Run() { stop(); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    void stop() {
      host.requestStop();
      keeper.reset();
    }
    [[nodiscard]] InboundStatus status() const { return keeper->status(); }
    [[nodiscard]] bool isOpen() const { return keeper->isOpen(); }

    test::FakeHost host;
    std::unique_ptr<Session> session;
    std::unique_ptr<SessionKeeper> keeper;
  };

  void SetUp() override {
    ServiceTest::SetUp();
    line_ = std::make_unique<LinePeer>(folder_.path());
    entries_ = std::make_unique<EntryMaker>(*pipeline_, clock_, ids_);
  }
  std::unique_ptr<Run> start(storage::WorkQueue& queue, PeerGuard guard = {}) {
    auto run = std::make_unique<Run>(conformance::settingsOf(
        line_session::kDescriptor,
        {{"port", std::to_string(line_->port())}, {"ping", "100ms"}, {"name", "n"}}));
    run->keeper = std::make_unique<SessionKeeper>(
        peer("hotline"), *run->session, *entries_, queue, clock_,
        [this]() -> std::optional<Error> {
          if (!backlogged_) return std::nullopt;
          return Error{codes::kOverloaded, "too many"};
        },
        0, SessionKeeper::Observer(), std::move(guard));
    return run;
  }
  std::unique_ptr<Run> start() { return start(*queue_); }
  /// Two more pings have come: what was sent before has been taken in.
  bool pingedTwice() const {
    const std::size_t before = line_->heard("ping");
    return eventually([&] { return line_->heard("ping") >= before + 2; });
  }
  pid_t redis() {
    pid_t server = 0;
    std::ifstream(folder_.path() / "redis" / "redis.pid") >> server;
    return server;
  }

  std::unique_ptr<LinePeer> line_;
  std::unique_ptr<EntryMaker> entries_;
  std::atomic<bool> backlogged_{false};
};

TEST_F(SessionKeeperTest, AcknowledgesWhatIsDurableAndShowsThatItIsOpen) {
  for (int i = 0; i < 50; ++i) line_->send(orderOf("s" + std::to_string(i)));
  line_->send(badOrderOf("bad"));
  const auto run = start();
  ASSERT_TRUE(eventually([&] { return line_->heard("ack ") == 51; }));
  EXPECT_EQ(counts("hotline").accepted, 50u);
  EXPECT_EQ(exceptions("hotline").size(), 1u) << "what is set aside is durable, too";
  const InboundStatus status = run->status();
  EXPECT_EQ(status.state, "ok");
  EXPECT_EQ(status.items, 51u);
  ASSERT_TRUE(status.session && status.session->openSince && status.session->lastHeard);
  EXPECT_EQ(status.session->opened, 1u);
  EXPECT_FALSE(status.session->lostAt);
  const WallTime before = *status.session->lastHeard;
  EXPECT_TRUE(eventually([&] { return *run->status().session->lastHeard > before + 200ms; }))
      << "the answer to a ping is a sign of life";
}

TEST_F(SessionKeeperTest, WhileRedisTakesNothingItAcknowledgesNothingAndKeepsAlive) {
  const auto run = start();
  ASSERT_TRUE(eventually([&] { return run->isOpen(); }));
  ::kill(redis(), SIGSTOP);
  line_->send(orderOf("a"));
  const std::size_t pings = line_->heard("ping");
  EXPECT_TRUE(eventually([&] { return line_->heard("ping") >= pings + 3; }));
  EXPECT_EQ(line_->heard("ack "), 0u);
  ::kill(redis(), SIGCONT);
  EXPECT_TRUE(eventually([&] { return line_->heard("ack ") == 1; }));
  EXPECT_EQ(counts("hotline").accepted, 1u);
}

TEST_F(SessionKeeperTest, WhatWasNotStoredIsSentAgainAndStoredOnce) {
  const auto run = start();
  ASSERT_TRUE(eventually([&] { return run->isOpen(); }));
  ::kill(redis(), SIGSTOP);
  for (int i = 0; i < 5; ++i) line_->send(orderOf("k" + std::to_string(i)));
  ASSERT_TRUE(pingedTwice());
  ::kill(redis(), SIGKILL);
  EXPECT_TRUE(eventually([&] { return line_->heard("ack ") == 5; }));
  EXPECT_GE(line_->heard("hello"), 2u) << "the session was opened anew";
  EXPECT_EQ(counts("hotline").accepted, 5u);
  EXPECT_EQ(run->status().session->lostCause.substr(0, 6), "queue.") << "the fault was ours";
}

TEST_F(SessionKeeperTest, WhatWasStoredAndNotAcknowledgedIsRecognised) {
  line_->command("deaf");
  line_->send(orderOf("a"));
  auto run = start();
  ASSERT_TRUE(eventually([&] { return line_->heard("ack ") >= 1; }));
  // It hears neither that nor a ping: the session is lost, and the line sent again.
  EXPECT_TRUE(eventually([&] { return line_->heard("hello") >= 2; }));
  EXPECT_TRUE(
      eventually([&] { return run->status().session->lostCause == codes::kDeliverTimeout; }));
  line_->command("well");
  EXPECT_TRUE(eventually([&] { return counts("hotline").duplicates >= 1; }));
  EXPECT_EQ(counts("hotline").accepted, 1u);
}

TEST_F(SessionKeeperTest, OpensAgainAfterItsPeerDied) {
  auto run = start();
  ASSERT_TRUE(eventually([&] { return run->isOpen(); }));
  line_->kill();
  ASSERT_TRUE(eventually([&] { return run->status().state == "failing"; }));
  EXPECT_EQ(run->status().cause, codes::kConnect);
  EXPECT_FALSE(run->isOpen());
  line_->start();
  line_->send(orderOf("a"));
  EXPECT_TRUE(eventually([&] { return line_->heard("ack ") == 1; }));
  const InboundStatus status = run->status();
  EXPECT_EQ(status.state, "ok");
  EXPECT_EQ(status.session->opened, 2u);
  EXPECT_EQ(status.session->lostCause, codes::kConnect) << "why it was lost stays on screen";
}

TEST_F(SessionKeeperTest, APeerThatRefusesUsIsAskedSeldomAndAtOnceWhenAPersonSaysSo) {
  line_->command("refuse");
  auto run = start();
  ASSERT_TRUE(eventually([&] { return run->status().cause == codes::kRefused; }));
  std::this_thread::sleep_for(1500ms);  // any other failure waits for a second at most
  EXPECT_EQ(line_->heard("hello"), 1u) << "an account may be locked for trying often";
  line_->command("well");
  EXPECT_TRUE(run->keeper->resume());
  EXPECT_TRUE(eventually([&] { return run->isOpen(); }));
  EXPECT_FALSE(run->keeper->resume()) << "nothing is waited for";
}

TEST_F(SessionKeeperTest, TakesNothingInWhileRecordsAreNotWantedAndStaysOpen) {
  backlogged_ = true;
  const auto run = start();
  ASSERT_TRUE(eventually([&] { return run->status().state == "waiting"; }));
  line_->send(orderOf("a"));
  const std::size_t pings = line_->heard("ping");
  ASSERT_TRUE(eventually([&] { return line_->heard("ping") >= pings + 3; }));
  EXPECT_EQ(line_->heard("ack "), 0u);
  EXPECT_TRUE(run->isOpen());
  EXPECT_EQ(run->status().cause, codes::kOverloaded);
  backlogged_ = false;
  EXPECT_TRUE(eventually([&] { return line_->heard("ack ") == 1; }));
  EXPECT_EQ(line_->heard("hello"), 1u);
}

TEST_F(SessionKeeperTest, AStopAcknowledgesWhatIsBeingStoredAndSaysGoodBye) {
  auto run = start();
  ASSERT_TRUE(eventually([&] { return run->isOpen(); }));
  ::kill(redis(), SIGSTOP);
  line_->send(orderOf("a"));
  ASSERT_TRUE(pingedTwice());
  run->keeper->beginStop();
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(line_->heard("bye"), 0u) << "what is being stored is waited for";
  ::kill(redis(), SIGCONT);
  run->stop();
  EXPECT_TRUE(eventually([&] { return line_->lastHeard() == "bye"; }));
  EXPECT_EQ(line_->heard("ack "), 1u);
}

TEST_F(SessionKeeperTest, OfTwoNodesOneHasItOpenAndTheOtherGoesOnWhenThatStops) {
  auto first = start();
  ASSERT_TRUE(eventually([&] { return first->isOpen(); }));
  const auto node = openNode("second");
  const auto second = start(*node);
  ASSERT_TRUE(eventually([&] { return second->status().state == "elsewhere"; }));
  EXPECT_FALSE(second->isOpen());
  EXPECT_EQ(line_->heard("hello"), 1u);
  first->stop();
  ASSERT_TRUE(eventually([&] { return second->isOpen(); }));
  EXPECT_EQ(line_->heard("hello"), 2u);
  EXPECT_EQ(line_->heard("bye"), 1u);
}

TEST_F(SessionKeeperTest, AStepThatDoesNotComeBackIsSeenAndTheOthersGoOn) {
  std::atomic<int> hung = 0;
  plugin::Watchdog dog(
      clock_, 100ms, [&](const plugin::HungCall&) { ++hung; }, [](const plugin::HungCall&) {});
  dog.start();
  peer("hotline").inbound.pollDeadline = 200ms;
  Run run(conformance::settingsOf(line_session::kDescriptor,
                                  {{"port", std::to_string(line_->port())}, {"hangs", "true"}}));
  run.session = std::make_unique<plugin::WatchedSession>(std::move(run.session), "line_session",
                                                         "hotline", dog);
  run.keeper = std::make_unique<SessionKeeper>(
      peer("hotline"), *run.session, *entries_, *queue_, clock_,
      [] { return std::optional<Error>(); }, 0);
  EXPECT_TRUE(eventually([&] { return dog.isHung("hotline", "step"); }));
  EXPECT_EQ(hung, 1);
  run.stop();
}

/// Gives what it is told to give.
class Scripted final : public Session {
 public:
  Result<void> open(Deadline) override { return {}; }
  Result<Arrivals> step(const SessionTurn& turn) override {
    ++steps;
    Arrivals arrivals;
    arrivals.next = next;
    const std::size_t count = turn.items > 0 ? give.exchange(0) : 0;
    for (std::size_t i = 0; i < count; ++i)
      arrivals.items.emplace_back().body = orderOf("x" + std::to_string(i));
    return arrivals;
  }
  Result<void> acknowledge(std::string_view, std::span<const ItemVerdict> verdicts,
                           Deadline) override {
    acknowledged += verdicts.size();
    return {};
  }
  void close(Closing, Deadline) override { ++closed; }

  std::atomic<std::size_t> give{0};
  std::chrono::milliseconds next{0};
  std::atomic<std::size_t> acknowledged{0};
  std::atomic<int> steps{0};
  std::atomic<int> closed{0};
};

TEST_F(SessionKeeperTest, AnAdapterThatGivesMoreThanItWasAskedForLosesItsSession) {
  Scripted session;
  session.give = SessionKeeper::kMostItems + 1;
  SessionKeeper keeper(
      peer("hotline"), session, *entries_, *queue_, clock_, [] { return std::optional<Error>(); },
      0);
  ASSERT_TRUE(eventually([&] { return session.closed == 1; }));
  EXPECT_TRUE(eventually([&] {
    return keeper.status().session->lostDetail.find("501 items where 500") != std::string::npos;
  }));
  keeper.stop();
  EXPECT_EQ(session.acknowledged, 0u);
  EXPECT_EQ(counts("hotline").accepted, 0u);
}

TEST_F(SessionKeeperTest, ASessionThatComesBackAtOnceWithNothingKeepsNoCoreBusy) {
  Scripted session;
  const auto begun = std::chrono::steady_clock::now();
  SessionKeeper keeper(
      peer("hotline"), session, *entries_, *queue_, clock_, [] { return std::optional<Error>(); },
      0);
  EXPECT_TRUE(eventually([&] { return session.steps >= 6; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 500ms);
  keeper.stop();
}

TEST_F(SessionKeeperTest, IsSteppedWhenItsKeepAliveIsDue) {
  Scripted session;
  session.next = 300ms;
  const auto begun = std::chrono::steady_clock::now();
  SessionKeeper keeper(
      peer("hotline"), session, *entries_, *queue_, clock_, [] { return std::optional<Error>(); },
      0);
  EXPECT_TRUE(eventually([&] { return session.steps >= 3; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 600ms);
  keeper.stop();
  EXPECT_EQ(session.closed, 1);
}

/// The crash guard of a process whose three former ones died at the session of "hotline".
class CrashedAtSession {
 public:
  CrashedAtSession(std::filesystem::path folder, const base::Clock& clock)
      : folder_(std::move(folder)), clock_(clock) {
    std::filesystem::create_directories(folder_);
    for (int death = 0; death < 3; ++death) {
      const pid_t child = fork();
      if (child == 0) {
        open();
        const PeerGuard of = guard();
        const Permit permit = of.poll("session");
        ::kill(getpid(), SIGKILL);
      }
      EXPECT_EQ(waitpid(child, nullptr, 0), child);
    }
    open();
  }
  PeerGuard guard() { return {*crashes_, "hotline", "build"}; }
  void forgive() { crashes_->forgive("hotline"); }

 private:
  void open() {
    const auto log = [](LogLevel, std::string_view) {};
    book_.emplace(folder_, "node", log);
    crashes_.emplace(*book_, folder_, clock_, log, crash::CrashGuard::Options{0ms});
  }

  const std::filesystem::path folder_;
  const base::Clock& clock_;
  std::optional<crash::FlightBook> book_;
  std::optional<crash::CrashGuard> crashes_;
};

// Rule: a session at which the process died three times rests, and nothing is opened.
TEST_F(SessionKeeperTest, ASessionThatEndsTheProcessThreeTimesRests) {
  CrashedAtSession crashed(folder_.path() / "guard", clock_);
  const auto run = start(*queue_, crashed.guard());
  ASSERT_TRUE(eventually([&] { return run->status().state == "resting"; }));
  EXPECT_EQ(run->status().cause, codes::kPluginCrashed);
  EXPECT_TRUE(run->status().since);
  EXPECT_EQ(line_->heard("hello"), 0u);
  crashed.forgive();
  EXPECT_TRUE(eventually([&] { return run->isOpen(); })) << "a person's word gives one more try";
}

// Each turn notes it anew; whoever looks at that moment sees since when, too.
TEST_F(SessionKeeperTest, OneThatRestsIsNeverShownWithoutSinceWhen) {
  CrashedAtSession crashed(folder_.path() / "guard", clock_);
  Inflow inflow(peer("hotline"), *entries_, *queue_, {}, nullptr);
  const PeerGuard guard = crashed.guard();
  const Permit permit = guard.poll("session");
  inflow.noteHeldBack(permit);
  const std::jthread turns([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) inflow.noteHeldBack(permit);
  });
  const auto until = std::chrono::steady_clock::now() + 300ms;
  while (std::chrono::steady_clock::now() < until) {
    const InboundStatus status = inflow.status();
    ASSERT_EQ(status.state, "resting");
    ASSERT_EQ(status.since, permit.since());
  }
}

}  // namespace
}  // namespace lianqiao::intake
