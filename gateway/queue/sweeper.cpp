#include "queue/sweeper.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "queue/contained.h"
#include "queue/group_words.h"
#include "queue/known_peers.h"
#include "queue/lapses.h"
#include "queue/lease_token.h"
#include "queue/mend.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

constexpr std::size_t kPeersAtOnce = 32;
constexpr std::chrono::milliseconds kItsOwnAffair{10'000};
// An eighth faster than time, to make up for the time the gateway was down.
constexpr int kCatchUp = 8;
constexpr std::chrono::milliseconds kStoreEvery{60'000};
constexpr std::size_t kMostDisowned = 10'000;
constexpr std::size_t kMostCauses = 100;
constexpr std::string_view kHung = "The adapter did not come back with it.";

void note(std::set<std::string>& causes, const std::string& why) {
  if (!why.empty() && causes.size() < kMostCauses) causes.insert(why);
}

std::string milliseconds(WallTime time) { return std::to_string(time.time_since_epoch().count()); }

}  // namespace

Sweeper::Sweeper(redis::ConnectionPool& pool, Keys keys, Settings settings, Heartbeat& heart,
                 const LeaseFlights& attempts, const base::Clock& clock, const RetryClock& retries,
                 base::IdSource& ids, const Takers& takers, const JournalMark& journal,
                 base::LogLine log)
    : pool_(pool),
      keys_(std::move(keys)),
      settings_(settings),
      heart_(heart),
      attempts_(attempts),
      clock_(clock),
      retries_(retries),
      ids_(ids),
      takers_(takers),
      journal_(journal),
      log_(std::move(log)) {
  thread_ = base::startThread("queue-sweep", [this](const std::stop_token&) { run(); });
}

Sweeper::~Sweeper() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notifyAll();
  thread_.join();
}

void Sweeper::wakeLater(std::string_view peer, std::chrono::milliseconds after) {
  const TimePoint at = base::realNow() + after;
  const base::Lock lock(mutex_);
  const bool first = later_.empty() || at < later_.begin()->first;
  later_.emplace(at, peer);
  if (first) wake_.notifyOne();
}

void Sweeper::disown(std::uint64_t call, TimePoint until) {
  const base::Lock lock(mutex_);
  disowned_.emplace(call, until);
  if (disowned_.size() > kMostDisowned) disowned_.erase(disowned_.begin());
}

void Sweeper::forgetDisowned() {
  const TimePoint now = clock_.steady();
  const base::Lock lock(mutex_);
  std::erase_if(disowned_, [now](const auto& entry) { return entry.second < now; });
}

bool Sweeper::isDisowned(std::uint64_t call) {
  const base::Lock lock(mutex_);
  return disowned_.contains(call);
}

void Sweeper::run() {
  TimePoint next = base::realNow();
  std::set<std::string> told;
  while (true) {
    std::set<std::string> due;
    {
      const base::Lock lock(mutex_);
      while (!stopping_ && base::realNow() < next &&
             (later_.empty() || base::realNow() < later_.begin()->first))
        wake_.waitUntil(mutex_, later_.empty() ? next : std::min(next, later_.begin()->first));
      if (stopping_) return;
      while (!later_.empty() && later_.begin()->first <= base::realNow())
        due.insert(std::move(later_.extract(later_.begin()).mapped()));
    }
    for (const std::string& peer : due) contained(log_, "wake", [&] { takers_.wake(peer); });
    if (base::realNow() < next) continue;
    const Result<void> swept = sweep();
    std::set<std::string> failed = unmended_;
    failed.insert(damaged_.begin(), damaged_.end());
    if (!swept.ok()) failed.insert(swept.error().detail);
    for (const std::string& why : failed)
      if (!told.contains(why)) log_(LogLevel::warning, "the queue's sweep failed. " + why);
    told = std::move(failed);
    next = base::realNow() + settings_.every;
  }
}

Result<void> Sweeper::sweep() {
  auto borrowed = pool_.borrow();
  if (!borrowed.ok()) return borrowed.error();
  const auto peers = knownPeers(**borrowed, keys_);
  if (!peers.ok()) return peers.error();
  ++round_;
  damaged_.clear();
  for (std::span<const std::string> left = *peers; !left.empty();) {
    const auto some = left.first(std::min(left.size(), kPeersAtOnce));
    if (Result<void> done = sweepPeers(**borrowed, some); !done.ok()) return done;
    left = left.subspan(some.size());
  }
  std::erase_if(seen_, [this](const auto& entry) { return entry.second.round != round_; });
  forgetDisowned();
  if (Result<void> mended = mendPeers(**borrowed, *peers); !mended.ok()) return mended;
  if (Result<void> ended = endWaiting(**borrowed); !ended.ok()) return ended;
  if (Result<void> dropped = dropOldExceptions(**borrowed); !dropped.ok()) return dropped;
  return {};
}

Result<void> Sweeper::sweepPeers(redis::RedisConnection& connection,
                                 std::span<const std::string> peers) {
  redis::RedisCommand command;
  const std::string now = milliseconds(retries_.now());
  for (const std::string& peer : peers) {
    command.add({"EXISTS", keys_.ready(peer, 'h'), keys_.ready(peer, 'n')});
    command.add({"ZCOUNT", keys_.due(peer), "-inf", now});
    command.add({"HGETALL", keys_.leases(peer)});
  }
  const auto replies = connection.exchange(command);
  if (!replies.ok()) return replies.error();

  std::set<std::string> wake;
  std::vector<Lapse> gone;
  for (std::size_t p = 0; p < peers.size(); ++p) {
    const auto answers = replies->subspan(p * 3, 3);
    const auto refused =
        std::find_if(answers.begin(), answers.end(),
                     [](const redis::RedisReply* reply) { return reply->isError(); });
    if (refused != answers.end())
      note(damaged_, "One of " + keys_.ready(peers[p], 'h') + ", " + keys_.ready(peers[p], 'n') +
                         ", " + keys_.due(peers[p]) + ", " + keys_.leases(peers[p]) + ": " +
                         connection.refusal(**refused).detail);
    if (answers[0]->integer > 0 || answers[1]->integer > 0) wake.insert(peers[p]);
    const std::span<const redis::RedisReply> held = answers[2]->items;
    for (std::size_t i = 0; i + 1 < held.size(); i += 2)
      if (lapsed(held[i].text, held[i + 1].text)) {
        const bool struck = hung(peers[p], held[i].text, held[i + 1].text);
        gone.push_back({peers[p], std::string(held[i].text), std::string(held[i + 1].text),
                        struck ? kHung : std::string_view()});
        wake.insert(peers[p]);
      }
  }
  const Result<std::string> lapses = sendLapses(
      connection, keys_, gone, clock_.wall(), settings_.retention.delivered, journal_.word(), ids_);
  if (!lapses.ok()) return lapses.error();
  note(damaged_, *lapses);
  for (const std::string& peer : wake) contained(log_, "wake", [&] { takers_.wake(peer); });
  return {};
}

Result<void> Sweeper::mendPeers(redis::RedisConnection& connection,
                                std::span<const std::string> peers) {
  if (clock_.steady() < mendNext_) return {};
  mendNext_ = clock_.steady() + settings_.mendEvery;
  const WallTime before = clock_.wall() - settings_.mendEvery;
  unmended_.clear();
  for (const std::string& peer : peers) {
    long long& at = mendAt_[peer];
    const auto mended = mendLines(connection, keys_, peer, {at, settings_.mend, before, true});
    if (!mended.ok() && connection.dead()) return mended.error();
    note(unmended_, mended.ok() ? mended->hidden : mended.error().detail);
    if (!mended.ok()) continue;
    at = mended->next;
    if (mended->found == 0) continue;
    log_(LogLevel::warning, std::to_string(mended->found) + " records owed to " + peer +
                                " stood in no line after a step that Redis ended half-way; they "
                                "are lined up again");
    contained(log_, "wake", [&] { takers_.wake(peer); });
  }
  return {};
}

bool Sweeper::lapsed(std::string_view record, std::string_view text) {
  const LeaseToken token(text);
  if (heart_.isDead(token.incarnation)) return true;
  const bool mine = token.incarnation == heart_.incarnation();
  if (mine && isDisowned(token.call)) return true;
  const TimePoint now = clock_.steady();
  Seen& seen =
      seen_.try_emplace(std::string(text).append(" ").append(record), Seen{now, 0}).first->second;
  seen.round = round_;
  return now - seen.since >= token.time + (mine ? std::chrono::milliseconds(0) : kItsOwnAffair);
}

bool Sweeper::hung(std::string_view peer, std::string_view record, std::string_view token) {
  // fresh() first, as in begin(): who stood still or missed Redis finds no adapter at fault.
  return heart_.fresh() && attempts_.eraOf(peer, record, token) == heart_.era();
}

Result<WallTime> Sweeper::evenTime(redis::RedisConnection& connection) {
  const WallTime wall = clock_.wall();
  const TimePoint now = clock_.steady();
  if (!even_) {
    const auto stored = connection.call({"GET", keys_.clock()});
    if (!stored.ok()) return stored.error();
    if (!(*stored)->isNil()) storedEven_ = WallTime(std::chrono::milliseconds((*stored)->number()));
    even_ = (*stored)->isNil() ? wall : storedEven_;
  } else {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - evenAt_);
    *even_ += passed + passed / kCatchUp;
  }
  evenAt_ = now;
  even_ = std::min(*even_, wall);
  const auto moved = *even_ - storedEven_;
  if (moved >= kStoreEvery || moved <= -kStoreEvery) {
    const auto stored = connection.call({"SET", keys_.clock(), milliseconds(*even_)});
    if (!stored.ok()) return stored.error();
    storedEven_ = *even_;
  }
  return *even_;
}

/// Those whose time is over are exceptions as any other.
Result<void> Sweeper::endWaiting(redis::RedisConnection& connection) {
  while (true) {
    const auto over = connection.call(
        {"ZRANGEBYSCORE", keys_.waits(), "-inf", milliseconds(clock_.wall()), "LIMIT", "0", "100"});
    if (!over.ok()) return over.error();
    if ((*over)->items.empty()) return {};
    redis::RedisCommand ends;
    for (const redis::RedisReply& id : (*over)->items)
      addWaitOn(ends, keys_, {id.text, {}, {}, {}}, clock_.wall());
    const auto ended = connection.exchange(ends);
    if (!ended.ok()) return ended.error();
    for (const redis::RedisReply* reply : *ended) {
      if (reply->isError() && isForgotten(*reply)) return loadScripts(connection);
      if (reply->isError()) return connection.refusal(*reply);
    }
  }
}

/// Ids are in order of time: while the first is younger, so are all.
Result<bool> Sweeper::firstExceptionIsOld(redis::RedisConnection& connection,
                                          WallTime before) const {
  std::string id;
  {
    const auto first = connection.call({"ZRANGE", keys_.exceptions(), "0", "0"});
    if (!first.ok()) return first.error();
    if ((*first)->items.empty()) return false;
    const std::string_view member = (*first)->items[0].text;
    id = member.substr(0, member.find(' '));
  }
  const auto at = connection.call({"HGET", keys_.exception(id), "at"});
  if (!at.ok()) return at.error();
  return WallTime(std::chrono::milliseconds((*at)->number())) <= before;
}

Result<void> Sweeper::dropOldExceptions(redis::RedisConnection& connection) {
  if (settings_.retention.exceptions.count() == 0) return {};
  const Result<WallTime> now = evenTime(connection);
  if (!now.ok()) return now.error();
  const WallTime before = *now - settings_.retention.exceptions;
  while (true) {
    const Result<bool> old = firstExceptionIsOld(connection, before);
    if (!old.ok()) return old.error();
    if (!*old) return {};
    const auto page = connection.call({"ZRANGE", keys_.exceptions(), "0", "99"});
    if (!page.ok()) return page.error();
    redis::RedisCommand drops;
    for (const redis::RedisReply& member : (*page)->items) {
      beginScript(drops, Script::drop, keys_, 7);
      drops.word(member.text.substr(0, member.text.find(' ')));
      drops.word(milliseconds(before));
      drops.word("0");
      drops.word(milliseconds(clock_.wall()));
      drops.word(journal_.word());
      drops.word("expired");
      drops.word("");
    }
    const auto dropped = connection.exchange(drops);
    if (!dropped.ok()) return dropped.error();
    for (const redis::RedisReply* reply : *dropped) {
      if (reply->isError() && isForgotten(*reply)) return loadScripts(connection);
      if (reply->integer == 0) return {};  // ids are in order of time: the rest is younger
    }
  }
}

}  // namespace lianqiao::queue
