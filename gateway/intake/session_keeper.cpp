#include "intake/session_keeper.h"

#include <algorithm>
#include <utility>

#include "lianqiao/codes.h"
#include "plugin/guarded_call.h"

namespace lianqiao::intake {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

/// A step without anything to read waits so long: a stop is seen after that.
constexpr milliseconds kIdle = 1s;
/// Where it came back at once with nothing, so that it keeps no core busy.
constexpr milliseconds kBreath = 100ms;
/// While items are being stored the session is stepped again no sooner.
constexpr milliseconds kStoring = 20ms;
/// A session is stepped that often, whatever it says.
constexpr milliseconds kLongestNext = 1h;
constexpr std::size_t kMostBytes = 4u << 20;  // a step; one item may go beyond
/// After the first failure.
constexpr milliseconds kFirstPause = 1s;
constexpr milliseconds kLongestPause = 5min;
/// For good-byes.
constexpr milliseconds kClosing = 5s;
/// A platform that refuses our credential may lock the account of who tries often.
constexpr milliseconds kRefusedPause = 30s;
/// A session that lasted so long was well.
constexpr milliseconds kLasted = 1min;
/// How often an open session asks a Redis that does not answer whether it is still this node's.
constexpr milliseconds kAskAgain = 5s;
/// Behind a gap in its beats a node gets no right at first, though nobody else has it.
constexpr milliseconds kDoubt = 3s;
constexpr std::size_t kMostToken = 4096;

/// The crash guard's place of all calls of a session: an idle step waits for nobody knows what.
constexpr std::string_view kPlace = "session";

Error badArrivals(std::string what) {
  return {codes::kProtocol, "The adapter gave " + std::move(what) +
                                ". Nothing of it is acknowledged; mend the adapter."};
}

}  // namespace

SessionKeeper::SessionKeeper(const config::PeerConfig& peer, Session& session,
                             const EntryMaker& entries, storage::WorkQueue& queue,
                             base::Clock& clock, Inflow::Pause pause, std::uint64_t seed,
                             Observer observe, PeerGuard guard, ExceptionShare* share)
    : adapter_(peer.adapter),
      deadline_(peer.inbound.pollDeadline),
      session_(session),
      queue_(queue),
      clock_(clock),
      observe_(std::move(observe)),
      guard_(std::move(guard)),
      inflow_(peer, entries, queue, std::move(pause), share),
      random_(seed),
      pause_(kFirstPause) {
  inflow_.note("opening");
  inflow_.noteSession([](SessionStatus&) {});
  loop_.start(
      "hold-" + peer.name, [this] { return turn(); }, [this] { end(); });
}

SessionKeeper::~SessionKeeper() { stop(); }

void SessionKeeper::stop() {
  if (loop_.stop()) inflow_.giveUpRight();
}

bool SessionKeeper::resume() { return inflow_.status().state == "failing" && loop_.hurry(); }

template <typename Call>
auto SessionKeeper::guarded(std::string_view name, Call call) {
  if (suspected_) {
    permit_.resume();
  } else {
    permit_ = guard_.poll(kPlace);
  }
  auto result = plugin::guardedCall({adapter_, inflow_.peer(), name}, std::move(call));
  if (suspected_) {
    permit_.rest();
  } else {
    permit_ = {};
  }
  return result;
}

milliseconds SessionKeeper::turn() {
  if (loop_.takeHurry()) pause_ = kFirstPause;
  if (const auto wait = heldOff()) return *wait;
  if (!open_) return open();
  if (storing_) {
    if (const auto wait = settle(std::clamp(next_, kStoring, kIdle))) return *wait;
  } else if (const TimePoint now = clock_.steady(); now < stepAt_) {
    return std::min(kIdle, std::chrono::ceil<milliseconds>(stepAt_ - now));
  }
  return step();
}

void SessionKeeper::end() {
  while (storing_) settle(kIdle);
  close(Session::Closing::stop);
}

std::optional<milliseconds> SessionKeeper::heldOff() {
  if (open_ && (!queue_.health().available() || clock_.steady() < askRightAt_)) return std::nullopt;
  const auto right = inflow_.right();
  if (right.ok() && *right) {
    notOursSince_.reset();
    return std::nullopt;
  }
  if (!right) {
    askRightAt_ = clock_.steady() + kAskAgain;
    if (open_) return std::nullopt;
    inflow_.note("waiting", {right.error().code,
                             "The session is opened once Redis says that no other node has it: " +
                                 right.error().detail});
    return kIdle;
  }
  const TimePoint now = clock_.steady();
  if (!notOursSince_) notOursSince_ = now;
  if (open_ && now - *notOursSince_ < kDoubt) return std::nullopt;
  while (storing_) settle(kIdle);
  close(Session::Closing::stop);
  inflow_.note("elsewhere", {"", "Another node of this gateway has the session open."});
  return kIdle;
}

milliseconds SessionKeeper::open() {
  permit_ = guard_.poll(kPlace);
  suspected_ = permit_.way() == Permit::Way::open;
  if (!suspected_) {
    inflow_.noteHeldBack(permit_);
    return 1s;
  }
  const auto opened =
      guarded("open", [this] { return session_.open(clock_.steady() + deadline_); });
  if (!opened) return lose(opened.error());
  open_ = true;
  stepAt_ = clock_.steady();
  openedAt_ = stepAt_;
  next_ = 0ms;
  inflow_.note("ok");
  inflow_.noteSession([now = clock_.wall()](SessionStatus& status) {
    status.openSince = status.lastHeard = now;
    ++status.opened;
  });
  if (observe_) observe_({});
  return 0ms;
}

std::optional<Error> SessionKeeper::takesNothing() const {
  if (auto why = inflow_.unwanted()) return why;
  if (queue_.submissions().accepts()) return std::nullopt;
  const auto why = queue_.submissions().refusal();
  return Error{codes::kQueueAway,
               "The session is kept alive and takes nothing in while records "
               "cannot be stored" +
                   (why ? ": " + why->detail : std::string("."))};
}

milliseconds SessionKeeper::step() {
  const auto nothing = takesNothing();
  const TimePoint now = clock_.steady();
  SessionTurn turn;
  turn.wait = storing_ ? now : now + kIdle;
  turn.deadline = turn.wait + deadline_;
  turn.items = nothing || storing_ ? 0 : kMostItems;
  turn.bytes = kMostBytes;
  auto arrived = guarded("step", [&] { return session_.step(turn); });
  if (!arrived) return lose(arrived.error());
  const std::size_t count = arrived->items.size();
  if (count > turn.items)
    return lose(badArrivals(std::to_string(count) + " items where " + std::to_string(turn.items) +
                            " were asked for"));
  if (arrived->token.size() > kMostToken) return lose(badArrivals("a token of more than 4 KiB"));
  nothing ? inflow_.note("waiting", *nothing) : inflow_.note("ok");
  if (arrived->heard || count > 0)
    inflow_.noteSession([wall = clock_.wall()](SessionStatus& s) { s.lastHeard = wall; });
  next_ = std::clamp<milliseconds>(arrived->next, 0ms, kLongestNext);
  if (count > 0) {
    take(std::move(*arrived));
    return 0ms;
  }
  // What waited at its platform has been read: whatever it was, it did not end the process.
  if (turn.items > 0 && std::exchange(suspected_, false)) permit_ = {};
  const TimePoint ended = clock_.steady();
  stepAt_ = ended + (next_ == 0ms && ended < turn.wait ? kBreath : next_);
  return 0ms;
}

void SessionKeeper::take(Arrivals arrivals) {
  storing_ = std::move(arrivals.token);
  inflow_.store(inflow_.made(std::move(arrivals.items)));
}

std::optional<milliseconds> SessionKeeper::settle(milliseconds time) {
  auto stored = inflow_.await(time);
  return stored ? acknowledge(*stored) : std::nullopt;
}

std::optional<milliseconds> SessionKeeper::acknowledge(const Inflow::Stored& verdicts) {
  const std::string token = *std::exchange(storing_, std::nullopt);
  if (!open_) return std::nullopt;  // lost meanwhile: its platform sends them again
  if (!verdicts) return lose(verdicts.error());
  inflow_.noteItems(verdicts->size());
  const auto done = guarded("acknowledge", [&] {
    return session_.acknowledge(token, *verdicts, clock_.steady() + deadline_);
  });
  if (!done) return lose(done.error());
  pause_ = kFirstPause;
  return std::nullopt;
}

milliseconds SessionKeeper::lose(const Error& why) {
  close(Session::Closing::lost);
  inflow_.note("failing", why);
  inflow_.noteSession([&](SessionStatus& status) {
    status.lostAt = clock_.wall();
    status.lostCause = why.code;
    status.lostDetail = why.detail;
  });
  if (observe_) observe_(why.code);
  // What is being stored is its platform's to send again.
  while (storing_) settle(kIdle);
  const milliseconds wait = pause(why.code);
  inflow_.noteFailing(why, clock_.wall() + wait);
  return wait;
}

milliseconds SessionKeeper::pause(std::string_view code) {
  if (openedAt_ && clock_.steady() - *openedAt_ >= kLasted) pause_ = kFirstPause;
  openedAt_.reset();
  const milliseconds most = std::exchange(pause_, std::min(pause_ * 2, kLongestPause));
  // Sessions that one platform lost at once do not all come back at once.
  const milliseconds wait(std::uniform_int_distribution(most.count() / 2, most.count())(random_));
  return code == codes::kRefused ? std::max(wait, kRefusedPause) : wait;
}

void SessionKeeper::close(Session::Closing closing) {
  suspected_ = false;
  permit_ = {};
  if (!open_.exchange(false)) return;
  inflow_.noteSession([](SessionStatus& status) { status.openSince.reset(); });
  const auto closed =
      guarded("close", [&] { session_.close(closing, clock_.steady() + kClosing); });
  static_cast<void>(closed);  // what it threw says nothing new of a session that is over
}

}  // namespace lianqiao::intake
