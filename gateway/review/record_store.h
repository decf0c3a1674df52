#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/roles.h"
#include "queue/queue_health.h"
#include "record/record.h"

namespace lianqiao::review {

struct PeerDepth {
  /// Ready, not leased, every priority; includes those behind their key.
  std::uint64_t waiting = 0;
  std::uint64_t leased = 0;
  std::uint64_t retrying = 0;      ///< Waiting for their time.
  std::optional<WallTime> oldest;  ///< Acceptance of the oldest one not settled.
  /// When the first of those that wait for their time may go; by the wall clock as it stood when
  /// the process that gave the time started.
  std::optional<WallTime> nextRetry{};
};

/// Counters since the queue was made, kept in Redis: survive restarts.
struct PeerCounts {
  std::uint64_t accepted = 0;  ///< Records that came from it.
  std::uint64_t duplicates = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t owed = 0;  ///< Deliveries to it.
  std::uint64_t delivered = 0;
  std::uint64_t buried = 0;
  std::uint64_t attempts = 0;  ///< Failed ones.
  std::uint64_t waiting = 0;   ///< Items that wait in quarantine, now.
  std::uint64_t echoes = 0;    ///< Records that were not owed to it: its own changes.
};

struct ExceptionInfo {
  std::string id;
  std::string peer;  ///< Whose input (quarantined) or whose delivery (buried).
  bool inbound = true;
  std::string code;
  std::string detail;    ///< Problems as JSON, or the last outcome's detail.
  std::string recordId;  ///< Of a buried delivery.
  std::string sourceId;
  std::string origin;
  std::uint64_t seen = 1;  ///< Inbound: how often the same bytes came and failed the same way.
  WallTime at{};           ///< The first time.
  std::string body;        ///< Raw item; filled by exception(), not in listings.
  std::string evidence;
  std::string event;  ///< Of a buried delivery, while its record is kept; filled as `body` is.
  std::optional<WallTime> until{};  ///< It waits until then for what it names, and is none yet.
};

/// How an exception ended.
struct EndedException {
  std::string how;  ///< requeued · closed · replayed
  WallTime at{};
  std::string note;  ///< Who and why, where a person told it.
};

/// One revision of a thing that a source has sent, as the ledger knows it.
struct KnownRevision {
  std::string recordId;
  std::string revision;  ///< Empty: its content tells it from the others.
  std::string fingerprint;
  /// To the peer asked for: as TrailDelivery's, or "gone" (settled long ago); empty: not owed
  /// to it.
  std::string state;
  bool late = false;  ///< It came behind one that was made after it (queue/FORMAT.md, "Lateness").
  std::optional<record::Happened> happened{};  ///< Of the one that was made last, where it is told.
};

/// An unmapped leaf that changes alone again and again: it is updated in place and not delivered
/// (queue/FORMAT.md, "Counters").
struct HeldLeaf {
  std::string peer;
  std::string path;
  std::uint64_t updates = 0;
};

/// What waits of one peer's exceptions.
struct PeerShares {
  queue::ExceptionShare inbound;
  queue::ExceptionShare deliveries;  ///< To it; bytes also of the records that they keep.
};

/// What a release brought about.
struct Released {
  std::uint64_t delivered = 0;  ///< Things whose present state is owed now, each as a new record.
  std::uint64_t left = 0;       ///< Things that are still to be looked at: ask again.
};

struct ExceptionFilter {
  std::string peer;  ///< Empty = all.
  std::string code;
  std::optional<WallTime> from, to;
  std::size_t limit = 100;
  std::string after;  ///< Exception id to go on behind.
};

/// The stored story of one record.
struct TrailDelivery {
  std::string peer;
  /// waiting · leased · retrying · delivered · buried · echo (not owed: the very change that this
  /// peer sent)
  std::string state;
  std::string receipt;
  std::string exception;       ///< buried: its id.
  std::optional<WallTime> at;  ///< Of the last change.
  /// "time code detail" of failed ones, newest last, the last 16.
  std::vector<std::string> attempts;
};
struct Trail {
  std::string recordId;
  std::string sender;  ///< The peer that it came from.
  std::string type;
  std::string key;
  WallTime accepted{};
  std::string event;
  std::string body;  ///< Raw item; empty, as is the next, past 32 MiB of one call's.
  std::string evidence;
  std::vector<TrailDelivery> deliveries;
};

/// What is kept, for those who look at it and decide: how much waits, exceptions, trails.
/// Thread-safe. Every call waits for Redis, with the configured time limit, and fails with
/// queue.unavailable.
class RecordStore {
 public:
  virtual ~RecordStore() = default;

  virtual Result<PeerDepth> depth(std::string_view peer) = 0;
  virtual Result<std::map<std::string, PeerCounts>> counts() = 0;
  virtual Result<std::vector<ExceptionInfo>> exceptions(const ExceptionFilter& filter) = 0;
  virtual Result<std::map<std::string, std::uint64_t>> exceptionCounts() = 0;  ///< By "peer code".
  virtual Result<std::map<std::string, PeerShares>> exceptionShares() = 0;     ///< By peer.
  virtual Result<std::optional<ExceptionInfo>> exception(std::string_view id) = 0;
  /// Of one that is none any more, as long as that is remembered.
  virtual Result<std::optional<EndedException>> ended(std::string_view exceptionId) = 0;
  /// Puts a buried delivery back behind its key's others; removes the exception. False: no such
  /// one. `who` wants it, or empty: the journal tells.
  virtual Result<bool> requeue(std::string_view exceptionId, std::string_view who) = 0;
  /// What has come of one thing, in order of arrival: for `retention.duplicates` after the last.
  virtual Result<std::vector<KnownRevision>> revisions(std::string_view source,
                                                       std::string_view sourceId,
                                                       std::string_view to) = 0;
  /// Of a record that is a step: the latest steps that moved the thing on whose key it bears, in
  /// order: eight at most, for `retention.duplicates` after the last. Of another: none.
  virtual Result<std::vector<KnownRevision>> steps(std::string_view key, std::string_view recordId,
                                                   std::string_view to) = 0;
  /// Removes an exception: a quarantined item once its replay was submitted, or one that a person
  /// closes. `note` stands in the trail of a buried delivery, which stays buried. False: no such
  /// one.
  virtual Result<bool> dropException(std::string_view exceptionId, std::string_view note = {}) = 0;
  /// By our id (a record's, also one that a repetition was given while Redis was away, or that of
  /// an exception of a delivery, also after it was replayed or closed), a peer's source id, a
  /// receipt, or a key. Several records may share a source id or a key; those of a key that are
  /// settled are searched for among all that are kept, for at most three seconds.
  virtual Result<std::vector<Trail>> trail(std::string_view anyId) = 0;
  /// Those that `peer` sent or was owed, by our id, its source id, or a receipt that it gave;
  /// nothing else is read. The newest first, `most` at most.
  virtual Result<std::vector<Trail>> ownTrails(std::string_view peer, std::string_view anyId,
                                               std::size_t most) = 0;
  virtual Result<std::vector<HeldLeaf>> held() = 0;
  /// Its changes are delivered from now on, and so is the present state of up to 500 things that
  /// wait with one; each of those is one step of Redis. Harmless to repeat; until nothing is left
  /// held() names the leaf. Nothing: it is not held.
  virtual Result<std::optional<Released>> release(std::string_view peer, std::string_view path) = 0;
};

/// For who comes too late: it is no exception, and how it ended. Fails like the store does.
[[nodiscard]] Error noSuchException(RecordStore& records, std::string_view id);

}  // namespace lianqiao::review
