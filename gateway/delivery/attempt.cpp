#include "delivery/attempt.h"

#include <utility>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "plugin/guarded_call.h"
#include "record/redact.h"

namespace lianqiao::delivery {

namespace {

/// Nothing that a platform says is kept, logged or shown before this. Its whole words are kept
/// nowhere: who may read them asks the platform.
void mask(const Delivery& delivery, Outcome& outcome) {
  if (outcome.verdict == Verdict::delivered) return;
  outcome.detail = record::maskNumbers(outcome.detail);
  if (trim(outcome.said).empty()) return;
  outcome.detail += " It says: " + record::maskQuoted(outcome.said, delivery.payload);
  outcome.said.clear();
}

}  // namespace

std::vector<Attempt::End> Attempt::make(std::vector<queue::Lease> leases, Deadline deadline) {
  std::vector<End> ends;
  ends.reserve(leases.size());
  for (queue::Lease& lease : leases) ends.push_back({std::move(lease), Outcome()});
  if (papers_.size() < ends.size()) papers_.resize(ends.size());
  deliveries_.clear();
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    std::optional<Delivery> delivery = prepare(ends[i], papers_[i]);
    if (!delivery) continue;
    deliveries_.push_back(*delivery);
    asked.push_back(i);
  }
  if (!asked.empty()) {
    std::vector<Outcome> outcomes = call(deadline);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      mask(deliveries_[i], outcomes[i]);
      ends[asked[i]].what = std::move(outcomes[i]);
    }
  }
  // Each of many threads would keep the memory of its largest batch.
  papers_.resize(1);
  return ends;
}

/// Nothing: `end` says why.
std::optional<Delivery> Attempt::prepare(End& end, Papers& papers) {
  const queue::Lease& lease = end.lease;
  if (!queue_.begin(lease)) {
    end.what = Elsewhere();
    return std::nullopt;
  }
  auto payload = pipeline_.outbound(peer_.name, lease.event, papers.workspace);
  if (!payload) {
    end.what = payload.error();
    return std::nullopt;
  }
  if (!queue_.begin(lease)) {
    end.what = Elsewhere();
    return std::nullopt;
  }
  papers.idempotencyKey = lease.recordId + "." + peer_.name;
  papers.text = std::move(payload->text);
  return Delivery{lease.recordId, lease.key,      lease.type,  papers.idempotencyKey,
                  lease.attempt,  payload->value, papers.text, papers.workspace.input.root};
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

}  // namespace lianqiao::delivery
