#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/result.h"
#include "record/journal.h"

namespace lianqiao::review {

/// One delivery on a list of what is to be sent again.
struct ListedDelivery {
  std::string record;  ///< Its id.
  std::string peer;
  bool operator==(const ListedDelivery&) const = default;
};

/// What a person wants to be sent again, and how.
struct ResendWish {
  std::string by;
  std::string why;
  bool asNew = false;  ///< Under new idempotency keys.
  bool again = false;  ///< Also what somebody had sent again before.
  std::string asked;   ///< In words: which deliveries.
};

/// A list without its deliveries.
struct ResendList {
  std::string id;
  ResendWish wish;
  WallTime made{};
  std::optional<WallTime> begun;  ///< From then on nothing is put on it.
  std::uint64_t deliveries = 0;
  std::uint64_t done = 0;  ///< Owed again.
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  [[nodiscard]] std::uint64_t left() const { return deliveries - done - refused - failed; }
};

/// What became, or would become, of one delivery of a list.
struct ResendVerdict {
  enum class Cause : std::uint8_t {
    none,      ///< It is owed again.
    gone,      ///< The queue no longer has its record. Looking: the history may.
    unknown,   ///< Neither has the history, or the peer was never owed it.
    erased,    ///< Its contents were erased on a person's request.
    underWay,  ///< It was not delivered yet.
    buried,    ///< It is an exception; `text`: its id.
    resent,    ///< Somebody had it sent again; `text`: who and why.
    failed,    ///< Redis refused it; `text`: why.
  };
  ListedDelivery delivery;
  bool over = false;  ///< The list has come to it.
  Cause cause = Cause::none;
  WallTime since{};
  std::string text;
};

/// A delivered record of long ago that the history has: what the queue would have of it.
struct KeptDelivery {
  record::StoredRecord record;
  bool high = false;
  bool late = false;
  WallTime delivered{};
  std::string receipt;
};

/// What is known beyond the queue of a delivery whose record is gone.
struct ResendKnowledge {
  ListedDelivery about;
  std::optional<KeptDelivery> kept;
  ResendVerdict::Cause refused = ResendVerdict::Cause::unknown;  ///< Without `kept`.
};

/// One bounded step of a list.
struct ResendStep {
  std::vector<ResendVerdict> verdicts;
  std::uint64_t left = 0;
  std::optional<ListedDelivery> gone;  ///< It stopped there: say what is known of it.
};

/// Lists of deliveries that are to be sent again (queue/FORMAT.md, "Resend"). A list is filled,
/// then carried out step by step, by whomever: each step and how far it went are one atomic step of
/// Redis, so what ends between two is gone on with and doubles nothing. Lists go by themselves.
/// Thread-safe. Every call waits for Redis, with the configured time limit, and fails with
/// queue.unavailable.
class ResendLists {
 public:
  static constexpr std::size_t kMostOfOne = 100'000;  ///< Deliveries on one list.
  static constexpr std::size_t kMostOfAll = 1'000'000;
  static constexpr std::size_t kMostLists = 1000;
  static constexpr std::size_t kMostPerCall = 1000;

  virtual ~ResendLists() = default;

  /// An empty one. Fails with intake.overloaded where there are too many.
  virtual Result<void> make(const std::string& id, const ResendWish& wish) = 0;
  /// kMostPerCall at most; one that is on it already stands there once. How many are on it. Fails
  /// with intake.not_found, with intake.malformed where it is begun or would be too long.
  virtual Result<std::uint64_t> add(const std::string& id,
                                    const std::vector<ListedDelivery>& deliveries) = 0;
  /// The next of it are owed again, kMostPerCall at most. `known`: of the first of them, where the
  /// step before stopped at it. Nothing: there is no such list.
  virtual Result<std::optional<ResendStep>> run(const std::string& id, std::size_t most,
                                                const std::optional<ResendKnowledge>& known) = 0;
  /// Those behind `after` (empty: from the begin): what became of them, or would become. Changes
  /// nothing. Nothing: there is no such list.
  virtual Result<std::optional<std::vector<ResendVerdict>>> look(
      const std::string& id, const std::optional<ListedDelivery>& after, std::size_t most) = 0;
  virtual Result<std::optional<ResendList>> list(const std::string& id) = 0;
  /// Those of these records that the queue has, each with all whom it goes to.
  virtual Result<std::vector<ListedDelivery>> deliveriesOf(
      const std::vector<std::string>& records) = 0;
};

}  // namespace lianqiao::review
