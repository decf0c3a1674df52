#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log_line.h"
#include "history/particulars.h"
#include "history/store_settings.h"
#include "lianqiao/host.h"
#include "lianqiao/result.h"
#include "record/journal.h"

/// What happened, kept for years: records with their contents, what became of them, exceptions and
/// their end, and how many of each there were a day.
namespace lianqiao::history {

/// A record's content, with what a search finds it by.
struct BatchRecord {
  record::StoredRecord content;
  Particulars particulars;
};

/// What went to a peer for one record.
struct SentPayload {
  std::string record;
  std::string peer;
  std::string payload;
};

/// Entries of a journal, in order, with the contents that they name. A content that is gone may be
/// missing: that the record was there is kept all the same.
struct Batch {
  std::vector<record::JournalEntry> entries;
  std::vector<BatchRecord> records;  ///< Accepted, updated, and named ones, each once.
  std::vector<record::StoredException> exceptions;  ///< Quarantined ones, each once.
  std::vector<SentPayload> sent{};  ///< Of deliveries among the entries, as far as they are known.
};

enum class DeliveryState : std::uint8_t { owed, retrying, delivered, buried, closed };
[[nodiscard]] std::string_view deliveryStateName(DeliveryState state);

struct Delivery {
  std::string peer;
  DeliveryState state = DeliveryState::owed;
  WallTime at{};  ///< Of its last change; 0 where nothing has happened yet.
  int attempts = 0;
  std::string code;  ///< Of the last attempt, where it failed.
  std::string receipt;
  std::string exception;      ///< Id, of when it was last buried; empty where it never was.
  std::string configuration;  ///< In force at the last attempt.
  std::string digest;         ///< Of what was delivered; empty where it is not known.
};

/// An attempt that failed, or that a person had the record sent again (verdict resent). The one
/// that delivered stands in its Delivery.
struct FailedAttempt {
  std::string peer;
  WallTime at{};
  int number = 1;
  record::Attempt::Verdict verdict = record::Attempt::Verdict::retry;
  std::string code;
  std::string detail;  ///< Numbers of persons are masked in it.
  std::string answer;  ///< What the peer answered, masked; empty where it was not kept.
  std::string configuration;
};

struct RepetitionCount {
  std::string peer;
  std::uint64_t times = 0;
  WallTime first{};
  WallTime last{};
};

/// A record without its contents.
struct Envelope {
  std::string id;
  std::string peer;  ///< It came from.
  std::string type;
  std::string key;
  std::string sourceId;
  std::string revision;
  std::string division;
  std::string grid;
  std::string configuration;  ///< In force when it was accepted; empty where that is not known.
  WallTime accepted{};
  WallTime happened{};
  bool high = false;
  bool updated = false;  ///< In place, after it was accepted.
  bool erased = false;   ///< Its contents were blanked on a person's request.
  bool gone = false;     ///< Its contents were gone before the history came to it, or are damaged.
};

/// An exception, also one whose record is known: a delivery that was buried.
struct ExceptionTrail {
  std::string id;
  std::string peer;
  std::string code;
  std::string record;  ///< Id of the record that could not be delivered; empty on the way in.
  std::string sourceId;
  WallTime at{};
  std::uint64_t seen = 1;  ///< How often its item came.
  WallTime last{};
  WallTime ended{};  ///< 0 while it is open.
  std::string how;
  std::string note;
  std::string
      detail;  ///< With origin, body and evidence of what was quarantined; as the queue had.
  std::string origin;
  std::string body;
  std::string evidence;
};

/// Everything that is known of one record, or of one exception on the way in.
struct Trail {
  std::optional<Envelope> record;
  std::string event;
  std::string body;
  std::string evidence;
  std::vector<Delivery> deliveries;
  std::vector<FailedAttempt> attempts;  ///< Oldest first.
  std::vector<RepetitionCount> repetitions;
  std::vector<ExceptionTrail> exceptions;  ///< Without contents where it has a record.
};

/// All that is set must hold; with nothing set every record is a hit.
struct Query {
  std::string word{};    ///< Any id: ours, source id, key, receipt, an exception's. Exact.
  std::string number{};  ///< Telephone or id number; four characters are the last four.
  std::string text{};    ///< Words of two characters or more that stand in its texts.
  std::string region{};  ///< Division or grid code, or a division's first 2, 4, 6 or 9 digits.
  std::string type{};
  std::string peer{};  ///< It came from, or it was owed to.
  std::optional<DeliveryState> state{};
  /// YYYY-MM-DD in the store's zone: delivered then to `peer`, which must be given.
  std::string deliveredOn{};
  std::optional<WallTime> from{};  ///< Accepted at or after.
  std::optional<WallTime> to{};    ///< Accepted before.
  std::size_t limit = 50;          ///< 1 to 1,000.
  std::string after{};             ///< Page::next of the page before; empty for the first.
};

struct Hit {
  Envelope record;  ///< Of an exception: id, peer, source id and accepted alone.
  bool exception = false;
  std::vector<Delivery> deliveries;
};

struct Page {
  std::vector<Hit> hits;  ///< Newest first.
  /// Where the next page begins; empty at the end. A page may be short, or empty, and have one:
  /// what is looked through for one page is bounded.
  std::string next;
  std::vector<std::string> unread;  ///< Parts that could not be read, for people.
};

/// Which records a scan passes by.
struct Scan {
  std::string peer{};                ///< Empty: of all peers; not with `owed`.
  bool owed = false;                 ///< Those that were owed to it; else those that came from it.
  std::vector<std::string> types{};  ///< Empty: all.
  WallTime from{};                   ///< Accepted at or after.
  WallTime before{};                 ///< Accepted before.
};

/// Is shown the records of a scan, one after the other. Its calls end before scan() does.
class ScanVisitor {
 public:
  enum class Wish : std::uint8_t { next, contents, end };

  virtual ~ScanVisitor() = default;
  /// `owed` is what became of it at the scan's peer; null where it came from there.
  virtual Wish look(const Envelope& record, const Delivery* owed) = 0;
  /// Of the record just looked at, where its contents were wished for. What cannot be read is
  /// empty.
  virtual void take(std::string_view event, std::string_view body) = 0;
};

enum class Counted : std::uint8_t { in, out, duplicate, quarantined, buried };
[[nodiscard]] std::string_view countedName(Counted what);

struct DayCount {
  std::string peer;
  std::string type;  ///< Empty where it is not known.
  Counted what = Counted::in;
  std::uint64_t number = 0;
};

/// Entries that were thrown away before they were read.
struct Gap {
  record::JournalPosition after;
  record::JournalPosition upTo;
  WallTime noticed{};
  /// So many records of it were made up from what the queue still kept; nothing while that is not
  /// done.
  std::optional<std::uint64_t> refilled{};
};

/// What a person did to the history, or was shown of it in clear.
struct Act {
  WallTime at{};
  std::string who;
  std::string what;
  std::string why;
};

/// How much one class of record types takes, or `sent`, what was sent.
struct ClassSize {
  std::string kind;
  std::uint64_t bytes = 0;
  std::uint64_t perDay = 0;  ///< Bytes, of late; 0 where nothing has come of late.
};

struct StoreState {
  record::JournalPosition position;
  std::uint64_t parts = 0;  ///< Files or partitions.
  std::uint64_t bytes = 0;
  std::vector<std::string> damaged;  ///< Parts that were set aside, for people.
  std::vector<ClassSize> classes;    ///< By name.
  std::vector<Gap> gaps;
};

/// What verify() found. Whole where `problems` is empty.
struct Verified {
  std::uint64_t records = 0;
  std::uint64_t contents = 0;
  std::uint64_t sent = 0;             ///< Payloads that were sent.
  std::vector<std::string> problems;  ///< At most 100; each names part and remedy.
};

/// The store of the history. One thread writes at a time (write, refill, noteGap, noteAct,
/// keepConfiguration, retire, erase); any thread may read meanwhile and sees whole batches of each
/// part. No call throws. Failures: history.full, history.damaged (the part is set aside by then:
/// the same call may succeed), history.unavailable; nothing of a failed write counts, and it may
/// be repeated.
class HistoryStore {
 public:
  virtual ~HistoryStore() = default;

  /// Tells it from other stores, for as long as it has its key. No blank.
  [[nodiscard]] virtual const std::string& identity() const = 0;
  /// Everything up to it is in.
  [[nodiscard]] virtual record::JournalPosition position() const = 0;
  /// Durable when it returns. Entries at or before position() change nothing, so what is written
  /// again stands there once.
  virtual Result<void> write(const Batch& batch) = 0;

  /// Of these ids of records those of which it knows nothing. For the thread that writes: entries
  /// may name what none has accepted, after a step that Redis ended half-way. Their contents belong
  /// into the batch, too.
  virtual Result<std::vector<std::string>> unknown(const std::vector<std::string>& ids) = 0;

  virtual Result<Page> find(const Query& query) = 0;
  /// By the id of a record or of an exception; nothing where neither is known.
  virtual Result<std::optional<Trail>> show(std::string_view id) = 0;
  /// In the order of their acceptance within a type's class. Fails with history.damaged where a
  /// part cannot be read: then what was shown is not all.
  virtual Result<void> scan(const Scan& scan, ScanVisitor& visitor) = 0;
  /// What was sent to that peer for a record; nothing where it is not kept, or not any more.
  virtual Result<std::optional<std::string>> sent(std::string_view record,
                                                  std::string_view peer) = 0;
  /// Of a day, YYYY-MM-DD in the store's zone.
  virtual Result<std::vector<DayCount>> counts(std::string_view day) = 0;
  virtual Result<Verified> verify() = 0;
  [[nodiscard]] virtual StoreState state() const = 0;

  virtual Result<void> noteGap(const Gap& gap) = 0;
  /// Records that it does not know, and what became of them, as entries without positions: to be
  /// asked for with unknown() right before. Of those of one part all or none. position() stays.
  virtual Result<void> refill(const Batch& batch) = 0;
  /// All that still lives of the gaps so far is in.
  virtual Result<void> noteRefilled(std::uint64_t records) = 0;
  /// A version that is known already is left as it is.
  virtual Result<void> keepConfiguration(std::string_view version, std::string_view content) = 0;
  virtual Result<std::optional<std::string>> configuration(std::string_view version) = 0;
  /// Durable when it returns.
  virtual Result<void> noteAct(const Act& act) = 0;
  /// Newest first, at most `most`.
  virtual Result<std::vector<Act>> acts(std::size_t most) = 0;

  /// Takes away what is past its retention at `now`; how many parts went.
  virtual Result<std::size_t> retire(WallTime now) = 0;
  /// Blanks the contents of every record in which this telephone or id number stands, and what
  /// they are found by but region and the ids that stand beside contents. Writes the act down. How
  /// many records it were.
  virtual Result<std::size_t> erase(std::string_view number, const Act& act) = 0;
};

/// How each kind of store is made or opened. Fails with history.unavailable where settings or key
/// are none that it could work with, or what is there is another key's or version's. `clock` must
/// outlive the store.
using OpenStore = Result<std::unique_ptr<HistoryStore>>(StoreSettings settings, base::LogLine log,
                                                        const base::Clock& clock);

}  // namespace lianqiao::history
