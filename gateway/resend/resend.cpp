#include "resend/resend.h"

#include <algorithm>

#include "lianqiao/codes.h"
#include "resend/refusal.h"

namespace lianqiao::resend {
namespace {

using review::ListedDelivery;
using review::ResendKnowledge;
using review::ResendVerdict;
using Cause = ResendVerdict::Cause;

/// A step that brings back many records ends no later than about this.
constexpr std::chrono::seconds kMostTime(5);

Error noList(const std::string& id) {
  return {codes::kNotFound, "There is no list " + id + " (any more: lists go after a week)."};
}

std::string markOf(const ListedDelivery& delivery) { return delivery.record + " " + delivery.peer; }

std::optional<ListedDelivery> readMark(const std::string& text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string::npos) return std::nullopt;
  return ListedDelivery{text.substr(0, blank), text.substr(blank + 1)};
}

review::KeptDelivery keptOf(history::Trail& trail, const history::Delivery& delivery) {
  history::Envelope& envelope = *trail.record;
  review::KeptDelivery kept;
  kept.record.id = envelope.id;
  kept.record.peer = envelope.peer;
  kept.record.type = envelope.type;
  kept.record.key = envelope.key;
  kept.record.accepted = envelope.accepted;
  kept.late = trail.event.starts_with(R"({"late":true,)");
  kept.high = envelope.high;
  kept.record.event = std::move(trail.event);
  kept.record.body = std::move(trail.body);
  kept.record.evidence = std::move(trail.evidence);
  kept.delivered = delivery.at;
  kept.receipt = delivery.receipt;
  return kept;
}

}  // namespace

Result<std::string> Resend::make(const review::ResendWish& wish) {
  std::string id = ids_.next();
  if (Result<void> made = lists_.make(id, wish); !made.ok()) return made.error();
  return id;
}

Result<review::ResendList> Resend::listOf(const std::string& id) const {
  auto list = lists_.list(id);
  if (!list.ok()) return list.error();
  if (!*list) return noList(id);
  return std::move(**list);
}

/// Of a record that the queue has forgotten.
Result<ResendKnowledge> Resend::knowledgeOf(const ListedDelivery& about) const {
  ResendKnowledge known{about, std::nullopt};
  history::HistoryStore* const history = history_();
  if (history == nullptr) return known;
  auto trail = history->show(about.record);
  if (!trail.ok()) return trail.error();
  if (!*trail || !(**trail).record) return known;
  const auto& deliveries = (**trail).deliveries;
  const auto delivery = std::find_if(deliveries.begin(), deliveries.end(), [&](const auto& one) {
    return one.peer == about.peer && one.state == history::DeliveryState::delivered;
  });
  if (delivery == deliveries.end()) return known;
  if ((**trail).record->erased) {
    known.refused = Cause::erased;
  } else if (!(**trail).record->gone && !(**trail).event.empty()) {
    known.kept = keptOf(**trail, *delivery);
  }
  return known;
}

Result<Ran> Resend::run(const std::string& list, std::size_t most) {
  const auto until = clock_.steady() + kMostTime;
  Ran ran;
  std::optional<ResendKnowledge> known;
  std::size_t left = std::min(most, kMostPerStep);
  while (left > 0) {
    const auto step = lists_.run(list, left, known);
    if (!step.ok()) return step.error();
    if (!*step) return noList(list);
    known.reset();
    left -= std::min(left, (**step).verdicts.size());
    for (const ResendVerdict& verdict : (**step).verdicts)
      if (auto refused = refusalOf(verdict)) ran.refused.push_back(std::move(*refused));
    if (!(**step).gone || clock_.steady() > until) break;
    auto knowledge = knowledgeOf(*(**step).gone);
    if (!knowledge.ok()) return knowledge.error();
    known = std::move(*knowledge);
  }
  auto now = listOf(list);
  if (!now.ok()) return now.error();
  ran.list = std::move(*now);
  return ran;
}

Result<ShownPage> Resend::show(const std::string& list, const std::string& after,
                               std::size_t most) {
  auto head = listOf(list);
  if (!head.ok()) return head.error();
  const auto behind = readMark(after);
  if (!after.empty() && !behind)
    return Error{codes::kMalformed, "The page's begin is none that a page before has named."};
  const std::size_t limit = std::clamp<std::size_t>(most, 1, kMostShown);
  auto verdicts = lists_.look(list, behind, limit);
  if (!verdicts.ok()) return verdicts.error();
  if (!*verdicts) return noList(list);
  ShownPage page;
  for (ResendVerdict& verdict : **verdicts) {
    if (verdict.cause == Cause::gone) {
      const auto knowledge = knowledgeOf(verdict.delivery);
      if (!knowledge.ok()) return knowledge.error();
      verdict.cause = knowledge->kept ? Cause::none : knowledge->refused;
    }
    page.deliveries.push_back({verdict.delivery, verdict.over, refusalOf(verdict)});
  }
  if (page.deliveries.size() == limit) page.next = markOf(page.deliveries.back().delivery);
  page.list = std::move(*head);
  return page;
}

}  // namespace lianqiao::resend
