#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/roles.h"
#include "record/record.h"

namespace lianqiao::queue {

/// One delivery handed to a worker. Valid until `until` (steady clock); settle it or let it lapse.
struct Lease {
  std::string peer;
  std::string recordId;
  std::string key;
  std::string type;
  std::string entry;  ///< Token of this lease; settle() with another one is ignored.
  std::string event;  ///< The CloudEvent.
  int attempt = 1;
  WallTime accepted{};  ///< When the record was accepted: age decides when to give up.
  record::Priority priority = record::Priority::normal;
  std::chrono::steady_clock::time_point until{};
  std::uint64_t era = 0;  ///< The queue's own: see begin().
  /// Where it was sent again under a new idempotency key: what that ends with; else empty.
  std::string newKey{};
  bool suspect = false;  ///< It was in flight when a process died: attempt it alone.
};

/// What became of a lease.
struct Settlement {
  /// `returned` gives a lease back unattempted (shutdown, paused peer): same attempt number, due at
  /// once.
  enum class Kind : std::uint8_t { delivered, retry, buried, returned };
  static constexpr std::size_t kDetailBytes = 500;
  static constexpr std::size_t kReceiptBytes = 200;
  static constexpr std::size_t kAnswerBytes = 1024;
  Kind kind = Kind::delivered;
  Lease lease;          ///< Its event may be empty.
  std::string receipt;  ///< delivered: the peer's id; kReceiptBytes are kept.
  /// delivered: that id where it is kept as a cross-reference; else empty. Where it is that of
  /// another key already, the delivery is buried instead (deliver.receipt_taken).
  std::string reference{};
  std::chrono::milliseconds after{0};  ///< retry: not before, from now.
  std::string code;                    ///< retry, buried.
  std::string detail;                  ///< Its first kDetailBytes are kept.
  /// delivered: of what was sent (record::payloadDigest), for the journal; empty where not known.
  std::string digest = {};
  /// retry, buried: what the peer answered, masked, for the journal; its first kAnswerBytes are
  /// kept where the group has room for it.
  std::string answer = {};
};

/// The way of records out of the queue: leased, sent by whoever has the lease, settled.
/// Thread-safe. Every call that waits has the configured time limit and fails with
/// queue.unavailable.
class Deliveries {
 public:
  virtual ~Deliveries() = default;

  /// Up to `max` deliveries of different keys, high priority first. Empty when nothing is due.
  virtual Result<std::vector<Lease>> lease(std::string_view peer, std::size_t max,
                                           std::chrono::milliseconds time) = 0;

  /// Every retry to that peer is due now; how many would have waited.
  virtual Result<std::size_t> makeRetriesDue(std::string_view peer) = 0;

  /// Asked before anything is done with a delivery, and again right before it is sent: false when
  /// another node may have it by now (this one was frozen, or cut off from Redis for some seconds);
  /// give the lease back then. From the first call until it is settled the delivery is in flight:
  /// should the process die, it gets a strike. Cheap, local.
  [[nodiscard]] virtual bool begin(const Lease& lease) = 0;

  /// Queues the settlement for the next group; lost only with the process (then the lease lapses
  /// and the delivery is tried again: the documented duplicate window).
  virtual void settle(Settlement settlement) = 0;
  /// Settles and waits until that is durable (outbox acknowledgements). Returns the indexes of
  /// those that changed nothing, since their lease is not or no longer held: another's, lapsed,
  /// settled before. (After a lost answer of Redis one that was heard may be among them.) Fails
  /// with queue.refused where Redis refused one of them for good: its lease lapses, the others
  /// count.
  virtual Result<std::vector<std::size_t>> settleNow(std::vector<Settlement> settlements) = 0;
  /// Waits until everything settled so far is durable. Fails once with queue.refused where Redis
  /// has refused a settlement for good since the last call.
  virtual Result<void> flush() = 0;
};

}  // namespace lianqiao::queue
