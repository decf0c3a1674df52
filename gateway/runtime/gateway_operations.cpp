/// The part of Gateway that the admin API shows and calls.
#include "lianqiao/codes.h"
#include "runtime/gateway.h"

namespace lianqiao::runtime {
namespace {

std::string_view nameOf(intake::ReplayItem::Result result) {
  switch (result) {
    case intake::ReplayItem::Result::accepted:
      return "accepted";
    case intake::ReplayItem::Result::duplicate:
      return "duplicate";
    case intake::ReplayItem::Result::requeued:
      return "requeued";
    case intake::ReplayItem::Result::failing:
      return "failing";
    case intake::ReplayItem::Result::superseded:
      return "superseded";
  }
  return {};
}

Result<admin::ReplayAnswer> toAdmin(Result<intake::ReplayPage> page) {
  if (!page) return page.error();
  admin::ReplayAnswer out{{}, std::move(page->next), std::move(page->stopped)};
  for (intake::ReplayItem& item : page->items) {
    out.items.push_back({std::move(item.id), std::move(item.peer), nameOf(item.result),
                         std::move(item.code), std::move(item.message)});
  }
  return out;
}

}  // namespace

admin::HistoryState Gateway::historyState() const {
  return history_ ? history_->state() : admin::HistoryState();
}

history::HistoryStore* Gateway::historyStore() const {
  return history_ ? history_->store() : nullptr;
}

std::vector<report::Report> Gateway::reports() const {
  const base::Lock lock(reloading_);
  return setup_.reports;
}

Result<admin::SentPayload> Gateway::sent(const history::Trail& trail,
                                         const history::Delivery& delivery) {
  setup::AdapterSet adapters;
  {
    const base::Lock lock(reloading_);
    adapters = setup_.adapters;
  }
  return sentAgain_.of(*history_->store(), adapters, trail, delivery);
}

std::vector<admin::PeerFacts> Gateway::peers() const {
  std::vector<admin::PeerFacts> facts;
  const auto table = table_.get();
  for (const auto& [name, runtime] : table->peers) facts.push_back(runtime->facts());
  return facts;
}

admin::PeerState Gateway::delivery(const std::string& name) const {
  const auto runtime = peer(name);
  admin::PeerState state = runtime ? runtime->deliveryState() : admin::PeerState{"off", {}, {}, {}};
  state.since = peerWatch_.downSince(name, PeerWatch::Way::delivery);
  return state;
}

admin::PeerState Gateway::polling(const std::string& name) const {
  const auto runtime = peer(name);
  admin::PeerState state = runtime ? runtime->pollingState() : admin::PeerState{"off", {}, {}, {}};
  if (!state.since) state.since = peerWatch_.downSince(name, PeerWatch::Way::polling);
  return state;
}

std::vector<std::string> Gateway::ignored(const std::string& name) const {
  return pipeline_.ignored(name);
}

std::string Gateway::mask(const std::string& event) const { return pipeline_.masked(event); }

Result<admin::ReplayAnswer> Gateway::replayOne(const std::string& exceptionId,
                                               admin::ReplayOptions mode) {
  auto item = replay_->one(exceptionId, {mode.preview, mode.force, mode.who});
  if (!item) return item.error();
  intake::ReplayPage page;
  page.items.push_back(std::move(item).value());
  return toAdmin(std::move(page));
}

Result<admin::ReplayAnswer> Gateway::replayPage(const review::ExceptionFilter& filter,
                                                admin::ReplayOptions mode) {
  return toAdmin(replay_->page(filter, {mode.preview, mode.force, mode.who}));
}

admin::ReloadAnswer Gateway::reloadConfiguration() {
  const ReloadReport report = reload();
  return {report.complete(), toJson(report)};
}

admin::Resumed Gateway::resume(const std::string& name) {
  admin::Resumed resumed;
  resumed.suspects = guard_->forgive(name);
  const auto runtime = peer(name);
  if (runtime == nullptr) return resumed;
  resumed.polls = runtime->resumePolling();
  if (!runtime->takes()) return resumed;
  resumed.deliveries = runtime->resumeDelivery();
  if (const auto retries = queue_->deliveries().makeRetriesDue(name)) {
    resumed.retries = *retries;
  } else {
    resumed.away = retries.error();
  }
  return resumed;
}

Result<admin::ReconcileAnswer> Gateway::reconcile(const admin::ReconcileWish& wish) {
  return reconciler_->reconcile(*peer(wish.peer), wish);
}

std::vector<admin::ReconciledLine> Gateway::reconciled(const std::string& name) const {
  const auto runtime = peer(name);
  return runtime ? reconciler_->lines(*runtime) : std::vector<admin::ReconciledLine>();
}

void Gateway::noteClosed(const review::ExceptionInfo& exception, const std::string& note) {
  log_.write(LogLevel::warning, "admin",
             {{"peer", exception.peer}, {"code", exception.code}, {"exception", exception.id}},
             "An exception was " + note);
}

void Gateway::noteResend(const review::ResendList& list) {
  log_.write(LogLevel::warning, "admin", {{"list", list.id}},
             std::to_string(list.deliveries) + " deliveries are sent again by " + list.wish.by +
                 (list.wish.asNew ? " under new idempotency keys: " : ": ") + list.wish.why);
}

void Gateway::noteRawShown(const std::string& what, const std::string& by) {
  log_.write(LogLevel::warning, "admin", {}, "Raw items were shown to " + by + ": " + what);
}

}  // namespace lianqiao::runtime
