#include "delivery/attempt.h"

#include <algorithm>
#include <utility>

#include "base/visible.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "plugin/guarded_call.h"
#include "record/quote_mask.h"
#include "record/redact.h"
#include "record/reference.h"

namespace lianqiao::delivery {

namespace {

constexpr std::size_t kAnswerCharacters = 1024;
/// What tells the id wakes who lacks it; this is for what was told beside that.
constexpr std::chrono::milliseconds kLookAgain{60'000};

std::vector<json::Value> payloadsOf(std::span<const Delivery> deliveries) {
  std::vector<json::Value> payloads;
  payloads.reserve(deliveries.size());
  for (const Delivery& delivery : deliveries) payloads.push_back(delivery.payload);
  return payloads;
}

/// Nothing that a platform says is kept, logged or shown before this. What it says of one record
/// may quote another of the same call.
void mask(std::span<const Delivery> deliveries, std::span<Outcome> outcomes) {
  std::optional<record::QuoteMask> quotes;
  for (Outcome& outcome : outcomes) {
    const std::string said = std::exchange(outcome.said, {});
    const std::string answer = std::exchange(outcome.answer, {});
    if (outcome.verdict == Verdict::delivered) continue;
    outcome.detail = record::maskNumbers(outcome.detail);
    if (trim(said).empty() && trim(answer).empty()) continue;
    if (!quotes) quotes.emplace(payloadsOf(deliveries));
    if (!trim(said).empty()) outcome.detail += " It says: " + quotes->mask(said);
    if (!trim(answer).empty())
      outcome.answer =
          base::visible(quotes->mask(answer, kAnswerCharacters), base::LineEnds::escaped);
  }
}

}  // namespace

std::vector<Attempt::End> Attempt::make(std::vector<queue::Lease> leases, Deadline deadline) {
  std::vector<End> ends;
  ends.reserve(leases.size());
  for (queue::Lease& lease : leases) ends.push_back({std::move(lease), Outcome()});
  if (prepared_.size() < ends.size()) prepared_.resize(ends.size());
  deliveries_.clear();
  std::vector<std::size_t> asked;
  if (!lookUp(ends)) {
    for (End& end : ends) end.what = Elsewhere();
    return ends;
  }
  for (std::size_t i = 0; i < ends.size(); ++i) {
    std::optional<Delivery> delivery = prepare(ends[i], prepared_[i]);
    if (!delivery) continue;
    deliveries_.push_back(*delivery);
    asked.push_back(i);
  }
  if (!asked.empty()) {
    std::vector<Outcome> outcomes = call(deadline);
    mask(deliveries_, outcomes);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      ends[asked[i]].what = std::move(outcomes[i]);
      handOver(ends[asked[i]], std::move(prepared_[asked[i]].text));
    }
  }
  // Each of many threads would keep the memory of its largest batch.
  prepared_.resize(1);
  return ends;
}

/// Why it could not be made; where that is an id which may yet be told, for how long.
void Attempt::lack(End& end, Error why) {
  end.what = why;
  if (references_ == nullptr || why.code != codes::kUnknownReference) return;
  const auto lack = references_->lack(peer_.name, end.lease.key, end.lease.recordId, wait_);
  if (!lack) {
    end.what = Elsewhere();
    return;
  }
  const auto left = lack->id.empty() ? lack->until - lack->now : std::chrono::milliseconds(0);
  if (!lack->id.empty() || left.count() > 0)
    end.what = Lacking{std::move(why), std::min(left, kLookAgain)};
}

/// The peer's own ids of all things, in one round trip. False: they cannot be known now.
bool Attempt::lookUp(const std::vector<End>& ends) {
  if (references_ == nullptr || !pipeline_.namesTheirs(peer_.name)) return true;
  std::vector<std::string> keys;
  keys.reserve(ends.size());
  for (const End& end : ends) keys.push_back(end.lease.key);
  auto ids = references_->idsOf(peer_.name, keys);
  if (!ids) return false;
  for (std::size_t i = 0; i < ends.size(); ++i)
    prepared_[i].workspace.references.theirs = std::move((*ids)[i]);
  return true;
}

void Attempt::handOver(End& end, std::string payload) {
  const auto* outcome = std::get_if<Outcome>(&end.what);
  if (sent_ == nullptr || outcome == nullptr || outcome->verdict != Verdict::delivered) return;
  end.digest = record::payloadDigest(payload);
  sent_->add(end.lease.recordId, peer_.name, std::move(payload));
}

/// Nothing: `end` says why.
std::optional<Delivery> Attempt::prepare(End& end, Prepared& prepared) {
  const queue::Lease& lease = end.lease;
  if (!queue_.begin(lease)) {
    end.what = Elsewhere();
    return std::nullopt;
  }
  auto payload = pipeline_.outbound(peer_.name, lease.event, prepared.workspace);
  if (!payload) {
    lack(end, payload.error());
    return std::nullopt;
  }
  if (!queue_.begin(lease)) {
    end.what = Elsewhere();
    return std::nullopt;
  }
  prepared.idempotencyKey = lease.recordId + "." + peer_.name;
  if (!lease.newKey.empty()) prepared.idempotencyKey += "." + lease.newKey;
  prepared.text = std::move(payload->text);
  return Delivery{lease.recordId, lease.key,      lease.type,    prepared.idempotencyKey,
                  lease.attempt,  payload->value, prepared.text, prepared.workspace.input.root};
}

/// An outcome for each of deliveries_, whatever the adapter does.
std::vector<Outcome> Attempt::call(Deadline deadline) {
  const bool one = deliveries_.size() == 1;
  auto returned =
      plugin::guardedCall({peer_.adapter, peer_.name, one ? "deliver" : "deliverBatch"}, [&] {
        return one ? std::vector<Outcome>{peer_.sink.deliver(deliveries_.front(), deadline)}
                   : peer_.sink.deliverBatch(deliveries_, deadline);
      });
  if (!returned.ok())
    return std::vector<Outcome>(deliveries_.size(), outcomeOfError(returned.error()));
  std::vector<Outcome> outcomes = std::move(returned).value();
  outcomes.resize(
      deliveries_.size(),
      Outcome::failed(Verdict::retry, codes::kPluginThrew,
                      "The adapter gave fewer outcomes than deliveries; mend the adapter."));
  return outcomes;
}

const Outcome* Attempt::telling(const std::vector<End>& ends) {
  const auto rank = [](const Outcome& outcome) {
    if (outcome.verdict == Verdict::refused) return 0;
    return outcome.verdict == Verdict::delivered || outcome.verdict == Verdict::rejected ? 1 : 2;
  };
  const Outcome* found = nullptr;
  for (const End& end : ends) {
    const auto* outcome = std::get_if<Outcome>(&end.what);
    if (outcome != nullptr && (found == nullptr || rank(*outcome) < rank(*found))) found = outcome;
  }
  return found;
}

}  // namespace lianqiao::delivery
