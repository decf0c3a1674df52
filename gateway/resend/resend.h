#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "history/store.h"
#include "lianqiao/result.h"
#include "review/record_store.h"
#include "review/resend_lists.h"

/// What was delivered is sent again: a person's list is found here, frozen, and carried out.
namespace lianqiao::resend {

/// Why something is not sent again, for people.
struct Refused {
  std::string id;    ///< A record's; or what was asked for and leads to none.
  std::string peer;  ///< Empty where that is not known.
  std::string code;
  std::string message;
  bool failed = false;  ///< Redis refused it: not the delivery is to blame.
};

/// What one call put on a list.
struct Listed {
  std::uint64_t deliveries = 0;     ///< On the list now.
  std::vector<Refused> unknown;     ///< Of the ids of this call.
  std::size_t taken = 0;            ///< So many of them were looked up: ask again with the others.
  std::string next;                 ///< Of a day: go on with it; empty at the end.
  std::vector<std::string> unread;  ///< Parts of the history that could not be read, for people.
};

/// A day's deliveries to one peer.
struct DayWish {
  std::string peer;
  std::string day;   ///< YYYY-MM-DD, in the zone of the history.
  std::string type;  ///< Empty: all.
};

/// What one step of a run did.
struct Ran {
  review::ResendList list;       ///< As it stands now.
  std::vector<Refused> refused;  ///< In this step.
};

/// One delivery of a list.
struct Shown {
  review::ListedDelivery delivery;
  bool over = false;  ///< Carried out; else it is what would become of it.
  std::optional<Refused> refused;
};
struct ShownPage {
  review::ResendList list;
  std::vector<Shown> deliveries;
  std::string next;  ///< Go on behind it; empty at the end.
};

/// Finds what is to be sent again by ids, receipts, keys or a day, in the history and in the queue,
/// and carries lists out. What the queue has forgotten it takes out of the history, with the step
/// that owes it. Keeps no state of its own: a run is many steps, by whomever, and can end between
/// any two. Thread-safe.
class Resend {
 public:
  /// Null where no history is kept, or it is not open, or another node writes it.
  using History = std::function<history::HistoryStore*()>;
  /// Whether something owed to that peer would be delivered.
  using Delivers = std::function<bool(const std::string& peer)>;

  static constexpr std::size_t kMostIds = 1000;  ///< Of one call.
  static constexpr std::size_t kMostPerStep = 100;
  static constexpr std::size_t kMostShown = 500;

  /// What it is given by reference must outlive it.
  Resend(review::ResendLists& lists, review::RecordStore& records, History history,
         Delivers delivers, const base::Clock& clock, base::IdSource& ids)
      : lists_(lists),
        records_(records),
        history_(std::move(history)),
        delivers_(std::move(delivers)),
        clock_(clock),
        ids_(ids) {}

  /// The id of an empty list.
  Result<std::string> make(const review::ResendWish& wish);
  /// Each word is an id of ours, a source id, a receipt or a key; all deliveries of its records,
  /// those to `peer` alone where that is given, and those with the receipt alone where it is one.
  /// Looks words up for some seconds at most: see Listed::taken.
  Result<Listed> addIds(const std::string& list, const std::vector<std::string>& words,
                        const std::string& peer);
  /// A page of that day's deliveries, behind `after`. Fails with history.unavailable where there is
  /// no history.
  Result<Listed> addDay(const std::string& list, const DayWish& wish, const std::string& after);
  /// The next `most` deliveries of a list, kMostPerStep at most; the first step freezes it. Fails
  /// with intake.not_found.
  Result<Ran> run(const std::string& list, std::size_t most);
  /// Deliveries of a list behind `after`: what became of them, or would. Fails with
  /// intake.not_found.
  Result<ShownPage> show(const std::string& list, const std::string& after, std::size_t most);

 private:
  class Words;

  [[nodiscard]] Result<review::ResendKnowledge> knowledgeOf(
      const review::ListedDelivery& about) const;
  [[nodiscard]] Result<review::ResendList> listOf(const std::string& id) const;

  review::ResendLists& lists_;
  review::RecordStore& records_;
  const History history_;
  const Delivers delivers_;
  const base::Clock& clock_;
  base::IdSource& ids_;
};

}  // namespace lianqiao::resend
