// What a list is filled with: words that lead to records, and days.
#include <algorithm>
#include <span>

#include "base/ids.h"
#include "lianqiao/codes.h"
#include "resend/refusal.h"
#include "resend/resend.h"

namespace lianqiao::resend {
namespace {

using review::ListedDelivery;

/// A call looks words up no longer than this.
constexpr std::chrono::seconds kMostLookUp(5);
constexpr std::size_t kPage = 1000;

/// A receipt leads to its own delivery; every other word to all of the record's.
void addDeliveries(const history::Hit& hit, const std::string& word,
                   std::vector<ListedDelivery>& found) {
  const auto isReceipt = [&](const history::Delivery& one) { return one.receipt == word; };
  const bool byReceipt = std::any_of(hit.deliveries.begin(), hit.deliveries.end(), isReceipt) &&
                         hit.record.id != word && hit.record.sourceId != word &&
                         hit.record.key != word;
  for (const history::Delivery& one : hit.deliveries)
    if (!byReceipt || isReceipt(one)) found.push_back({hit.record.id, one.peer});
}

void addDeliveries(const review::Trail& trail, const std::string& word,
                   std::vector<ListedDelivery>& found) {
  const auto isReceipt = [&](const review::TrailDelivery& one) { return one.receipt == word; };
  const bool byReceipt = std::any_of(trail.deliveries.begin(), trail.deliveries.end(), isReceipt) &&
                         trail.recordId != word && trail.key != word;
  for (const review::TrailDelivery& one : trail.deliveries)
    if (!byReceipt || isReceipt(one)) found.push_back({trail.recordId, one.peer});
}

}  // namespace

/// One call of addIds().
class Resend::Words {
 public:
  Words(Resend& resend, const std::string& peer)
      : resend_(resend), history_(resend.history_()), peer_(peer) {}

  Result<void> take(const std::string& word) {
    std::vector<ListedDelivery> found;
    if (Result<void> looked = look(word, found); !looked.ok()) return looked;
    if (!peer_.empty())
      std::erase_if(found, [&](const ListedDelivery& one) { return one.peer != peer_; });
    if (found.empty()) {
      const std::string whom = peer_.empty() ? "anybody" : peer_;
      listed_.unknown.push_back(unknownOf(
          word, peer_, "Nothing that was owed to " + whom + " is known by this id or receipt."));
      return {};
    }
    for (ListedDelivery& one : found) {
      if (resend_.delivers_(one.peer)) {
        deliveries_.push_back(std::move(one));
      } else {
        listed_.unknown.push_back(
            unknownOf(one.record, one.peer, "Nothing is delivered to " + one.peer + " any more."));
      }
    }
    return {};
  }

  /// Puts on the list what was found; a list takes so many at a time.
  Result<Listed> end(const std::string& list, std::size_t taken) {
    listed_.taken = taken;
    std::span<const ListedDelivery> left = deliveries_;
    do {
      const auto some = left.first(std::min(left.size(), review::ResendLists::kMostPerCall));
      auto added = resend_.lists_.add(list, {some.begin(), some.end()});
      if (!added.ok()) return added.error();
      listed_.deliveries = *added;
      left = left.subspan(some.size());
    } while (!left.empty());
    return std::move(listed_);
  }

 private:
  Result<void> look(const std::string& word, std::vector<ListedDelivery>& found) {
    if (history_ != nullptr) {
      if (Result<void> done = lookInHistory(word, found); !done.ok()) return done;
    } else if (!base::isId(word)) {
      auto trails = resend_.records_.trail(word);
      if (!trails.ok()) return trails.error();
      for (const review::Trail& trail : *trails) addDeliveries(trail, word, found);
    }
    if (!found.empty() || !base::isId(word)) return {};
    // The history is a little behind what happens.
    auto kept = resend_.lists_.deliveriesOf({word});
    if (!kept.ok()) return kept.error();
    found = std::move(kept).value();
    return {};
  }

  Result<void> lookInHistory(const std::string& word, std::vector<ListedDelivery>& found) {
    history::Query query;
    query.word = word;
    query.limit = kPage;
    do {
      const auto page = history_->find(query);
      if (!page.ok()) return page.error();
      if (!page->unread.empty())
        return Error{codes::kHistoryDamaged,
                     "Not all of the history could be looked through: " + page->unread.front()};
      for (const history::Hit& hit : page->hits)
        if (!hit.exception) addDeliveries(hit, word, found);
      query.after = page->next;
    } while (!query.after.empty() && found.size() < review::ResendLists::kMostOfOne);
    return {};
  }

  Resend& resend_;
  history::HistoryStore* const history_;
  const std::string& peer_;
  std::vector<ListedDelivery> deliveries_;
  Listed listed_;
};

Result<Listed> Resend::addIds(const std::string& list, const std::vector<std::string>& words,
                              const std::string& peer) {
  if (words.size() > kMostIds)
    return Error{codes::kMalformed,
                 "At most " + std::to_string(kMostIds) + " ids in one request; send several."};
  const auto until = clock_.steady() + kMostLookUp;
  Words call(*this, peer);
  std::size_t taken = 0;
  while (taken < words.size() && (taken == 0 || clock_.steady() < until)) {
    if (Result<void> done = call.take(words[taken]); !done.ok()) return done.error();
    ++taken;
  }
  return call.end(list, taken);
}

Result<Listed> Resend::addDay(const std::string& list, const DayWish& wish,
                              const std::string& after) {
  history::HistoryStore* const history = history_();
  if (history == nullptr)
    return Error{codes::kHistoryUnavailable,
                 "What was delivered on a day stands in the history, which is not open on this "
                 "node; name the records by --list instead."};
  history::Query query;
  query.peer = wish.peer;
  query.type = wish.type;
  query.deliveredOn = wish.day;
  query.limit = kPage;
  query.after = after;
  const auto page = history->find(query);
  if (!page.ok()) return page.error();
  std::vector<ListedDelivery> found;
  for (const history::Hit& hit : page->hits) found.push_back({hit.record.id, wish.peer});
  const auto added = lists_.add(list, found);
  if (!added.ok()) return added.error();
  return Listed{*added, {}, found.size(), page->next, page->unread};
}

}  // namespace lianqiao::resend
