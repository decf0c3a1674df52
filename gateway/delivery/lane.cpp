#include "delivery/lane.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/named_thread.h"
#include "delivery/settlement.h"
#include "lianqiao/codes.h"

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr milliseconds kAskAgain = 500ms;
// A peer that says "next year" is asked again all the same.
constexpr milliseconds kLongestNotBefore = 1h;
constexpr std::size_t kMostPrefetched = 256;
constexpr milliseconds kLookEvery = 1s;  // at what is urgent, while there is a backlog
constexpr double kHeldSeconds = 0.5;
constexpr double kWeightOfACall = 0.2;

/// A lease must outlast its wait in our hands and one whole attempt.
milliseconds leaseTime(const config::Outbound& settings) { return settings.deadline * 2 + 30s; }

}  // namespace

Lane::Lane(const config::PeerConfig& peer, config::RetryPolicy retry, Sink& sink, Services services,
           std::uint64_t seed)
    : peer_(peer.name),
      adapter_(peer.adapter),
      settings_(peer.outbound),
      retry_(std::move(retry)),
      sink_(sink),
      services_(std::move(services)),
      even_(services_.clock),
      batch_(std::max<std::size_t>(1, settings_.batch == 0
                                          ? sink.batchLimit()
                                          : std::min(settings_.batch, sink.batchLimit()))),
      breaker_(settings_.breakerFailures, settings_.breakerRest),
      random_(seed),
      callSeconds_(kHeldSeconds) {
  if (settings_.ratePerSecond > 0)
    rate_.emplace(settings_.ratePerSecond, std::max(settings_.burst, 1.0),
                  services_.clock.steady());
  const base::Lock lock(mutex_);
  growLocked();
}

Lane::~Lane() { stop(); }

void Lane::wake() {
  {
    const base::Lock lock(mutex_);
    if (more_) return;  // whoever fetches next will see it
    more_ = true;
    if (!callAnotherLocked()) return;
  }
  changed_.notifyOne();
}

bool Lane::resume() {
  bool held = false;
  {
    const base::Lock lock(mutex_);
    const TimePoint now = services_.clock.steady();
    held = breaker_.endRest(now) || slowUntil_ > now;
    slowUntil_ = std::min(slowUntil_, now);
    if (!std::exchange(more_, true)) callAnotherLocked();
  }
  changed_.notifyAll();
  return held;
}

queue::Demand Lane::demand(std::function<void(Result<std::vector<queue::Lease>>)> take) {
  const base::Lock lock(mutex_);
  const TimePoint now = services_.clock.steady();
  const std::size_t hold = holdable();
  // Behind others it waits in the queue, and is fetched in its turn.
  if (stopping_ || more_ || fetching_ || hand_.size() >= hold || nextStart(now) > now ||
      breaker_.state() != Breaker::State::closed || stuck(now))
    return {};
  demanding_ = true;
  return {hold - hand_.size(), leaseTime(settings_), std::move(take)};
}

void Lane::take(Result<std::vector<queue::Lease>> leases) {
  {
    const base::Lock lock(mutex_);
    if (leases.ok()) {
      hand_.add(std::move(*leases));
    } else {
      more_ = true;
      askAgain_ = services_.clock.steady() + kAskAgain;
    }
    if (stopping_) returnBeyond(0);
    demanding_ = false;
    const bool call = (!hand_.empty() || more_) && callAnotherLocked();
    if (!call && !stopping_) return;
  }
  changed_.notifyAll();
}

void Lane::beginStop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notifyAll();
  const base::Lock lock(mutex_);
  returnBeyond(0);
}

bool Lane::awaitEnd(milliseconds time) {
  const auto until = base::realNow() + time;
  const base::Lock lock(mutex_);
  while (live_ > 0 || demanding_) {
    if (!changed_.waitUntil(mutex_, until)) return live_ == 0 && !demanding_;
  }
  return true;
}

void Lane::stop() {
  beginStop();
  std::vector<std::jthread> threads;
  {
    const base::Lock lock(mutex_);
    threads.swap(threads_);
  }
  threads.clear();
  const base::Lock lock(mutex_);
  while (demanding_) changed_.wait(mutex_);
  returnBeyond(0);  // what was being leased meanwhile
}

LaneStatus Lane::status() const {
  const base::Lock lock(mutex_);
  LaneStatus status;
  status.peer = peer_;
  switch (breaker_.state()) {
    case Breaker::State::closed:
      status.state = lastCallFailed_ ? "failing" : "ok";
      break;
    case Breaker::State::open:
      status.state = breaker_.cause() == codes::kRefused ? "paused" : "resting";
      break;
    case Breaker::State::half_open:
      status.state = "trying";
      break;
  }
  status.cause = lastCode_;
  status.detail = lastDetail_;
  if (full()) {
    status.state = "paused";
    status.cause = codes::kExceptionsFull;
    status.detail =
        "Too many of its deliveries are exceptions: nothing is sent until they are fewer";
  }
  status.inFlight = inFlight_;
  status.lastDelivered = lastDelivered_;
  status.lastFailed = lastFailed_;
  return status;
}

void Lane::growLocked() {
  if (stopping_ || threads_.size() >= static_cast<std::size_t>(std::max(1, settings_.concurrency)))
    return;
  threads_.push_back(base::startThread("dlv-" + peer_, [this](const std::stop_token&) {
    work();
    {
      const base::Lock lock(mutex_);
      --live_;
    }
    changed_.notifyAll();
  }));
  ++live_;
}

/// One thread at a time: each that comes calls the next, if there is still something for it. Then
/// none comes in vain, and none is woken while the lock it needs is held. True: the caller notifies
/// once it has unlocked.
bool Lane::callAnotherLocked() {
  if (stopping_ || called_) return false;
  if (idle_ == 0) {
    growLocked();
    return false;
  }
  called_ = true;
  return true;
}

void Lane::work() {
  Attempt attempts({peer_, adapter_, sink_}, services_.deliveries, services_.pipeline);
  bool looked = false;
  const base::Lock lock(mutex_);
  while (!stopping_) {
    const TimePoint now = services_.clock.steady();
    const TimePoint chance = nextChance(now);
    if (chance <= now) {
      if (wantsMore(now)) fetch();
      if (stopping_) break;
      std::vector<queue::Lease> leases = nextCall(services_.clock.steady());
      if (!leases.empty()) {
        inFlight_ += leases.size();
        const bool call = (!hand_.empty() || (more_ && !fetching_)) && callAnotherLocked();
        looked = false;
        const base::Unlocked meanwhile(mutex_);
        if (call) changed_.notifyOne();
        attempt(attempts, std::move(leases));
        continue;
      }
    }
    if (!looked) {
      // Under load there is more in a moment: cheaper than to sleep and be woken for every record.
      looked = true;
      const base::Unlocked meanwhile(mutex_);
      std::this_thread::yield();
      continue;
    }
    looked = false;
    if (returnSuspect()) continue;
    ++idle_;
    const TimePoint until = nextChance(services_.clock.steady());
    if (until == TimePoint::max()) {
      changed_.wait(mutex_);
    } else {
      changed_.waitUntil(mutex_, std::max(until, now + 1ms));
    }
    --idle_;
    called_ = false;
  }
}

/// None may wait in our hands for a peer that rests: of those that were twice in flight when a
/// process died, one is out at a time, of all peers. True when there was one.
bool Lane::returnSuspect() {
  const TimePoint now = services_.clock.steady();
  if (nextChance(now) < now + kAskAgain) return false;
  std::optional<queue::Lease> suspect = hand_.takeSuspect();
  if (!suspect) return false;
  more_ = true;
  const base::Unlocked meanwhile(mutex_);
  services_.deliveries.settle(unattempted(std::move(*suspect)));
  return true;
}

/// When the peer may be called next; max = not before a call has ended.
Lane::TimePoint Lane::nextStart(TimePoint now) const {
  TimePoint start = slowUntil_;
  if (breaker_.state() == Breaker::State::open) start = std::max(start, breaker_.until());
  if (breaker_.state() == Breaker::State::half_open && inFlight_ > 0) return TimePoint::max();
  if (rate_) start = std::max(start, rate_->when(1));
  // Who makes room is another thread, another node, a person: look again and again.
  if (full()) start = std::max(start, now + kLookEvery);
  return std::max(start, now);
}

/// When the next attempt or fetch may start; max = only when woken.
Lane::TimePoint Lane::nextChance(TimePoint now) const {
  if (hand_.empty() && (!more_ || fetching_)) return TimePoint::max();
  return hand_.empty() ? std::max(nextStart(now), askAgain_) : nextStart(now);
}

/// How many leases are half a second's work as things go: what is urgent must not wait behind more.
std::size_t Lane::holdable() const {
  const auto threads = static_cast<double>(std::max(1, settings_.concurrency));
  const auto batch = static_cast<double>(batch_);
  double held = std::max(threads * batch * kHeldSeconds / callSeconds_, batch);
  if (rate_)
    held = std::min(
        held, std::max(settings_.ratePerSecond * kHeldSeconds, std::min(batch, rate_->left())));
  const double most = std::min(static_cast<double>(kMostPrefetched), batch * threads * 4);
  return static_cast<std::size_t>(std::ceil(std::clamp(held, 1.0, most)));
}

bool Lane::wantsMore(TimePoint now) const {
  if (!more_ || fetching_ || now < askAgain_) return false;
  if (hand_.empty()) return true;
  if (breaker_.state() != Breaker::State::closed) return false;
  // Something urgent may have come behind a backlog, and we are slower than we were.
  if (now - lookedAt_ >= kLookEvery) return true;
  // Where the last lease found all there was, the next one is worth its cost (Redis syncs for it)
  // only when our hands are nearly empty.
  return hand_.size() <= holdable() / (backlog_ ? 2 : 8);
}

/// Nobody is free, nor was for a while: another node may be.
bool Lane::stuck(TimePoint now) const {
  return idle_ == 0 && now - turned_ >= kLookEvery &&
         threads_.size() >= static_cast<std::size_t>(std::max(1, settings_.concurrency));
}

void Lane::fetch() {
  fetching_ = true;
  more_ = false;
  lookedAt_ = services_.clock.steady();
  const std::size_t hold = holdable();
  returnBeyond(hold / 2);
  const std::size_t want = breaker_.state() == Breaker::State::closed ? hold : 1;
  Result<std::vector<queue::Lease>> leases = std::vector<queue::Lease>();
  {
    const base::Unlocked meanwhile(mutex_);
    leases = services_.deliveries.lease(peer_, want, leaseTime(settings_));
  }
  fetching_ = false;
  if (!leases.ok()) {
    more_ = true;
    askAgain_ = services_.clock.steady() + kAskAgain;
    return;
  }
  backlog_ = leases->size() >= want;
  if (backlog_) more_ = true;
  hand_.add(std::move(*leases));
}

/// What stands behind the first `count` goes back, unattempted.
void Lane::returnBeyond(std::size_t count) {
  std::vector<queue::Lease> beyond = hand_.takeBeyond(count);
  if (beyond.empty()) return;
  const base::Unlocked meanwhile(mutex_);
  for (queue::Lease& lease : beyond) services_.deliveries.settle(unattempted(std::move(lease)));
}

/// For one call, which may start now; empty when none may.
std::vector<queue::Lease> Lane::nextCall(TimePoint now) {
  if (hand_.empty() || nextChance(now) > now) return {};
  std::size_t most = batch_;
  if (rate_) {
    const double allowed = rate_->fill(now);
    if (allowed < 1) return {};
    most = std::min(most, static_cast<std::size_t>(allowed));
  }
  if (!breaker_.admit(now)) return {};
  if (breaker_.state() == Breaker::State::half_open) most = 1;
  Hand::Taken taken = hand_.take(most, now + settings_.deadline);
  if (taken.lapsed) more_ = true;
  turned_ = now;
  if (taken.leases.empty()) breaker_.abandon();
  if (rate_) rate_->take(static_cast<double>(taken.leases.size()));
  return std::move(taken.leases);
}

void Lane::attempt(Attempt& attempt, std::vector<queue::Lease> leases) {
  const TimePoint begun = services_.clock.steady();
  std::vector<Attempt::End> ends = attempt.make(std::move(leases), begun + settings_.deadline);
  const auto took = duration_cast<milliseconds>(services_.clock.steady() - begun);
  judge(ends, took);
  for (Attempt::End& end : ends) conclude(std::move(end), took);
}

/// Tells the breaker once per call, whatever the number of records in it; nothing where the peer
/// was not asked.
void Lane::judge(const std::vector<Attempt::End>& ends, milliseconds took) {
  // Refused counts before all; one record that the peer took or judged shows that it is well.
  const auto rank = [](const Outcome& outcome) {
    if (outcome.verdict == Verdict::refused) return 0;
    return outcome.verdict == Verdict::delivered || outcome.verdict == Verdict::rejected ? 1 : 2;
  };
  const Outcome* telling = nullptr;
  for (const Attempt::End& end : ends) {
    const auto* outcome = std::get_if<Outcome>(&end.what);
    if (outcome != nullptr && (telling == nullptr || rank(*outcome) < rank(*telling)))
      telling = outcome;
  }
  {
    const base::Lock lock(mutex_);
    turned_ = services_.clock.steady();
    if (telling == nullptr) {
      breaker_.abandon();
    } else {
      const double seconds = std::max(std::chrono::duration<double>(took).count(), 1e-3);
      callSeconds_ += (seconds - callSeconds_) * kWeightOfACall;
      const Breaker::State before = breaker_.state();
      breaker_.record(telling->verdict, telling->code, services_.clock.steady());
      if (before == breaker_.state()) return;
      if (breaker_.state() == Breaker::State::closed) {
        lastCode_.clear();
        lastDetail_.clear();
      }
    }
  }
  changed_.notifyAll();
}

void Lane::conclude(Attempt::End end, milliseconds took) {
  auto* outcome = std::get_if<Outcome>(&end.what);
  if (outcome != nullptr) {
    if (outcome->notBefore) outcome->notBefore = std::min(*outcome->notBefore, kLongestNotBefore);
    if (services_.observe) services_.observe(peer_, *outcome, took);
  }
  queue::Settlement settled;
  const std::size_t bytes = end.lease.event.size();
  {
    const base::Lock lock(mutex_);
    --inFlight_;
    if (outcome != nullptr) {
      settled = noteLocked(std::move(end.lease), *outcome);
    } else if (auto* why = std::get_if<Error>(&end.what)) {
      settled = buried(std::move(end.lease), std::move(*why));
    } else {
      settled = unattempted(std::move(end.lease));
      more_ = true;
      askAgain_ = std::max(askAgain_, services_.clock.steady() + kAskAgain);
    }
  }
  const bool isException = settled.kind == queue::Settlement::Kind::buried;
  if (isException && services_.room != nullptr) services_.room->add({1, bytes});
  services_.deliveries.settle(std::move(settled));
}

queue::Settlement Lane::noteLocked(queue::Lease lease, const Outcome& outcome) {
  // A record that the peer judged bad says nothing against the peer.
  lastCallFailed_ = outcome.verdict == Verdict::retry || outcome.verdict == Verdict::throttled;
  // A refused record waits for the peer without losing age to it.
  if (outcome.verdict == Verdict::refused) refused_ = even_.now();
  if (outcome.verdict == Verdict::throttled)
    slowUntil_ = std::max(slowUntil_, services_.clock.steady() + outcome.notBefore.value_or(1s));
  const auto age = std::max(0ms, even_.now() - std::max(lease.accepted, refused_));
  queue::Settlement settled = settlementOf(
      std::move(lease), outcome,
      {retry_, age, settings_.breakerRest, std::uniform_real_distribution<double>(0, 1)(random_)});
  if (outcome.verdict == Verdict::delivered) {
    lastDelivered_ = services_.clock.wall();
  } else {
    lastFailed_ = services_.clock.wall();
    lastCode_ = outcome.code;
    lastDetail_ = settled.detail;
  }
  return settled;
}

}  // namespace lianqiao::delivery
