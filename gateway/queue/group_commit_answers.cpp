#include <algorithm>
#include <utility>

#include "lianqiao/codes.h"
#include "queue/contained.h"
#include "queue/group_commit.h"
#include "queue/group_words.h"
#include "record/redact.h"
#include "redis/obstacle.h"

/// The part of GroupCommit that hears what Redis made of a group.
namespace lianqiao::queue {
namespace {

using namespace std::chrono_literals;

/// Why that entry failed; `failed` is entry, why in turn.
std::optional<std::string_view> failureOf(std::span<const redis::RedisReply> failed,
                                          long long entry) {
  for (std::size_t i = 0; i + 1 < failed.size(); i += 2)
    if (failed[i].number() == entry) return failed[i + 1].text;
  return std::nullopt;
}

}  // namespace

/// `reply` names what was not plainly accepted, and at its end what failed; null when there was
/// nothing to send. A submission of which something failed goes on to its end, for its other
/// entries.
void GroupCommit::accepted(const redis::RedisReply* reply) {
  std::span<redis::RedisReply> odd =
      reply == nullptr ? std::span<redis::RedisReply>() : reply->items;
  std::span<redis::RedisReply> failed;
  if (!odd.empty() && odd.back().kind == redis::RedisReply::Kind::array) {
    failed = odd.back().items;
    odd = odd.first(odd.size() - 1);
  }
  long long number = 0;
  for (const Slice& slice : slices_) {
    Pending& pending = work_.front();
    if (pending.verdicts.empty()) pending.verdicts.reserve(pending.submission->entries.size());
    for (std::size_t j = 0; j < slice.count; ++j) {
      const Entry& entry = pending.submission->entries[pending.next++];
      if (isTold(entry)) ++number;
      const bool plain = odd.size() < 3 || odd[0].number() != number;
      if (entry.record && plain)
        for (const std::string& peer : entry.record->destinations)
          if (!awake_.contains(peer)) awake_.insert(peer);
      pending.verdicts.push_back(
          plain ? verdictOf(entry)
                : verdictOf(entry, odd[1].text, odd[2].text,
                            entry.record ? lives_.pathOf(*entry.record) : std::string()));
      if (!plain) odd = odd.subspan(3);
      if (const auto why = failureOf(failed, number); why && !pending.refused)
        pending.refused = refuse(pending, *why);
    }
    if (!slice.last) return;
    if (pending.refused) {
      finish(pending, std::move(*pending.refused));
    } else {
      finish(pending, std::move(pending.verdicts));
    }
  }
  if (reply != nullptr) acceptLimit_ = std::min(acceptLimit_ * 2, kMostPerGroup);
}

/// Logs it, too: a sender asks again and again.
Error GroupCommit::refuse(const Pending& pending, std::string_view why) {
  const Entry& entry = pending.submission->entries[pending.next - 1];
  const std::string_view id = entry.record        ? std::string_view(entry.record->id)
                              : entry.quarantined ? std::string_view(entry.quarantined->id)
                                                  : std::string_view();
  Error error{codes::kQueueRefused,
              "Redis at " + place_.text() + " cannot store record " + std::string(id) + ": " +
                  record::maskNumbers(why) +
                  ". Other records pass. Move that key away (RENAME), or delete it if it is not "
                  "the gateway's"};
  if (const auto count = refusals_.add())
    hooks_.log(LogLevel::error,
               std::to_string(*count) + " refused since the last such line. " + error.detail);
  return error;
}

/// `reply` holds names of peers that have something new, and numbers of what was not heard.
void GroupCommit::settledGroup(const redis::RedisReply& reply) {
  for (const redis::RedisReply& item : reply.items) {
    if (item.kind != redis::RedisReply::Kind::integer) {
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
void GroupCommit::settleFailed(const redis::RedisReply& reply) {
  const Error error = connection_->refusal(reply);
  if (redis::isObstacle(redis::obstacleOf(reply.text))) {
    standBack(error);
    return;
  }
  if (settling_.size() == 1) {
    Error refused{codes::kQueueRefused,
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
  const Submissions::Submitted done = std::move(pending.done);
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
