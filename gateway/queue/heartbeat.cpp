#include "queue/heartbeat.h"

#include <algorithm>
#include <utility>

#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "queue/beat.h"
#include "queue/group_words.h"
#include "queue/lease_token.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

using namespace std::chrono_literals;

constexpr auto kNameLook = 50ms;
constexpr auto kAgain = 250ms;
constexpr auto kForget = 10min;
constexpr auto kWarnEvery = 60s;

Error taken(const std::string& node, std::string_view beat) {
  return {codes::kNodeTaken, "another gateway named '" + node + "' runs on this Redis (" +
                                 Beat(beat).place() +
                                 "); give each gateway its own name (`node:`), or stop that one"};
}

using Beats = std::map<std::string, std::string, std::less<>>;

void addBeat(redis::RedisCommand& command, const Keys& keys, std::string_view node, long long start,
             std::string_view counter, std::string_view mark, const Beats& forgotten = {}) {
  beginScript(command, Script::beat, keys, 4 + 2 * forgotten.size());
  command.word(node);
  command.word(start);
  command.word(counter);
  command.word(mark);
  for (const auto& [other, beat] : forgotten) {
    command.word(other);
    command.word(beat);
  }
}

/// True when no process of a former run lives; false when that cannot be known, though its beat
/// stands still.
Result<bool> awaitName(redis::RedisConnection& connection, const Keys& keys,
                       const std::string& node, bool local) {
  const auto first = connection.call({"HGET", keys.beats(), node});
  if (!first.ok()) return first.error();
  if ((*first)->isNil()) return true;
  const std::string beat((*first)->text);
  if (base::ProcessMark(Beat(beat).process).isGone(local)) return true;
  base::Mutex mutex;
  base::Condition never;
  const auto until = base::realNow() + kNameWatch;
  while (base::realNow() < until) {
    {
      const base::Lock lock(mutex);
      never.waitUntil(mutex, base::realNow() + kNameLook);
    }
    const auto again = connection.call({"HGET", keys.beats(), node});
    if (!again.ok()) return again.error();
    if ((*again)->isNil()) return true;
    if ((*again)->text != beat) return taken(node, (*again)->text);
  }
  return false;
}

}  // namespace

Result<NodeRun> Heartbeat::enter(redis::RedisConnection& connection, const Keys& keys,
                                 std::string_view node, bool local, const base::Clock& clock) {
  NodeRun run;
  run.node = nodeName(node);
  const Result<bool> gone = awaitName(connection, keys, run.node, local);
  if (!gone.ok()) return gone.error();
  run.formerGone = *gone;
  const auto number = connection.call({"HINCRBY", keys.epochs(), run.node, "1"});
  if (!number.ok()) return number.error();
  run.start = (*number)->integer;
  run.incarnation = incarnationOf(run.node, run.start);
  run.beaten = clock.steady();
  redis::RedisCommand command;
  addBeat(command, keys, run.node, run.start, "1", base::ProcessMark::own().text());
  const auto reply = runScript(connection, command);
  if (!reply.ok()) return reply.error();
  if ((*reply)->items[0].integer == 0) return taken(run.node, (*reply)->items[1].text);
  return run;
}

Heartbeat::Heartbeat(redis::ConnectionPool& pool, Keys keys, NodeRun run,
                     std::chrono::milliseconds every, const base::Clock& clock, base::LogLine log)
    : pool_(pool),
      keys_(std::move(keys)),
      run_(std::move(run)),
      mark_(base::ProcessMark::own().text()),
      every_(every),
      clock_(clock),
      log_(std::move(log)),
      beaten_(run_.beaten) {
  thread_ = base::startThread("queue-beat", [this](const std::stop_token&) { this->run(); });
}

Heartbeat::~Heartbeat() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notifyAll();
  thread_.join();
  goodbye();
}

Result<void> Heartbeat::follow(redis::RedisConnection& connection) {
  redis::RedisCommand command;
  beginScript(command, Script::follow, keys_, 2);
  command.word(run_.node);
  command.word(run_.start);
  const auto reply = runScript(connection, command);
  if (!reply.ok()) return reply.error();
  if ((*reply)->integer == 0)
    return Error{codes::kQueueUnsafe,
                 "the new primary has nothing of the queue (no key " + keys_.format() +
                     "): it is no replica of the one before. Bring that one back; or, to go on "
                     "with an empty queue, restart the gateway"};
  ++era_;
  return {};
}

bool Heartbeat::fresh() const { return !superseded_ && clock_.steady() - beaten_.load() < kStale; }

Error Heartbeat::supersededError() const {
  const base::Lock lock(mutex_);
  return taken(run_.node, taker_);
}

bool Heartbeat::isDead(std::string_view incarnation) {
  if (incarnation == run_.incarnation) return false;
  if (run_.formerGone && isFormerRun(incarnation, run_.incarnation)) return true;
  const base::Lock lock(mutex_);
  const auto at = seen_.find(incarnation);
  if (at == seen_.end()) {
    seen_.emplace(incarnation, Seen{{}, clock_.steady()});
    return false;
  }
  // Measured up to the last look, not up to now: who sees nothing knows nothing.
  return beaten_.load() - at->second.since >= kDead;
}

void Heartbeat::run() {
  TimePoint next = base::realNow() + every_;
  while (true) {
    {
      const base::Lock lock(mutex_);
      while (!stopping_ && base::realNow() < next) wake_.waitUntil(mutex_, next);
      if (stopping_) return;
    }
    // One that failed is tried again soon: nothing is sent before the first after an outage.
    next =
        base::realNow() + (beat() ? every_ : std::min<std::chrono::milliseconds>(every_, kAgain));
  }
}

bool Heartbeat::beat() {
  if (superseded_) {
    if (clock_.steady() < nextWarning_) return true;
    nextWarning_ = clock_.steady() + kWarnEvery;
    log_(LogLevel::error, "This gateway delivers and polls nothing: " + supersededError().detail +
                              ", and start this one again.");
    return true;
  }
  auto borrowed = pool_.borrow();
  if (!borrowed.ok()) return false;
  redis::RedisCommand command;
  addBeat(command, keys_, run_.node, run_.start, std::to_string(++counter_), mark_, forgotten_);
  const TimePoint sent = clock_.steady();
  const auto reply = runScript(**borrowed, command);
  if (!reply.ok()) return false;
  const std::span<const redis::RedisReply> words = (*reply)->items;
  if (words[0].integer == 0) {
    noteSuperseded(words[1].text);
    return true;
  }
  forgotten_.clear();
  observe(sent, words.subspan(1));
  return true;
}

void Heartbeat::observe(TimePoint sent, std::span<const redis::RedisReply> beats) {
  const TimePoint now = clock_.steady();
  const base::Lock lock(mutex_);
  const bool gap = sent - beaten_.load() >= kStale;
  // While this node saw nothing the others may have beaten: all are watched anew.
  if (gap)
    for (auto& [name, seen] : seen_) seen.since = now;
  for (std::size_t i = 0; i + 1 < beats.size(); i += 2) {
    const Beat beat(beats[i + 1].text);
    std::string name(beats[i].text);
    name.append(".").append(beat.start);
    Seen& seen = seen_.try_emplace(std::move(name), Seen{{}, now}).first->second;
    if (seen.counter != beat.counter) {
      seen.counter = beat.counter;
      seen.since = now;
    } else if (now - seen.since > kForget) {
      forgotten_.emplace(beats[i].text, beats[i + 1].text);
    }
  }
  std::erase_if(seen_, [&](const auto& entry) { return now - entry.second.since > kForget; });
  if (gap) ++era_;
  beaten_ = sent;
}

void Heartbeat::noteSuperseded(std::string_view beat) {
  const base::Lock lock(mutex_);
  taker_ = beat;
  superseded_ = true;
}

void Heartbeat::goodbye() {
  auto borrowed = pool_.borrow();
  if (!borrowed.ok()) return;
  redis::RedisCommand command;
  addBeat(command, keys_, run_.node, run_.start, "", mark_);
  if (const auto reply = runScript(**borrowed, command); !reply.ok())
    log_(LogLevel::info,
         "this node could not say goodbye: others wait some seconds for what it "
         "held. " +
             reply.error().detail);
}

}  // namespace lianqiao::queue
