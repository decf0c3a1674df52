/// The part of PeerRuntime that reconciliation asks.
#include <future>

#include "lianqiao/codes.h"
#include "plugin/guarded_call.h"
#include "runtime/peer_runtime.h"

namespace lianqiao::runtime {
namespace {

/// Of one call, each of which has the peer's whole deadline.
constexpr std::size_t kFetchedAtOnce = 50;

}  // namespace

Result<CounterpartUse> PeerRuntime::useCounterpart() {
  if (counterpart_ == nullptr)
    return Error{codes::kReconcileUnsupported,
                 "This peer cannot be asked what it holds: its adapter has no role counterpart, or "
                 "its settings name no address for that; see lianqiao describe " +
                     peer_.adapter + "."};
  if (counterpartInUse_.exchange(true))
    return Error{codes::kOverloaded, "This peer is being reconciled just now; try again later."};
  return CounterpartUse(*counterpart_, counterpartInUse_);
}

Result<std::string> PeerRuntime::asSent(std::string_view event) const {
  thread_local expression::Workspace workspace;
  auto payload = pipeline_.outbound(peer_.name, event, workspace);
  if (!payload) return payload.error();
  return std::move(payload->text);
}

Result<std::size_t> PeerRuntime::fetch(const HeldQuery& query,
                                       const std::vector<std::string>& ids) {
  const auto use = useCounterpart();
  if (!use) return use.error();
  if (!use->role().fetches())
    return Error{codes::kReconcileUnsupported,
                 "This peer cannot be asked for single things: its settings name no address for "
                 "that. Give its engineer the CSV."};
  std::size_t fresh = 0;
  for (std::size_t i = 0; i < ids.size(); i += kFetchedAtOnce) {
    const std::span some = std::span(ids).subspan(i, std::min(kFetchedAtOnce, ids.size() - i));
    auto items = plugin::guardedCall({peer_.adapter, peer_.name, "fetch"}, [&] {
      return use->role().fetch(query, some, services_.clock.steady() + peer_.outbound.deadline);
    });
    if (!items) return items.error();
    if (items->empty()) continue;
    auto verdicts = takeIn(std::move(*items));
    if (!verdicts) return verdicts.error();
    for (const ItemVerdict& verdict : *verdicts)
      if (verdict.status == ItemVerdict::Status::accepted) ++fresh;
  }
  return fresh;
}

Result<std::vector<ItemVerdict>> PeerRuntime::takeIn(std::vector<RawItem> items) {
  thread_local expression::Workspace workspace;
  queue::Submission submission;
  for (RawItem& item : items)
    submission.entries.push_back(entries_.make(peer_.name, std::move(item), workspace));
  std::promise<Result<std::vector<ItemVerdict>>> stored;
  auto verdicts = stored.get_future();
  services_.queue.submissions().submit(
      std::move(submission),
      [&stored](Result<std::vector<ItemVerdict>> answer) { stored.set_value(std::move(answer)); });
  return verdicts.get();
}

}  // namespace lianqiao::runtime
