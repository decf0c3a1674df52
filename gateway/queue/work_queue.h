#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/roles.h"
#include "queue/obstacle_watch.h"
#include "record/record.h"

/// The durable middle. Key layout and state moves: FORMAT.md.
namespace lianqiao::queue {

/// A raw item that could not become a record: kept whole, visible, replayable.
struct Quarantined {
  std::string id;
  std::string peer;
  std::string sourceId;
  std::string origin;
  std::vector<Problem> problems;
  std::string code;  ///< The first problem's: the cause it is grouped under.
};

/// One raw item after the pipeline: a record to enqueue, or something to quarantine.
struct Entry {
  std::optional<record::Record> record;
  std::optional<Quarantined> quarantined;
  std::string body;      ///< The raw item's JSON.
  std::string evidence;  ///< Its original bytes, where they differ.
  bool forced = false;   ///< A person has it taken although it is late or names an unknown key.
};

struct CursorUpdate {
  std::string peer;
  std::string cursor;
  std::string right{};  ///< From pollRight(): once it is another's, the cursor is not stored.
};

/// Becomes durable as a whole, in order.
struct Submission {
  std::vector<Entry> entries;
  std::optional<CursorUpdate> cursor;  ///< Stored after the last entry, atomically with it.
  /// Its sender has its ids, so they may have come before: what is there under one stays as it is,
  /// and that of a repetition leads to the first one.
  bool answered = false;
};

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
  bool suspect = false;   ///< It was in flight when a process died: attempt it alone.
};

/// What a lane would take at once of what comes for its peer.
struct Demand {
  std::size_t count = 0;                                 ///< At most; 0: nothing now, announce it.
  std::chrono::milliseconds time{0};                     ///< Of the leases.
  std::function<void(Result<std::vector<Lease>>)> take;  ///< Called once when count > 0.
};

/// What became of a lease.
struct Settlement {
  enum class Kind : std::uint8_t { delivered, retry, buried, returned };
  static constexpr std::size_t kDetailBytes = 500;
  static constexpr std::size_t kReceiptBytes = 200;
  Kind kind = Kind::delivered;
  Lease lease;                         ///< Its event may be empty.
  std::string receipt;                 ///< delivered: the peer's id; kReceiptBytes are kept.
  std::chrono::milliseconds after{0};  ///< retry: not before, from now.
  std::string code;                    ///< retry, buried.
  std::string detail;                  ///< Its first kDetailBytes are kept.
};

/// `returned` gives a lease back unattempted (shutdown, paused peer): same attempt number, due at
/// once.

class RecordStore;

/// What waits of one peer's inbound exceptions.
struct ExceptionShare {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  ///< Of raw items, evidence and problems.
};

/// What waits on this node's disk for Redis (spool/).
struct SpoolDepth {
  std::uint64_t submissions = 0;  ///< Each a request's records.
  std::uint64_t bytes = 0;        ///< Of those.
  std::uint64_t limit = 0;        ///< Bytes; past it nothing more is taken.
  std::uint64_t aside = 0;  ///< Submissions that Redis refused for good: kept, a person must look.
  std::optional<WallTime> oldest;
  std::map<std::string, ExceptionShare> exceptions;  ///< Among those, by peer.
};

/// The way of records through the middle: submitted, leased, settled. What people ask of those that
/// are kept: records(). Thread-safe. Every call that waits has the configured time limit and fails
/// with queue.unavailable.
class WorkQueue {
 public:
  using Submitted = std::function<void(Result<std::vector<ItemVerdict>>)>;
  virtual ~WorkQueue() = default;

  /// Hands over for the next group commit and returns at once. `done` is called exactly once, on
  /// the commit thread, after Redis has synced (or with the Error: nothing may then be assumed).
  /// Over the bound of what may wait in memory, fails at once with queue.full. Fails with the code
  /// of the obstacle while Redis takes no records, whatever the reason, and with queue.refused
  /// where Redis would refuse this submission again (a damaged key); its other entries may be
  /// stored.
  virtual void submit(Submission submission, Submitted done) = 0;
  /// The same for a caller that may need the submission again; it must not be changed before
  /// `done`. What fails with an obstacle may be submitted again: entries whose ids are known
  /// already count as accepted.
  virtual void submitShared(std::shared_ptr<const Submission> submission, Submitted done) {
    submit(Submission(*submission), std::move(done));
  }

  /// Up to `max` deliveries of different keys, high priority first. Empty when nothing is due.
  virtual Result<std::vector<Lease>> lease(std::string_view peer, std::size_t max,
                                           std::chrono::milliseconds time) = 0;

  /// Every retry to that peer is due now; how many would have waited.
  virtual Result<std::size_t> hasten(std::string_view peer) = 0;

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

  /// Called, on a queue thread, whenever a peer may have something to lease (local knowledge; a
  /// slow sweep finds the rest).
  virtual void onReady(std::function<void(std::string_view peer)> callback) = 0;
  /// Asked, on the commit thread, for each peer to which the next group of submissions owes
  /// something: as many as are demanded, and at most as many as the group owes it, are leased in
  /// the same step, for no sync and no round trip of their own. Where not all are demanded the peer
  /// is announced as above. Neither call may wait for anything. Not asked where replicas must have
  /// the group first (`redis.min_replicas`).
  virtual void onOwed(std::function<Demand(std::string_view peer)> ask) = 0;

  /// The right to poll a source, which one node at a time has: its token, or nothing while it is
  /// another's. Cheap while it is held; ask before each poll. A token other than last time's means
  /// that another may have polled meanwhile.
  virtual Result<std::optional<std::string>> pollRight(std::string_view peer) = 0;
  /// Another node may poll it from now on.
  virtual void giveUpPolling(std::string_view peer) = 0;
  virtual Result<std::string> cursor(std::string_view peer) = 0;
  /// True when (scope, nonce) is new within `keep`, or was remembered for the same `use`; an empty
  /// `use` is like no other. Replay protection that survives restarts.
  virtual Result<bool> rememberNonce(std::string_view scope, std::string_view nonce,
                                     std::string_view use, std::chrono::milliseconds keep) = 0;

  /// Its ledger may hold fingerprints of the rule of 0.1 (record/fingerprint.h): records bear that
  /// one, too. Cheap.
  [[nodiscard]] virtual bool comparesFormer() const { return false; }

  /// Lives as long as the queue.
  [[nodiscard]] virtual RecordStore& records() = 0;

  /// False while the connection to Redis is down.
  [[nodiscard]] virtual bool available() const = 0;
  /// Why Redis takes no records now; nothing while it does.
  [[nodiscard]] virtual std::optional<Obstacle> obstacle() const { return std::nullopt; }
  /// host:port of the server that Redis Sentinel names as the primary; empty without sentinels.
  [[nodiscard]] virtual std::string primary() const { return {}; }
  /// False while submit() would be refused: there is an obstacle and no spool has room. Cheap.
  [[nodiscard]] virtual bool accepts() const { return available(); }
  /// Why it would be; nothing while it would not.
  [[nodiscard]] virtual std::optional<Error> refusal() const {
    if (const auto found = obstacle()) return Error{found->code, found->detail};
    return std::nullopt;
  }
  /// Nothing where there is no spool.
  [[nodiscard]] virtual std::optional<SpoolDepth> spool() const { return std::nullopt; }
};

}  // namespace lianqiao::queue
