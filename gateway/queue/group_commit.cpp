#include "queue/group_commit.h"

#include <algorithm>
#include <utility>

#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "queue/contained.h"
#include "queue/group_words.h"
#include "queue/scripts.h"
#include "redis/obstacle.h"

namespace lianqiao::queue {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstBackOff = 20ms;
constexpr auto kLastBackOff = 500ms;
constexpr auto kProbeEvery = 500ms;
constexpr int kMostTurns = 5;

Error unavailable(const std::string& what) { return {codes::kQueueUnavailable, what}; }

std::size_t bytesOf(const Submission& submission) {
  std::size_t bytes = 0;
  for (const Entry& entry : submission.entries) bytes += sizeof(Entry) + bytesOf(entry);
  return bytes;
}

}  // namespace

GroupCommit::GroupCommit(redis::RedisPlace& place, Keys keys, Settings settings, Hooks hooks,
                         const base::Clock& clock, const RetryClock& retries,
                         LeaseCalls& leaseCalls, const Takers& takers, const JournalMark& journal,
                         const base::Snapshot<record::LifeTables>& lives, base::IdSource& ids)
    : place_(place),
      keys_(std::move(keys)),
      settings_([&settings] {
        settings.groupSize = std::clamp<std::size_t>(settings.groupSize, 1, kMostPerGroup);
        return settings;
      }()),
      hooks_(std::move(hooks)),
      takers_(takers),
      journal_(journal),
      clock_(clock),
      retries_(retries),
      ids_(ids),
      obstacle_(hooks_.log, clock_),
      refusals_(clock_),
      replicas_(settings_.minReplicas, settings_.replicaWait),
      leases_(leaseCalls, takers, hooks_.log),
      lives_(keys_, lives),
      acceptLimit_(kMostPerGroup),
      settleLimit_(kMostPerGroup) {
  available_ = connect();
  thread_ = base::startThread("queue-commit", [this](const std::stop_token&) { run(); });
}

GroupCommit::~GroupCommit() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notifyAll();
  thread_.join();
}

void GroupCommit::submit(std::shared_ptr<const Submission> submission,
                         Submissions::Submitted done) {
  const std::size_t bytes = bytesOf(*submission);
  bool taken = false;
  bool idle = false;
  {
    const base::Lock lock(mutex_);
    const bool full = bytes_ > 0 && bytes_ + bytes > settings_.memory;
    taken = accepts() && !full && !stopping_;
    if (taken) {
      bytes_ += bytes;
      idle = incoming_.empty() && settlements_.empty();
      Pending& pending = incoming_.emplace_back();
      pending.submission = std::move(submission);
      pending.done.swap(done);
      pending.bytes = bytes;
    }
  }
  if (idle) wake_.notifyOne();
  if (taken) return;
  if (!accepts()) return done(obstacle_.error());
  done(Error{codes::kQueueFull, "more than " + std::to_string(settings_.memory >> 20) +
                                    " MiB wait for Redis; senders are told to come again"});
}

std::uint64_t GroupCommit::settle(Settlement settlement, Unheard unheard) {
  Queued queued{std::move(settlement), 0, {}, std::move(unheard)};
  std::string().swap(queued.settlement.lease.event);
  if (queued.settlement.kind == Settlement::Kind::retry)
    queued.due = (retries_.now() + queued.settlement.after).time_since_epoch().count();
  if (queued.settlement.kind == Settlement::Kind::buried || !queued.settlement.reference.empty())
    queued.exceptionId = ids_.next();
  bool idle = false;
  std::uint64_t ticket = 0;
  {
    const base::Lock lock(mutex_);
    idle = incoming_.empty() && settlements_.empty();
    settlements_.push_back(std::move(queued));
    ticket = ++ticketsGiven_;
  }
  if (idle) wake_.notifyOne();
  return ticket;
}

std::uint64_t GroupCommit::settled() const {
  const base::Lock lock(mutex_);
  return ticketsGiven_;
}

Result<void> GroupCommit::await(std::uint64_t ticket) {
  const auto until = base::SystemClock().steady() + place_.timeout();
  const base::Lock lock(mutex_);
  while (ticketsDurable_ < ticket) {
    if (!durable_.waitUntil(mutex_, until) && ticketsDurable_ < ticket)
      return unavailable("Redis at " + place_.text() + " has not confirmed settlements within " +
                         std::to_string(place_.timeout().count()) +
                         " ms; they are kept and sent again");
  }
  return {};
}

std::optional<Error> GroupCommit::takeRefused() {
  const base::Lock lock(mutex_);
  return std::exchange(refused_, std::nullopt);
}

void GroupCommit::run() {
  while (collect()) {
    if (connection_ != nullptr && connection_->dead()) connection_ = nullptr;
    if (connection_ == nullptr) static_cast<void>(connect());
    if (connection_ != nullptr && obstacle_.stands()) probe();
    if (connection_ == nullptr) {
      failSubmissions(work_.size(), obstacle_.error());
      continue;
    }
    commit();
  }
}

/// Whoever is about to hand something over may do so first: larger groups, fewer syncs (measured:
/// 7 % less CPU a record than after one turn). On an idle machine this returns at once.
void GroupCommit::letOthersCome() {
  std::size_t seen = 0;
  for (int turn = 0; turn < kMostTurns; ++turn) {
    std::this_thread::yield();
    const base::Lock lock(mutex_);
    const std::size_t now = incoming_.size() + settlements_.size();
    if (now == seen) return;
    seen = now;
  }
}

/// Takes over what has arrived. False when all is done and the end is near.
bool GroupCommit::collect() {
  {
    const base::Lock lock(mutex_);
    while (incoming_.empty() && settlements_.empty() && work_.empty() && settling_.empty() &&
           !stopping_ && connection_ != nullptr) {
      if (!obstacle_.stands()) {
        wake_.wait(mutex_);
      } else if (!wake_.waitUntil(mutex_, nextProbe_)) {
        break;
      }
    }
  }
  letOthersCome();
  const base::Lock lock(mutex_);
  if (connection_ == nullptr) {
    if (stopping_ && incoming_.empty() && backOff_ > kFirstBackOff) return false;
    const auto until = base::SystemClock().steady() + backOff_;
    while (!stopping_ && base::SystemClock().steady() < until) wake_.waitUntil(mutex_, until);
  }
  while (!incoming_.empty()) {
    work_.push_back(std::move(incoming_.front()));
    incoming_.pop_front();
  }
  while (!settlements_.empty() && settling_.size() < settleLimit_) {
    settling_.push_back(std::move(settlements_.front()));
    settlements_.pop_front();
  }
  return !(stopping_ && work_.empty() && settling_.empty());
}

bool GroupCommit::connect() {
  auto opened = place_.open();
  if (opened.ok()) {
    if (Result<void> loaded = loadScripts(**opened); !loaded.ok()) opened = loaded.error();
  }
  if (!opened.ok()) {
    standBack(opened.error());
    return false;
  }
  connection_ = std::move(*opened);
  lives_.forget();
  available_ = true;
  nextProbe_ = {};
  return true;
}

/// The connection is of no use.
void GroupCommit::standDown(const Error& why) {
  obstacle_.met(why);
  available_ = false;
  connection_ = nullptr;
}

/// … and not tried again at once.
void GroupCommit::standBack(const Error& why) {
  standDown(why);
  backOff_ = std::clamp<std::chrono::milliseconds>(backOff_ * 2, kFirstBackOff, kLastBackOff);
}

/// Whether the obstacle is over. Asked in turn with settlements, for these may go on meanwhile.
void GroupCommit::probe() {
  const auto now = base::SystemClock().steady();
  if (now < nextProbe_) return;
  nextProbe_ = now + kProbeEvery;
  Result<void> writes = tryWrites(*connection_, keys_);
  if (writes.ok() && replicas_.wanted()) {
    redis::RedisCommand wait;
    replicas_.add(wait);
    const auto replies = connection_->exchange(wait);
    if (!replies.ok()) {
      writes = replies.error();
    } else if (auto few = replicas_.hear(*replies->back(), place_.text())) {
      writes = std::move(*few);
    }
  }
  if (!connection_->dead()) {
    backOff_ = 0ms;
    return writes.ok() ? obstacle_.over() : obstacle_.met(writes.error());
  }
  standBack(writes.ok() ? unavailable("Redis at " + place_.text() + " is away") : writes.error());
}

void GroupCommit::commit() {
  cutSlices();
  const GroupParts parts = build();
  GroupReplies replies;
  if (!parts.empty()) {
    const auto answers = connection_->exchange(command_);
    if (!answers.ok()) return lose(answers.error());
    replies = GroupReplies(*answers, parts);
  }
  if (replies.isInDoubt()) return lose(connection_->refusal(*replies.refusal()));
  if (replies.forgotten()) return loadAgain();
  if (replies.refusal() != nullptr) {
    leases_.lose(connection_->refusal(*replies.refusal()));
    refusedGroup(*replies.refusal());
  } else {
    hearAccept(replies.accept(), replies.replicas());
    // Not those that a settlement wakes: it brings up others, behind what was leased.
    std::erase_if(awake_, [this](const std::string& peer) { return leases_.covers(peer); });
    if (replies.settle() != nullptr) hearSettle(*replies.settle());
  }
  if (connection_ != nullptr && connection_->dead()) {
    available_ = false;
    connection_ = nullptr;
  }
  if (connection_ != nullptr) backOff_ = 0ms;
  for (const std::string& peer : awake_) contained(hooks_.log, "wake", [&] { takers_.wake(peer); });
  awake_.clear();
}

/// Nothing was accepted or settled, only contents were stored: they are taken away, and the same
/// group goes again. The replies are gone with the loading.
void GroupCommit::loadAgain() {
  leases_.lose(unavailable("Redis at " + place_.text() + " had forgotten the scripts"));
  redis::RedisCommand contents;
  eachEntry([&](const Entry& entry, bool mayBeThere) {
    if (!entry.record) return;
    const std::string& id = entry.record->id;
    contents.add({"DEL", mayBeThere ? keys_.again(id) : keys_.record(id)});
  });
  const auto gone = connection_->callAll(contents);
  const Result<void> loaded = gone.ok() ? loadScripts(*connection_) : gone.error();
  if (!loaded.ok()) lose(loaded.error());
}

/// What was sent on the connection is in doubt.
void GroupCommit::lose(const Error& why) {
  standDown(why);
  leases_.lose(why);
  failAll(why);
}

/// `reply` is null where nothing was sent.
void GroupCommit::hearAccept(const redis::RedisReply* reply, const redis::RedisReply* replicas) {
  if (reply != nullptr && reply->isError()) {
    leases_.lose(connection_->refusal(*reply));
    if (goesAgain(*reply)) return;
    return refusedGroup(*reply);
  }
  if (reply != nullptr) {
    lives_.found();
    lacking_ = 0;
  }
  // Before anybody is answered: who hears of a record finds it on its way.
  if (reply != nullptr) leases_.hear(reply->items[1], now_);
  if (replicas != nullptr) {
    if (const auto few = replicas_.hear(*replicas, place_.text())) {
      obstacle_.met(*few);
      return failAll(*few);
    }
  }
  accepted(reply == nullptr ? nullptr : &reply->items[0]);
}

void GroupCommit::hearSettle(const redis::RedisReply& reply) {
  if (reply.isError()) return settleFailed(reply);
  settledGroup(reply);
}

/// Redis lacked the table of a life cycle, and nothing was done: the same group goes again with it.
/// Not for ever: a server that throws keys away is no place for records.
bool GroupCommit::goesAgain(const redis::RedisReply& reply) {
  constexpr int kMostInARow = 3;
  if (!lacksCycle(reply) || ++lacking_ > kMostInARow) return false;
  lives_.forget();
  return true;
}

/// Where Redis takes nothing that is an obstacle, and all that waits fails. Else the groups get
/// smaller until what it refuses stands alone.
void GroupCommit::refusedGroup(const redis::RedisReply& reply) {
  Error error = connection_->refusal(reply);
  if (redis::isObstacle(redis::obstacleOf(reply.text))) {
    obstacle_.met(error);
    return failAll(error);
  }
  acceptLimit_ = 1;
  for (std::size_t i = 0; i < slices_.size(); ++i) work_[i].sent = true;
  if (slices_.size() > 1) return;
  error.code = codes::kQueueRefused;
  hooks_.log(LogLevel::error, "A submission was refused: " + error.detail);
  failSubmissions(1, error);
}

}  // namespace lianqiao::queue
