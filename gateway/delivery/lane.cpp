#include "delivery/lane.h"

#include <pthread.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "delivery/retry_policy.h"
#include "lianqiao/codes.h"
#include "plugin/guarded_call.h"

namespace lianqiao::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::size_t kDetailBytes = 500;
constexpr milliseconds kAskAgain = 500ms;
constexpr milliseconds kLongestNotBefore =
    1h;  // a peer that says "next year" is asked again all the same
constexpr std::size_t kMostPrefetched = 256;
constexpr milliseconds kLookEvery = 1s;  // at what is urgent, while there is a backlog
constexpr double kHeldSeconds = 0.5;
constexpr double kWeightOfACall = 0.2;

/// What is kept of a detail, cut between characters.
std::string kept(std::string detail) {
  if (detail.size() <= kDetailBytes) return detail;
  std::size_t cut = kDetailBytes;
  while (cut > 0 && (static_cast<unsigned char>(detail[cut]) & 0xC0) == 0x80) --cut;
  detail.resize(cut);
  return detail;
}

/// A lease must outlast its wait in our hands and one whole attempt.
milliseconds leaseTime(const config::Outbound& settings) { return settings.deadline * 2 + 30s; }

queue::Settlement unattempted(queue::Lease lease) {
  queue::Settlement returned;
  returned.kind = queue::Settlement::Kind::returned;
  lease.event.clear();
  returned.lease = std::move(lease);
  return returned;
}

}  // namespace

Lane::Lane(const config::PeerConfig& peer, config::RetryPolicy retry, Sink& sink, Services services,
           std::uint64_t seed)
    : peer_(peer.name),
      adapter_(peer.adapter),
      settings_(peer.outbound),
      retry_(std::move(retry)),
      sink_(sink),
      services_(std::move(services)),
      batch_(std::max<std::size_t>(1, settings_.batch == 0
                                          ? sink.batchLimit()
                                          : std::min(settings_.batch, sink.batchLimit()))),
      madeWall_(services_.clock.wall()),
      madeSteady_(services_.clock.steady()),
      breaker_(settings_.breakerFailures, settings_.breakerRest),
      random_(seed),
      tokens_(settings_.burst),
      refilled_(services_.clock.steady()),
      callSeconds_(kHeldSeconds) {
  const std::lock_guard lock(mutex_);
  growLocked();
}

Lane::~Lane() { stop(); }

void Lane::wake() {
  {
    const std::lock_guard lock(mutex_);
    if (more_) return;  // whoever fetches next will see it
    more_ = true;
    if (!callAnotherLocked()) return;
  }
  changed_.notify_one();
}

void Lane::beginStop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  giveBack();
}

bool Lane::awaitEnd(milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return live_ == 0; });
}

void Lane::stop() {
  beginStop();
  std::vector<std::jthread> threads;
  {
    const std::lock_guard lock(mutex_);
    threads.swap(threads_);
  }
  threads.clear();
  giveBack();  // what was being leased meanwhile
}

void Lane::giveBack() {
  std::deque<queue::Lease> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(ready_);
  }
  for (queue::Lease& lease : left) services_.queue.settle(unattempted(std::move(lease)));
}

LaneStatus Lane::status() const {
  const std::lock_guard lock(mutex_);
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
  status.inFlight = inFlight_;
  status.lastDelivered = lastDelivered_;
  status.lastFailed = lastFailed_;
  return status;
}

void Lane::growLocked() {
  if (stopping_ || threads_.size() >= static_cast<std::size_t>(std::max(1, settings_.concurrency)))
    return;
  ++live_;
  threads_.emplace_back([this] {
    pthread_setname_np(pthread_self(), ("dlv-" + peer_).substr(0, 15).c_str());
    work();
    {
      const std::lock_guard lock(mutex_);
      --live_;
    }
    changed_.notify_all();
  });
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
  pipeline::Workspace workspace;
  std::vector<std::string> texts;
  bool looked = false;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const TimePoint now = services_.clock.steady();
    const TimePoint chance = nextChance(now);
    if (chance <= now) {
      if (wantsMore(now)) fetch(lock);
      if (stopping_) break;
      std::vector<queue::Lease> leases = take(services_.clock.steady());
      if (!leases.empty()) {
        inFlight_ += leases.size();
        const bool call = (!ready_.empty() || (more_ && !fetching_)) && callAnotherLocked();
        lock.unlock();
        if (call) changed_.notify_one();
        attempt(std::move(leases), workspace, texts);
        lock.lock();
        looked = false;
        continue;
      }
    }
    if (!looked) {
      // Under load there is more in a moment: cheaper than to sleep and be woken for every record.
      looked = true;
      lock.unlock();
      std::this_thread::yield();
      lock.lock();
      continue;
    }
    looked = false;
    if (returnSuspect(lock)) continue;
    ++idle_;
    const TimePoint until = nextChance(services_.clock.steady());
    if (until == TimePoint::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, std::max(until, now + 1ms));
    }
    --idle_;
    called_ = false;
  }
}

/// Of all peers only one suspect is out at a time: none may wait in our hands for a peer that rests.
bool Lane::returnSuspect(std::unique_lock<std::mutex>& lock) {
  const auto suspect = std::find_if(ready_.begin(), ready_.end(), [](const queue::Lease& lease) { return lease.suspect; });
  if (suspect == ready_.end() || nextChance(services_.clock.steady()) < services_.clock.steady() + kAskAgain) return false;
  queue::Settlement returned;
  returned.kind = queue::Settlement::Kind::returned;
  returned.lease = std::move(*suspect);
  ready_.erase(suspect);
  more_ = true;
  lock.unlock();
  services_.queue.settle(std::move(returned));
  lock.lock();
  return true;
}

/// When the next attempt or fetch may start; max = only when woken.
Lane::TimePoint Lane::nextChance(TimePoint now) const {
  if (ready_.empty() && (!more_ || fetching_)) return TimePoint::max();
  TimePoint chance = slowUntil_;
  if (breaker_.state() == Breaker::State::open) chance = std::max(chance, breaker_.until());
  if (breaker_.state() == Breaker::State::half_open && inFlight_ > 0) return TimePoint::max();
  if (ready_.empty()) chance = std::max(chance, askAgain_);
  if (settings_.ratePerSecond > 0 && tokens_ < 1) {
    const double missing = (1 - tokens_) / settings_.ratePerSecond;
    chance = std::max(chance, refilled_ + duration_cast<std::chrono::nanoseconds>(
                                              std::chrono::duration<double>(missing)));
  }
  return std::max(chance, now);
}

std::size_t Lane::holdable() const {
  const auto threads = static_cast<double>(std::max(1, settings_.concurrency));
  const auto batch = static_cast<double>(batch_);
  double held = std::max(threads * batch * kHeldSeconds / callSeconds_, batch);
  if (settings_.ratePerSecond > 0)
    held =
        std::min(held, std::max(settings_.ratePerSecond * kHeldSeconds, std::min(batch, tokens_)));
  const double most = std::min(static_cast<double>(kMostPrefetched), batch * threads * 4);
  return static_cast<std::size_t>(std::ceil(std::clamp(held, 1.0, most)));
}

bool Lane::wantsMore(TimePoint now) const {
  if (!more_ || fetching_ || now < askAgain_) return false;
  if (ready_.empty()) return true;
  if (breaker_.state() != Breaker::State::closed) return false;
  // Something urgent may have come behind a backlog, and we are slower than we were.
  if (now - lookedAt_ >= kLookEvery) return true;
  // Where the last lease found all there was, the next one is worth its cost (Redis syncs for it)
  // only when our hands are nearly empty.
  return ready_.size() <= holdable() / (backlog_ ? 2 : 8);
}

void Lane::fetch(std::unique_lock<std::mutex>& lock) {
  fetching_ = true;
  more_ = false;
  lookedAt_ = services_.clock.steady();
  const std::size_t hold = holdable();
  if (ready_.size() > hold / 2) shed(lock, hold / 2);
  const std::size_t want = breaker_.state() == Breaker::State::closed ? hold : 1;
  lock.unlock();
  auto leases = services_.queue.lease(peer_, want, leaseTime(settings_));
  lock.lock();
  fetching_ = false;
  if (!leases) {
    more_ = true;
    askAgain_ = services_.clock.steady() + kAskAgain;
    return;
  }
  backlog_ = leases->size() >= want;
  if (backlog_) more_ = true;
  for (queue::Lease& lease : *leases) {
    // What is urgent goes first among what is in our hands, too; keys differ, so no order is
    // disturbed.
    if (lease.priority == record::Priority::high) {
      const auto behind = std::find_if(ready_.begin(), ready_.end(), [](const queue::Lease& other) {
        return other.priority != record::Priority::high;
      });
      ready_.insert(behind, std::move(lease));
    } else {
      ready_.push_back(std::move(lease));
    }
  }
}

void Lane::shed(std::unique_lock<std::mutex>& lock, std::size_t count) {
  std::vector<queue::Lease> beyond(
      std::make_move_iterator(ready_.begin() + static_cast<std::ptrdiff_t>(count)),
      std::make_move_iterator(ready_.end()));
  ready_.resize(count);
  lock.unlock();
  // The last one first: each goes to the front of its lane.
  std::for_each(beyond.rbegin(), beyond.rend(), [this](queue::Lease& lease) {
    services_.queue.settle(unattempted(std::move(lease)));
  });
  lock.lock();
}

std::vector<queue::Lease> Lane::take(TimePoint now) {
  std::vector<queue::Lease> taken;
  if (ready_.empty() || nextChance(now) > now) return taken;
  std::size_t most = std::min(batch_, ready_.size());
  if (settings_.ratePerSecond > 0) {
    const double passed = std::chrono::duration<double>(now - refilled_).count();
    refilled_ = now;
    tokens_ = std::min(std::max(settings_.burst, 1.0), tokens_ + passed * settings_.ratePerSecond);
    if (tokens_ < 1) return taken;
    most = std::min(most, static_cast<std::size_t>(tokens_));
  }
  if (!breaker_.admit(now)) return taken;
  if (breaker_.state() == Breaker::State::half_open) most = 1;
  while (taken.size() < most && !ready_.empty()) {
    if (ready_.front().suspect && !taken.empty()) break;
    queue::Lease lease = std::move(ready_.front());
    ready_.pop_front();
    // Too little of the lease is left for an attempt: another may already have it.
    if (lease.until < now + settings_.deadline) {
      more_ = true;
      continue;
    }
    taken.push_back(std::move(lease));
    if (taken.back().suspect) break;
  }
  if (taken.empty()) breaker_.abandon();
  if (settings_.ratePerSecond > 0) tokens_ -= static_cast<double>(taken.size());
  return taken;
}

void Lane::attempt(std::vector<queue::Lease> leases, pipeline::Workspace& workspace,
                   std::vector<std::string>& texts) {
  const TimePoint begun = services_.clock.steady();
  const Deadline deadline = begun + settings_.deadline;
  const auto took = [&] { return duration_cast<milliseconds>(services_.clock.steady() - begun); };

  if (leases.size() == 1) {
    queue::Lease& lease = leases.front();
    const std::string idempotencyKey = lease.recordId + "." + peer_;
    if (!services_.queue.begin(lease)) return giveBack(std::move(lease));
    auto payload = services_.pipeline.outbound(peer_, lease.event, workspace);
    if (!payload) {
      bury(std::move(lease), payload.error());
      return;
    }
    if (!services_.queue.begin(lease)) return giveBack(std::move(lease));
    const Delivery delivery{lease.recordId, lease.key,      lease.type,    idempotencyKey,
                            lease.attempt,  payload->value, payload->text, workspace.input.root};
    auto outcome = plugin::guardedCall({adapter_, peer_, "deliver"},
                                       [&] { return sink_.deliver(delivery, deadline); });
    std::vector<Outcome> outcomes{outcome ? std::move(outcome).value()
                                          : outcomeOfError(outcome.error())};
    judge(outcomes, took());
    conclude(std::move(lease), std::move(outcomes.front()), took());
    return;
  }

  // Each member of a batch needs documents of its own: their values must live through the call.
  std::vector<pipeline::Workspace> workspaces(leases.size());
  std::vector<Delivery> deliveries;
  std::vector<std::size_t> members;
  std::vector<std::string> keys(leases.size());
  texts.resize(leases.size());
  deliveries.reserve(leases.size());
  for (std::size_t i = 0; i < leases.size(); ++i) {
    if (!services_.queue.begin(leases[i])) {
      giveBack(std::move(leases[i]));
      continue;
    }
    auto payload = services_.pipeline.outbound(peer_, leases[i].event, workspaces[i]);
    if (!payload) {
      bury(std::move(leases[i]), payload.error());
      continue;
    }
    if (!services_.queue.begin(leases[i])) {
      giveBack(std::move(leases[i]));
      continue;
    }
    keys[i] = leases[i].recordId + "." + peer_;
    texts[i] = std::move(payload->text);
    deliveries.push_back({leases[i].recordId, leases[i].key, leases[i].type, keys[i],
                          leases[i].attempt, payload->value, texts[i], workspaces[i].input.root});
    members.push_back(i);
  }
  if (deliveries.empty()) return;
  auto returned = plugin::guardedCall({adapter_, peer_, "deliverBatch"},
                                      [&] { return sink_.deliverBatch(deliveries, deadline); });
  std::vector<Outcome> outcomes;
  if (returned) {
    outcomes = std::move(returned).value();
    outcomes.resize(
        members.size(),
        Outcome::failed(Verdict::retry, codes::kPluginThrew,
                        "The adapter gave fewer outcomes than deliveries; mend the adapter."));
  } else {
    outcomes.assign(members.size(), outcomeOfError(returned.error()));
  }
  judge(outcomes, took());
  for (std::size_t k = 0; k < members.size(); ++k)
    conclude(std::move(leases[members[k]]), std::move(outcomes[k]), took());
}

void Lane::bury(queue::Lease lease, const Error& error) {
  queue::Settlement settled;
  settled.kind = queue::Settlement::Kind::buried;
  settled.code = error.code;
  settled.detail = kept(error.detail);
  lease.event.clear();
  settled.lease = std::move(lease);
  {
    const std::lock_guard lock(mutex_);
    --inFlight_;
    breaker_.abandon();
  }
  changed_.notify_all();
  services_.queue.settle(std::move(settled));
}

void Lane::giveBack(queue::Lease lease) {
  {
    const std::lock_guard lock(mutex_);
    --inFlight_;
    breaker_.abandon();
    more_ = true;
    askAgain_ = std::max(askAgain_, services_.clock.steady() + kAskAgain);
  }
  changed_.notify_all();
  services_.queue.settle(unattempted(std::move(lease)));
}

void Lane::judge(const std::vector<Outcome>& outcomes, milliseconds took) {
  // Refused counts before all; one record that the peer took or judged shows that it is well.
  const auto rank = [](const Outcome& outcome) {
    if (outcome.verdict == Verdict::refused) return 0;
    return outcome.verdict == Verdict::delivered || outcome.verdict == Verdict::rejected ? 1 : 2;
  };
  const Outcome& telling =
      *std::min_element(outcomes.begin(), outcomes.end(),
                        [&](const Outcome& a, const Outcome& b) { return rank(a) < rank(b); });
  {
    const std::lock_guard lock(mutex_);
    const double seconds = std::max(std::chrono::duration<double>(took).count(), 1e-3);
    callSeconds_ += (seconds - callSeconds_) * kWeightOfACall;
    const Breaker::State before = breaker_.state();
    breaker_.record(telling.verdict, telling.code, services_.clock.steady());
    if (before == breaker_.state()) return;
    if (breaker_.state() == Breaker::State::closed) {
      lastCode_.clear();
      lastDetail_.clear();
    }
  }
  changed_.notify_all();
}

void Lane::conclude(queue::Lease lease, Outcome outcome, milliseconds took) {
  outcome.detail = kept(std::move(outcome.detail));
  if (outcome.notBefore) outcome.notBefore = std::min(*outcome.notBefore, kLongestNotBefore);
  if (services_.observe) services_.observe(peer_, outcome, took);
  queue::Settlement settled;
  {
    const std::lock_guard lock(mutex_);
    --inFlight_;
    const TimePoint now = services_.clock.steady();
    // A record that the peer judged bad says nothing against the peer.
    lastCallFailed_ = outcome.verdict == Verdict::retry || outcome.verdict == Verdict::throttled;
    if (outcome.verdict == Verdict::delivered) {
      lastDelivered_ = services_.clock.wall();
    } else {
      lastFailed_ = services_.clock.wall();
      lastCode_ = outcome.code;
      lastDetail_ = outcome.detail;
    }
    if (outcome.verdict == Verdict::throttled)
      slowUntil_ = std::max(slowUntil_, now + outcome.notBefore.value_or(1s));
    settled = settlement(std::move(lease), outcome);
  }
  services_.queue.settle(std::move(settled));
}

WallTime Lane::evenNow() const {
  return madeWall_ + duration_cast<milliseconds>(services_.clock.steady() - madeSteady_);
}

milliseconds Lane::ageOf(const queue::Lease& lease) const {
  return std::max(0ms, duration_cast<milliseconds>(evenNow() - std::max(lease.accepted, refused_)));
}

queue::Settlement Lane::settlement(queue::Lease lease, const Outcome& outcome) {
  using Kind = queue::Settlement::Kind;
  queue::Settlement settled;
  settled.code = outcome.code;
  settled.detail = outcome.detail;
  switch (outcome.verdict) {
    case Verdict::delivered:
      settled.kind = Kind::delivered;
      settled.receipt = outcome.receipt;
      break;
    case Verdict::rejected:
      settled.kind = Kind::buried;
      break;
    case Verdict::refused:
      // The record is not at fault: it waits for the peer without losing age to attempts.
      refused_ = evenNow();
      settled.kind = Kind::retry;
      settled.after = settings_.breakerRest;
      break;
    case Verdict::retry:
    case Verdict::throttled: {
      const milliseconds age = ageOf(lease);
      const double random = std::uniform_real_distribution<double>(0, 1)(random_);
      const auto after = nextTry(retry_, lease.attempt, age, random, outcome.notBefore);
      if (after) {
        settled.kind = Kind::retry;
        settled.after = *after;
      } else {
        settled.kind = Kind::buried;
        settled.code = codes::kTooOld;
        settled.detail = "Tried " + std::to_string(lease.attempt) +
                         " times; last: " + outcome.code + " " + outcome.detail;
      }
      break;
    }
  }
  lease.event.clear();
  settled.lease = std::move(lease);
  return settled;
}

}  // namespace lianqiao::delivery
