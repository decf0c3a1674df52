#include "runtime/sent_again.h"

#include <algorithm>

#include "lianqiao/codes.h"
#include "record/sent_payloads.h"
#include "setup/kept_configuration.h"

namespace lianqiao::runtime {
namespace {

using How = admin::SentPayload::How;

constexpr std::size_t kMostCompiled = 4;

admin::SentPayload unknown(std::string why) { return {How::unknown, {}, std::move(why)}; }

}  // namespace

Result<admin::SentPayload> SentAgain::of(history::HistoryStore& store,
                                         const setup::AdapterSet& adapters,
                                         const history::Trail& trail,
                                         const history::Delivery& delivery) {
  if (!trail.record || delivery.state != history::DeliveryState::delivered)
    return unknown("It was not delivered.");
  auto kept = store.sent(trail.record->id, delivery.peer);
  if (!kept.ok()) return kept.error();
  // Of a delivery that was made twice the bytes of one alone are kept.
  if (*kept && (delivery.digest.empty() || record::payloadDigest(**kept) == delivery.digest))
    return admin::SentPayload{How::kept, std::move(**kept), {}};
  return made(store, adapters, trail, delivery);
}

admin::SentPayload SentAgain::made(history::HistoryStore& store, const setup::AdapterSet& adapters,
                                   const history::Trail& trail, const history::Delivery& delivery) {
  if (trail.event.empty()) return unknown("The record's content is gone.");
  const auto pipeline = pipelineOf(store, adapters, delivery.configuration);
  if (!pipeline.ok()) return unknown(pipeline.error().detail);
  expression::Workspace workspace;
  auto payload = (*pipeline)->outbound(delivery.peer, trail.event, workspace);
  if (!payload.ok()) return unknown(payload.error().code + ": " + payload.error().detail);
  admin::SentPayload found{How::recomputed, std::move(payload->text), {}};
  if (delivery.digest.empty()) {
    found.how = How::different;
    found.why =
        "It may differ: the digest of what was sent is not known (the peer fetched it, or "
        "the settlement was made up for).";
  } else if (record::payloadDigest(found.payload) != delivery.digest) {
    found.how = How::different;
    found.why = trail.record->updated
                    ? "The record was updated in place, perhaps after it was sent."
                    : "This version of the gateway makes it otherwise than the one that sent it, "
                      "or the record went out marked as late.";
  }
  return found;
}

Result<SentAgain::Compiled> SentAgain::pipelineOf(history::HistoryStore& store,
                                                  const setup::AdapterSet& adapters,
                                                  const std::string& version) {
  const base::Lock lock(mutex_);
  const auto known = std::find_if(compiled_.begin(), compiled_.end(),
                                  [&](const auto& one) { return one.first == version; });
  if (known != compiled_.end()) return known->second;
  const auto text = store.configuration(version);
  if (!text.ok()) return text.error();
  const auto files = *text ? setup::KeptConfiguration::ofText(**text) : std::nullopt;
  if (!files)
    return Error{codes::kNotFound, "The configuration " + version +
                                       " by which it was sent is not kept here; another node may "
                                       "have sent it."};
  auto pipeline = files->compile(adapters, scratch_);
  if (!pipeline.ok()) return pipeline.error();
  if (compiled_.size() >= kMostCompiled) compiled_.erase(compiled_.begin());
  compiled_.emplace_back(version, *pipeline);
  return pipeline;
}

}  // namespace lianqiao::runtime
