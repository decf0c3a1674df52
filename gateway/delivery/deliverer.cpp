#include "delivery/deliverer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/named_thread.h"
#include "delivery/settlement.h"
#include "lianqiao/codes.h"
#include "record/reference.h"

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

// A peer that says "next year" is asked again all the same.
constexpr milliseconds kLongestNotBefore = 1h;

/// Of a script of Redis, for which all others wait.
constexpr std::size_t kLeasedAtOnce = 1000;

/// A lease must outlast its wait in our hands and one whole attempt.
milliseconds leaseTime(const config::Outbound& settings) { return settings.deadline * 2 + 30s; }

}  // namespace

Deliverer::Deliverer(const config::PeerConfig& peer, config::RetryPolicy retry, Sink& sink,
                     Collaborators collaborators, std::uint64_t seed)
    : peer_(peer.name),
      adapter_(peer.adapter),
      settings_(peer.outbound),
      retry_(std::move(retry)),
      sink_(sink),
      collaborators_(std::move(collaborators)),
      even_(collaborators_.clock),
      schedule_(settings_.schedule),
      batch_(std::max<std::size_t>(1, settings_.batch == 0
                                          ? sink.batchLimit()
                                          : std::min(settings_.batch, sink.batchLimit()))),
      mostThreads_(static_cast<std::size_t>(std::max(1, settings_.concurrency))),
      calls_(settings_, batch_, collaborators_.clock.steady()),
      holds_({mostThreads_, batch_, settings_.ratePerSecond}),
      random_(seed) {
  const base::Lock lock(mutex_);
  growLocked();
}

Deliverer::~Deliverer() { stop(); }

void Deliverer::wake() {
  {
    const base::Lock lock(mutex_);
    if (!holds_.announce()) return;  // whoever fetches next will see it
    if (!callAnotherLocked()) return;
  }
  changed_.notifyOne();
}

bool Deliverer::resume() {
  bool held = false;
  {
    const base::Lock lock(mutex_);
    held = calls_.resume(collaborators_.clock.steady());
    if (holds_.announce()) callAnotherLocked();
  }
  changed_.notifyAll();
  return held;
}

queue::Taker::Demand Deliverer::demand() {
  const base::Lock lock(mutex_);
  const TimePoint now = collaborators_.clock.steady();
  const std::size_t hold = holdable();
  // Behind others it waits in the queue, and is fetched in its turn.
  const bool others = holds_.mayHaveMore() || holds_.isAsking();
  if (stopping_ || others || buffer_.size() >= hold || nextStart(now) > now || !calls_.isWell() ||
      stuck(now))
    return {};
  demanding_ = true;
  return {hold - buffer_.size(), leaseTime(settings_)};
}

void Deliverer::take(Result<std::vector<queue::Lease>> leases) {
  bool call = false, ends = false;
  {
    const base::Lock lock(mutex_);
    if (leases.ok()) {
      buffer_.add(std::move(*leases));
    } else {
      holds_.postpone(collaborators_.clock.steady());
    }
    if (stopping_) returnBeyond(0);
    demanding_ = false;
    ends = stopping_;
    call = (!buffer_.empty() || holds_.mayHaveMore()) && callAnotherLocked();
  }
  if (call) changed_.notifyOne();
  if (ends) ended_.notifyAll();
}

void Deliverer::beginStop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notifyAll();
  const base::Lock lock(mutex_);
  returnBeyond(0);
}

bool Deliverer::awaitEnd(milliseconds time) {
  const auto until = base::realNow() + time;
  const base::Lock lock(mutex_);
  while (live_ > 0 || demanding_) {
    if (!ended_.waitUntil(mutex_, until)) return live_ == 0 && !demanding_;
  }
  return true;
}

void Deliverer::stop() {
  beginStop();
  std::vector<std::jthread> threads;
  {
    const base::Lock lock(mutex_);
    threads.swap(threads_);
  }
  threads.clear();
  const base::Lock lock(mutex_);
  while (demanding_) ended_.wait(mutex_);
  returnBeyond(0);  // what was being leased meanwhile
}

void Deliverer::growLocked() {
  if (stopping_ || threads_.size() >= mostThreads_) return;
  threads_.push_back(base::startThread("dlv-" + peer_, [this](const std::stop_token&) {
    work();
    {
      const base::Lock lock(mutex_);
      --live_;
    }
    ended_.notifyAll();
  }));
  ++live_;
}

/// One thread at a time: each that comes calls the next, if there is still something for it. Then
/// none comes in vain, and none is woken while the lock it needs is held. True: the caller notifies
/// once it has unlocked.
bool Deliverer::callAnotherLocked() {
  if (stopping_ || called_) return false;
  if (idle_ == 0) {
    growLocked();
    return false;
  }
  called_ = true;
  return true;
}

void Deliverer::work() {
  Attempt attempts({peer_, adapter_, sink_}, collaborators_.deliveries, collaborators_.pipeline,
                   collaborators_.references, collaborators_.referenceWait, collaborators_.sent);
  bool looked = false;
  const base::Lock lock(mutex_);
  while (!stopping_) {
    const TimePoint now = collaborators_.clock.steady();
    if (nextChance(now) <= now) {
      if (asks(now)) fetch();
      if (stopping_) break;
      std::vector<queue::Lease> leases = nextCall(collaborators_.clock.steady());
      if (!leases.empty()) {
        inFlight_ += leases.size();
        const bool call = (!buffer_.empty() || holds_.mayHaveMore()) && callAnotherLocked();
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
    if (!returnWhileClosed() && !returnSuspect()) rest(now);
  }
}

/// Until there may be something to do.
void Deliverer::rest(TimePoint now) {
  ++idle_;
  const TimePoint until = nextChance(collaborators_.clock.steady());
  if (until == TimePoint::max()) {
    changed_.wait(mutex_);
  } else {
    changed_.waitUntil(mutex_, std::max(until, now + 1ms));
  }
  --idle_;
  called_ = false;
}

/// None may wait in our hands for a peer that rests: of those that were twice in flight when a
/// process died, one is out at a time, of all peers. True when there was one.
bool Deliverer::returnSuspect() {
  const TimePoint now = collaborators_.clock.steady();
  if (nextChance(now) < now + HoldPolicy::kAskAgain) return false;
  std::optional<queue::Lease> suspect = buffer_.takeSuspect();
  if (!suspect) return false;
  holds_.announce();
  const base::Unlocked meanwhile(mutex_);
  collaborators_.deliveries.settle(unattempted(std::move(*suspect)));
  return true;
}

/// Another node may be able to send them. True when there were any.
bool Deliverer::returnWhileClosed() {
  if (buffer_.empty() || !closed()) return false;
  holds_.announce();
  returnBeyond(0);
  return true;
}

/// When the peer may be called next; max = not before a call has ended.
Deliverer::TimePoint Deliverer::nextStart(TimePoint now) const {
  const TimePoint start =
      std::max(calls_.nextStart(now, inFlight_), now + schedule_.wait(collaborators_.clock.wall()));
  // Who makes room is another thread, another node, a person: look again and again.
  return full() || shut() ? std::max(start, now + HoldPolicy::kLookEvery) : start;
}

/// When the next attempt or fetch may start; max = only when woken.
Deliverer::TimePoint Deliverer::nextChance(TimePoint now) const {
  if (!buffer_.empty()) return nextStart(now);
  const TimePoint ask = holds_.nextAsk();
  return ask == TimePoint::max() ? ask : std::max(nextStart(now), ask);
}

std::size_t Deliverer::holdable() const { return holds_.most(calls_.allowance()); }

bool Deliverer::asks(TimePoint now) const {
  return holds_.asks(now, buffer_.size(), holdable(), calls_.isWell());
}

/// Nobody is free, nor was for a while: another node may be.
bool Deliverer::stuck(TimePoint now) const {
  return idle_ == 0 && now - turned_ >= HoldPolicy::kLookEvery && threads_.size() >= mostThreads_;
}

void Deliverer::fetch() {
  holds_.began(collaborators_.clock.steady());
  const std::size_t hold = holdable();
  returnBeyond(hold / 2);
  const std::size_t want = calls_.isWell() ? hold : 1;
  Result<std::vector<queue::Lease>> leases = std::vector<queue::Lease>();
  bool all = true;
  {
    const base::Unlocked meanwhile(mutex_);
    leases = lease(want, all);
  }
  const auto count = leases.ok() ? std::optional(leases->size()) : std::nullopt;
  holds_.ended(count, want, collaborators_.clock.steady());
  if (!all) holds_.postpone(collaborators_.clock.steady());
  if (leases.ok()) buffer_.add(std::move(*leases));
}

Result<std::vector<queue::Lease>> Deliverer::lease(std::size_t want, bool& all) {
  std::vector<queue::Lease> leases;
  while (leases.size() < want) {
    const std::size_t some = std::min(want - leases.size(), kLeasedAtOnce);
    auto more = collaborators_.deliveries.lease(peer_, some, leaseTime(settings_));
    all = more.ok();
    if (!more && leases.empty()) return more.error();
    if (!more) break;
    const bool last = more->size() < some;
    std::move(more->begin(), more->end(), std::back_inserter(leases));
    if (last) break;
  }
  return leases;
}

/// What stands behind the first `count` goes back, unattempted.
void Deliverer::returnBeyond(std::size_t count) {
  std::vector<queue::Lease> beyond = buffer_.takeBeyond(count);
  if (beyond.empty()) return;
  const base::Unlocked meanwhile(mutex_);
  for (queue::Lease& lease : beyond)
    collaborators_.deliveries.settle(unattempted(std::move(lease)));
}

/// For one call, which may start now; empty when none may.
std::vector<queue::Lease> Deliverer::nextCall(TimePoint now) {
  if (buffer_.empty() || nextStart(now) > now) return {};
  const std::size_t most = calls_.admit(now);
  if (most == 0) return {};
  LeaseBuffer::Taken taken = buffer_.take(most, now + settings_.deadline);
  if (taken.lapsed) holds_.announce();
  turned_ = now;
  calls_.begun(taken.leases.size());
  return std::move(taken.leases);
}

void Deliverer::attempt(Attempt& attempt, std::vector<queue::Lease> leases) {
  const TimePoint begun = collaborators_.clock.steady();
  std::vector<Attempt::End> ends = attempt.make(std::move(leases), begun + settings_.deadline);
  const auto took = duration_cast<milliseconds>(collaborators_.clock.steady() - begun);
  judge(ends, took);
  for (Attempt::End& end : ends) conclude(std::move(end), took);
}

/// Tells the breaker once per call, whatever the number of records in it; nothing where the peer
/// was not asked.
void Deliverer::judge(const std::vector<Attempt::End>& ends, milliseconds took) {
  const Outcome* telling = Attempt::telling(ends);
  {
    const base::Lock lock(mutex_);
    turned_ = collaborators_.clock.steady();
    if (telling == nullptr) {
      calls_.abandon();
    } else {
      holds_.called(took);
      if (!calls_.ended(telling->verdict, telling->code, collaborators_.clock.steady())) return;
      if (calls_.isWell()) {
        lastCode_.clear();
        lastDetail_.clear();
      }
    }
  }
  changed_.notifyAll();
}

void Deliverer::conclude(Attempt::End end, milliseconds took) {
  auto* outcome = std::get_if<Outcome>(&end.what);
  if (outcome != nullptr) {
    if (outcome->notBefore) outcome->notBefore = std::min(*outcome->notBefore, kLongestNotBefore);
    if (collaborators_.observe) collaborators_.observe(peer_, *outcome, took);
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
    } else if (auto* lacking = std::get_if<Attempt::Lacking>(&end.what)) {
      settled = retried(std::move(end.lease), std::move(lacking->why), lacking->after);
    } else {
      settled = unattempted(std::move(end.lease));
      holds_.postpone(collaborators_.clock.steady());
    }
  }
  settled.digest = std::move(end.digest);
  const bool isException = settled.kind == queue::Settlement::Kind::buried;
  if (isException && collaborators_.room != nullptr) collaborators_.room->add({1, bytes});
  collaborators_.deliveries.settle(std::move(settled));
}

queue::Settlement Deliverer::noteLocked(queue::Lease lease, const Outcome& outcome) {
  // A record that the peer judged bad says nothing against the peer.
  lastCallFailed_ = outcome.verdict == Verdict::retry || outcome.verdict == Verdict::throttled;
  // A refused record waits for the peer without losing age to it.
  if (outcome.verdict == Verdict::refused) refused_ = even_.now();
  if (outcome.verdict == Verdict::throttled)
    calls_.pauseUntil(collaborators_.clock.steady() + outcome.notBefore.value_or(1s));
  const auto age =
      std::max(0ms, even_.now() - std::max(schedule_.sendable(lease.accepted), refused_));
  queue::Settlement settled = settlementOf(
      std::move(lease), outcome,
      {retry_, age, settings_.breakerRest, std::uniform_real_distribution<double>(0, 1)(random_)});
  if (outcome.verdict == Verdict::delivered) {
    if (collaborators_.pipeline.keepsReferences(peer_))
      settled.reference = record::referenceOf(settled.receipt, settled.lease.type);
    lastDelivered_ = collaborators_.clock.wall();
  } else {
    lastFailed_ = collaborators_.clock.wall();
    lastCode_ = outcome.code;
    lastDetail_ = settled.detail;
  }
  return settled;
}

}  // namespace lianqiao::delivery
