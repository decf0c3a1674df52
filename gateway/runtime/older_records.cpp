// What a peer asks after and the queue has forgotten.
#include "runtime/gateway.h"

namespace lianqiao::runtime {
namespace {

std::string_view publicState(history::DeliveryState state) {
  switch (state) {
    case history::DeliveryState::owed:
      return "waiting";
    case history::DeliveryState::buried:
      return "exception";
    default:
      return history::deliveryStateName(state);
  }
}

intake::OwnRecord ownOf(std::string_view peer, history::Hit& hit) {
  intake::OwnRecord own;
  own.id = std::move(hit.record.id);
  own.sent = hit.record.peer == peer;
  for (history::Delivery& one : hit.deliveries) {
    if (!own.sent && one.peer != peer) continue;
    const bool its = one.peer == peer;
    own.deliveries.push_back({std::move(one.peer), publicState(one.state),
                              one.at == WallTime() ? std::nullopt : std::optional(one.at),
                              its ? std::move(one.receipt) : std::string()});
  }
  return own;
}

}  // namespace

Result<std::vector<intake::OwnRecord>> Gateway::olderRecords(std::string_view peer,
                                                             std::string_view id) {
  std::vector<intake::OwnRecord> found;
  history::HistoryStore* const history = historyState().writing ? historyStore() : nullptr;
  if (history == nullptr) return found;
  history::Query query;
  query.word = id;
  query.limit = intake::OwnRecords::kMostRecords;
  query.peer = peer;
  auto page = history->find(query);
  if (!page.ok()) return page.error();
  for (history::Hit& hit : page->hits) {
    // Our own id leads to its record whoever asks.
    const bool own = hit.record.peer == peer ||
                     std::any_of(hit.deliveries.begin(), hit.deliveries.end(),
                                 [&](const history::Delivery& one) { return one.peer == peer; });
    if (hit.exception || !own) continue;
    found.push_back(ownOf(peer, hit));
    if (!found.back().sent || hit.record.gone) continue;
    auto trail = history->show(found.back().id);
    if (!trail.ok()) return trail.error();
    if (*trail) found.back().event = std::move((*trail)->event);
  }
  return found;
}

}  // namespace lianqiao::runtime
