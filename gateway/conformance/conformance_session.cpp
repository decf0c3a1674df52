#include <algorithm>
#include <future>
#include <set>

#include "conformance/conformance_parts.h"
#include "lianqiao/codes.h"

namespace lianqiao::conformance {

namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kWait = 50ms;
constexpr auto kSlack = 1s;
/// A platform that has more to send does so within this time.
constexpr auto kQuiet = 500ms;
constexpr std::size_t kMostSessionSteps = 5000;

/// attempt() of a call that is given so long, which it may not outlive.
template <typename Call>
auto timed(std::string_view name, std::chrono::milliseconds time, Call call) {
  const auto begun = SteadyClock::now();
  auto result = attempt(name, [&] { return call(begun + time); });
  EXPECT_LT(SteadyClock::now() - begun, time + kSlack) << name << " outlived its deadline";
  return result;
}

/// The part of the gateway that keeps a session.
class SessionDrive {
 public:
  SessionDrive(const ConformanceCase& conformance, Ears& ears)
      : conformance_(conformance), ears_(ears) {
    const auto folder = host_.dataDirectory() / "session";
    std::filesystem::create_directories(folder);
    world_ = conformance.session->begin(folder);
    std::vector<Given> given = conformance.settings;
    given.insert(given.end(), world_.settings.begin(), world_.settings.end());
    if (world_.platform) host_.onSend(world_.platform);
    auto made = attempt("makeSession", [&] {
      return conformance.descriptor->makeSession(settingsOf(*conformance.descriptor, given), host_);
    });
    if (made) session_ = std::move(*made);
    if (conformance.descriptor->deliversInSession)
      sink_ = conformance.descriptor->makeSink(settingsOf(*conformance.descriptor, given), host_);
  }
  ~SessionDrive() { ears_.hear(host_); }
  SessionDrive(const SessionDrive&) = delete;
  SessionDrive& operator=(const SessionDrive&) = delete;

  [[nodiscard]] bool begun() const { return session_ != nullptr; }
  void die() const { world_.die(); }

  Result<void> open() {
    auto opened = timed("open", deadline(), [&](Deadline until) { return session_->open(until); });
    if (!opened) ears_.hear("open", opened.error());
    return opened;
  }

  Result<Arrivals> step(std::size_t items) {
    const auto begun = SteadyClock::now();
    const SessionTurn turn{begun + kWait, begun + deadline(), items, 1u << 20};
    auto arrived = attempt("step", [&] { return session_->step(turn); });
    if (SteadyClock::now() - begun >= deadline() + kSlack) {
      ADD_FAILURE() << "a step outlived its deadline";
      return Error{codes::kDeliverTimeout,
                   "a step outlived its deadline"};  // each next one would, too
    }
    if (!arrived) {
      ears_.hear("step", arrived.error());
      return arrived;
    }
    EXPECT_LE(arrived->items.size(), items) << "a step takes in no more than it was asked for";
    EXPECT_LE(arrived->token.size(), 4096U) << "a token has at most 4 KiB";
    for (const RawItem& item : arrived->items) ears_.hear("step", item.problems);
    return arrived;
  }

  /// Steps until nothing comes for a while, `items` at a time. What came. Where `durable`, each
  /// step's items are acknowledged before the next takes any; else those of the first step that
  /// gives any never become durable, and no further step takes any.
  std::multiset<std::string> drain(std::size_t items, bool durable) {
    std::multiset<std::string> came;
    auto last = SteadyClock::now();
    for (std::size_t steps = 0; SteadyClock::now() - last < kQuiet; ++steps) {
      if (steps == kMostSessionSteps) {
        ADD_FAILURE() << "after " << kMostSessionSteps << " steps there still comes something";
        break;
      }
      const auto arrived = step(durable || came.empty() ? items : 0);
      if (!arrived) {
        ADD_FAILURE() << "step: " << arrived.error().detail;
        break;
      }
      if (arrived->items.empty()) continue;
      last = SteadyClock::now();
      for (const RawItem& item : arrived->items) came.insert(item.body + item.evidence);
      if (durable) acknowledge(*arrived);
    }
    return came;
  }

  Outcome deliver(const std::string& key) {
    const SampleDelivery sample(conformance_.session->payload, key);
    const auto outcome = timed("deliver", deadline(),
                               [&](Deadline until) { return sink_->deliver(sample.get(), until); });
    return outcome ? *outcome : Outcome();
  }

  void close(Session::Closing closing) {
    (void)timed("close", deadline(), [&](Deadline until) -> Result<void> {
      session_->close(closing, until);
      return {};
    });
  }

 private:
  [[nodiscard]] std::chrono::milliseconds deadline() const {
    return conformance_.session->deadline;
  }
  void acknowledge(const Arrivals& arrived) {
    const auto verdicts = acceptedVerdicts(arrived.items);
    const auto done = timed("acknowledge", deadline(), [&](Deadline until) {
      return session_->acknowledge(arrived.token, verdicts, until);
    });
    if (done) return;
    ADD_FAILURE() << "acknowledge: " << done.error().detail;
    ears_.hear("acknowledge", done.error());
  }

  const ConformanceCase& conformance_;
  Ears& ears_;
  test::FakeHost host_;
  SessionCase::World world_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Sink> sink_;
};

std::set<std::string> distinct(const std::multiset<std::string>& all) {
  return {all.begin(), all.end()};
}

/// Of a platform that is gone.
void expectPeersFault(std::string_view call, const Error& error) {
  EXPECT_TRUE(error.code.starts_with("deliver."))
      << call << " says " << error.code << ", which does not tell whose fault it is";
}

void checkGone(const ConformanceCase& conformance, Ears& ears) {
  SCOPED_TRACE("session: the platform goes");
  SessionDrive drive(conformance, ears);
  ASSERT_TRUE(drive.begun());
  ASSERT_TRUE(drive.open().ok());
  drive.die();
  const auto until = SteadyClock::now() + conformance.session->patience;
  for (;;) {
    const auto arrived = drive.step(0);
    if (!arrived) {
      expectPeersFault("step", arrived.error());
      break;
    }
    ASSERT_LT(SteadyClock::now(), until) << "a session whose platform is gone says nothing of it";
  }
  drive.close(Session::Closing::lost);
  const auto again = drive.open();
  ASSERT_FALSE(again.ok()) << "it opens a session with a platform that is gone";
  expectPeersFault("open", again.error());
}

void checkDeliveries(const ConformanceCase& conformance, Ears& ears) {
  SCOPED_TRACE("session: deliveries in it");
  SessionDrive drive(conformance, ears);
  ASSERT_TRUE(drive.begun());
  ears.hear("deliver", drive.deliver("before"));
  EXPECT_EQ(drive.deliver("closed").verdict, Verdict::retry) << "the session is not open";
  ASSERT_TRUE(drive.open().ok());
  auto delivered = std::async(std::launch::async, [&] { return drive.deliver("open"); });
  while (delivered.wait_for(0s) != std::future_status::ready) ASSERT_TRUE(drive.step(0).ok());
  EXPECT_EQ(delivered.get().verdict, Verdict::delivered);
  drive.close(Session::Closing::stop);
  EXPECT_EQ(drive.deliver("after").verdict, Verdict::retry) << "the session is closed again";
}

}  // namespace

void checkSession(const ConformanceCase& conformance, Ears& ears) {
  {
    SCOPED_TRACE("session: kept alive, then emptied");
    SessionDrive drive(conformance, ears);
    ASSERT_TRUE(drive.begun());
    ASSERT_TRUE(drive.open().ok());
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(drive.step(0).ok());
    const auto unheard = distinct(drive.drain(1000, false));
    EXPECT_EQ(unheard.empty(), conformance.session->items == 0);
    drive.close(Session::Closing::lost);
    ASSERT_TRUE(drive.open().ok());
    const auto all = distinct(drive.drain(1, true));
    EXPECT_TRUE(std::includes(all.begin(), all.end(), unheard.begin(), unheard.end()))
        << "what was not acknowledged comes again";
    EXPECT_EQ(all.size(), conformance.session->items) << "all that the platform has comes in";
    drive.close(Session::Closing::stop);
    ASSERT_TRUE(drive.open().ok());
    EXPECT_TRUE(drive.drain(1000, true).empty()) << "what was acknowledged comes no more";
    drive.close(Session::Closing::stop);
  }
  checkGone(conformance, ears);
  if (conformance.descriptor->deliversInSession) checkDeliveries(conformance, ears);
}

}  // namespace lianqiao::conformance
