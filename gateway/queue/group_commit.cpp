#include "queue/group_commit.h"

#include <algorithm>
#include <utility>

#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "queue/contained.h"
#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostPerGroup = 1000;  // Lua's unpack() takes some 8000 values
// Larger commands cost Redis a third more a record: they leave its caches. One record may be
// larger.
constexpr std::size_t kGroupBytes = 256u << 10;
constexpr auto kFirstBackOff = 20ms;
constexpr auto kLastBackOff = 500ms;

Error unavailable(const std::string& what) { return {std::string(codes::kQueueUnavailable), what}; }

std::size_t bytesOf(const Submission& submission) {
  std::size_t bytes = 0;
  for (const Entry& entry : submission.entries) bytes += sizeof(Entry) + bytesOf(entry);
  return bytes;
}

}  // namespace

GroupCommit::GroupCommit(RedisPlace& place, Keys keys, Settings settings, Hooks hooks,
                         const base::Clock& clock, const RetryClock& retries,
                         LeaseCalls& leaseCalls, base::IdSource& ids)
    : place_(place),
      keys_(std::move(keys)),
      settings_([&settings] {
        settings.groupSize = std::clamp<std::size_t>(settings.groupSize, 1, kMostPerGroup);
        return std::move(settings);
      }()),
      hooks_(std::move(hooks)),
      clock_(clock),
      retries_(retries),
      ids_(ids),
      replicas_(settings_.minReplicas, settings_.replicaWait, hooks_.log),
      leases_(leaseCalls, hooks_.demand, hooks_.log),
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

void GroupCommit::submit(std::shared_ptr<const Submission> submission, WorkQueue::Submitted done) {
  Pending pending{std::move(submission), std::move(done), 0, 0, {}};
  pending.bytes = bytesOf(*pending.submission);
  bool taken = false;
  bool idle = false;
  {
    const base::Lock lock(mutex_);
    const bool full = bytes_ > 0 && bytes_ + pending.bytes > settings_.memory;
    taken = available_ && !full && !stopping_;
    if (taken) {
      bytes_ += pending.bytes;
      idle = incoming_.empty() && settlements_.empty();
      incoming_.push_back(std::move(pending));
    }
  }
  if (idle) wake_.notifyOne();
  if (taken) return;
  if (!available_) return pending.done(unavailable("Redis at " + place_.text() + " is away"));
  pending.done(Error{std::string(codes::kQueueFull),
                     "more than " + std::to_string(settings_.memory >> 20) +
                         " MiB wait for Redis; senders are told to come again"});
}

std::uint64_t GroupCommit::settle(Settlement settlement, Unheard unheard) {
  Queued queued{std::move(settlement), 0, {}, std::move(unheard)};
  std::string().swap(queued.settlement.lease.event);
  if (queued.settlement.kind == Settlement::Kind::retry)
    queued.due = (retries_.now() + queued.settlement.after).time_since_epoch().count();
  if (queued.settlement.kind == Settlement::Kind::buried) queued.exceptionId = ids_.next();
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
    if (connection_ == nullptr && !connect()) {
      failSubmissions(work_.size(), unavailable("Redis at " + place_.text() + " is away"));
      continue;
    }
    commit();
  }
}

/// Takes over what has arrived. False when all is done and the end is near.
bool GroupCommit::collect() {
  {
    const base::Lock lock(mutex_);
    while (incoming_.empty() && settlements_.empty() && work_.empty() && settling_.empty() &&
           !stopping_ && connection_ != nullptr)
      wake_.wait(mutex_);
  }
  // Whoever is about to hand something over may do so first: larger groups, fewer syncs. On an idle
  // machine this returns at once.
  std::this_thread::yield();
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
    available_ = false;
    if (backOff_ == 0ms) hooks_.log(LogLevel::error, opened.error().detail);
    backOff_ = std::clamp<std::chrono::milliseconds>(backOff_ * 2, kFirstBackOff, kLastBackOff);
    return false;
  }
  connection_ = std::move(*opened);
  available_ = true;
  return true;
}

void GroupCommit::commit() {
  cutSlices();
  command_.clear();
  leases_.clear();
  const bool accepts = buildAccept();
  const bool settles = !settling_.empty();
  if (settles) buildSettle();
  const bool waits = accepts && replicas_.wanted();
  // What too few replicas have must not be delivered yet.
  if (accepts && !waits) askLanes();
  if (waits) replicas_.add(command_);
  Result<std::span<const RedisReply* const>> replies = std::span<const RedisReply* const>();
  if (accepts || settles) replies = connection_->exchange(command_);
  if (!replies.ok()) {
    lose(replies.error());
    return;
  }
  const RedisReply* replicas = waits ? replies->back() : nullptr;
  if (waits) replies = replies->first(replies->size() - 1);
  if (std::any_of(replies->begin(), replies->end(),
                  [](const RedisReply* reply) { return isForgotten(*reply); })) {
    // Nothing was done: the same group goes again. The replies are gone with the loading.
    leases_.lose(unavailable("Redis at " + place_.text() + " had forgotten the scripts"));
    const Result<void> loaded = loadScripts(*connection_);
    if (loaded.ok()) return;
    lose(loaded.error());
    return;
  }
  const auto leased = replies->last(leases_.size());
  leases_.hear(leased, *connection_);
  replies = replies->first(replies->size() - leased.size());
  const RedisReply* first = replies->empty() ? nullptr : replies->front();
  const RedisReply* last = replies->empty() ? nullptr : replies->back();
  if (accepts && first->isError()) {
    Error refusal = connection_->refusal(*first);
    if (!isPassing(*first)) refusal.code = codes::kQueueRefused;
    failAll(refusal);
  } else if (const auto few = waits ? replicas_.hear(*replicas, place_.text()) : std::nullopt) {
    failAll(*few);
  } else {
    accepted(accepts ? first : nullptr);
  }
  if (settles && last->isError()) {
    settleFailed(*last);
  } else if (settles) {
    settledGroup(*last);
  }
  if (connection_ != nullptr && connection_->dead()) {
    available_ = false;
    connection_ = nullptr;
  }
  if (connection_ != nullptr && backOff_ > 0ms) {
    hooks_.log(LogLevel::info, "Redis at " + place_.text() + " answers again");
    backOff_ = 0ms;
  }
  for (const std::string& peer : awake_)
    if (!leases_.covers(peer)) contained(hooks_.log, "onReady", [&] { hooks_.ready(peer); });
  awake_.clear();
}

/// The connection is of no use; what was sent on it is in doubt.
void GroupCommit::lose(const Error& why) {
  available_ = false;
  connection_ = nullptr;
  hooks_.log(LogLevel::error, why.detail);
  leases_.lose(why);
  failAll({std::string(codes::kQueueUnavailable), why.detail});
}

void GroupCommit::cutSlices() {
  slices_.clear();
  std::size_t records = 0;
  std::size_t bytes = 0;
  for (const Pending& pending : work_) {
    const std::vector<Entry>& entries = pending.submission->entries;
    Slice slice;
    while (pending.next + slice.count < entries.size() && records < settings_.groupSize) {
      const std::size_t size = bytesOf(entries[pending.next + slice.count]);
      if (records > 0 && bytes + size > kGroupBytes) break;
      bytes += size;
      ++records;
      ++slice.count;
    }
    slice.last = pending.next + slice.count == entries.size();
    slices_.push_back(slice);
    if (!slice.last || records == settings_.groupSize) return;
  }
}

bool GroupCommit::buildAccept() {
  std::size_t words = 0;
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const Pending& pending = work_[i];
    for (std::size_t j = 0; j < slices_[i].count; ++j)
      words += wordsOf(pending.submission->entries[pending.next + j]);
    if (slices_[i].last && pending.submission->cursor) words += kCursorWords;
  }
  if (words == 0) return false;
  beginScript(command_, Script::accept, keys_, 4 + words);
  command_.word(clock_.wall().time_since_epoch().count());
  command_.word(settings_.retention.duplicates.count());
  command_.word(static_cast<long long>(settings_.steps.skew.count()));
  command_.word(settings_.steps.late == config::LateSteps::aside ? "a" : "d");
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const Pending& pending = work_[i];
    for (std::size_t j = 0; j < slices_[i].count; ++j)
      addEntry(command_, pending.submission->entries[pending.next + j],
               pending.submission->answered);
    if (slices_[i].last && pending.submission->cursor)
      addCursor(command_, *pending.submission->cursor);
  }
  return true;
}

void GroupCommit::buildSettle() {
  beginScript(command_, Script::settle, keys_, 2 + settling_.size() * kSettlementWords);
  command_.word(clock_.wall().time_since_epoch().count());
  command_.word(settings_.retention.delivered.count());
  for (const Queued& queued : settling_)
    addSettlement(command_, queued.settlement, queued.due, queued.exceptionId);
}

void GroupCommit::askLanes() {
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const Pending& pending = work_[i];
    for (std::size_t j = 0; j < slices_[i].count; ++j) {
      const Entry& entry = pending.submission->entries[pending.next + j];
      if (!entry.record) continue;
      for (const std::string& peer : entry.record->destinations) leases_.owe(peer);
    }
  }
  leases_.ask(command_);
}

/// `reply` names what was not plainly accepted; null when there was nothing to send.
void GroupCommit::accepted(const RedisReply* reply) {
  std::span<RedisReply> odd = reply == nullptr ? std::span<RedisReply>() : reply->items;
  long long number = 0;
  for (const Slice& slice : slices_) {
    Pending& pending = work_.front();
    if (pending.verdicts.empty()) pending.verdicts.reserve(pending.submission->entries.size());
    for (std::size_t j = 0; j < slice.count; ++j) {
      const Entry& entry = pending.submission->entries[pending.next++];
      if (wordsOf(entry) > 0) ++number;
      const bool plain = odd.size() < 3 || odd[0].number() != number;
      if (entry.record && plain)
        for (const std::string& peer : entry.record->destinations)
          if (!awake_.contains(peer)) awake_.insert(peer);
      pending.verdicts.push_back(plain ? verdictOf(entry)
                                       : verdictOf(entry, odd[1].text, odd[2].text));
      if (!plain) odd = odd.subspan(3);
    }
    if (!slice.last) return;
    finish(pending, std::move(pending.verdicts));
  }
}

/// `reply` holds names of peers that have something new, and numbers of what was not heard.
void GroupCommit::settledGroup(const RedisReply& reply) {
  for (const RedisReply& item : reply.items) {
    if (item.kind != RedisReply::Kind::integer) {
      if (!awake_.contains(item.text)) awake_.emplace(item.text);
      continue;
    }
    const Unheard& unheard = settling_.at(static_cast<std::size_t>(item.number()) - 1).unheard;
    if (unheard.notes != nullptr) unheard.notes->unheard.push_back(unheard.number);
  }
  for (const Queued& queued : settling_)
    if (queued.settlement.kind == Settlement::Kind::retry)
      hooks_.later(queued.settlement.lease.peer, queued.settlement.after);
  {
    const base::Lock lock(mutex_);
    ticketsDurable_ += settling_.size();
  }
  durable_.notifyAll();
  settling_.clear();
  settleLimit_ = std::min(settleLimit_ * 2, kMostPerGroup);
}

/// Redis refused the whole group. Where that may pass it goes again; else the groups get smaller
/// until the one bad settlement stands alone, and that one is given up: its lease lapses.
void GroupCommit::settleFailed(const RedisReply& reply) {
  const Error error = connection_->refusal(reply);
  if (isPassing(reply)) {
    available_ = false;
    connection_ = nullptr;
    if (backOff_ == 0ms) hooks_.log(LogLevel::error, error.detail);
    backOff_ = std::clamp<std::chrono::milliseconds>(backOff_ * 2, kFirstBackOff, kLastBackOff);
    return;
  }
  if (settling_.size() == 1) {
    Error refused{std::string(codes::kQueueRefused),
                  "the settlement of record " + settling_[0].settlement.lease.recordId +
                      " was refused and given up; its lease will lapse. " + error.detail};
    hooks_.log(LogLevel::error, refused.detail);
    const Unheard& unheard = settling_[0].unheard;
    if (unheard.notes != nullptr) unheard.notes->refused = refused;
    settling_.clear();
    {
      const base::Lock lock(mutex_);
      ++ticketsDurable_;
      refused_ = std::move(refused);
    }
    durable_.notifyAll();
    return;
  }
  settleLimit_ = 1;
  const base::Lock lock(mutex_);
  while (settling_.size() > 1) {
    settlements_.push_front(std::move(settling_.back()));
    settling_.pop_back();
  }
}

/// REQUIRES: `pending` is the first of work_.
void GroupCommit::finish(Pending& pending, Result<std::vector<ItemVerdict>> result) {
  const WorkQueue::Submitted done = std::move(pending.done);
  {
    const base::Lock lock(mutex_);
    bytes_ -= pending.bytes;
  }
  work_.pop_front();
  contained(hooks_.log, "a submitter", [&] { done(std::move(result)); });
}

void GroupCommit::failSubmissions(std::size_t count, const Error& error) {
  for (; count > 0; --count) finish(work_.front(), error);
}

/// What has only just arrived fails, too: it must not overtake what its caller brings again.
void GroupCommit::failAll(const Error& error) {
  {
    const base::Lock lock(mutex_);
    for (; !incoming_.empty(); incoming_.pop_front()) work_.push_back(std::move(incoming_.front()));
  }
  failSubmissions(work_.size(), error);
}

}  // namespace lianqiao::queue
