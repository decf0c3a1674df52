#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/result.h"

/// What happened to records, in the order in which it became durable. The queue writes an entry in
/// the same atomic step as the change itself; who keeps the history reads them behind the way.
namespace lianqiao::record {

/// Where an entry stands. Of two the later one is greater.
struct JournalPosition {
  std::uint64_t time = 0;  ///< By the clock of Redis, ms: orders entries, dates nothing.
  std::uint64_t number = 0;
  auto operator<=>(const JournalPosition&) const = default;
};

/// A thing that was sent again and answered with the first record's id.
struct Repetition {
  std::string peer;   ///< Who sent it.
  std::string first;  ///< Id of the record that it repeats.
};

/// One try to deliver, and its verdict.
struct Attempt {
  enum class Verdict : std::uint8_t {
    delivered,
    retry,
    buried,
    unknown,  ///< The process ended meanwhile: the peer may have it.
    resent    ///< No try: a person has what was delivered sent again; `detail` says who and why.
  };
  Verdict verdict = Verdict::delivered;
  std::string peer;
  std::string record;     ///< Its id.
  int number = 1;         ///< 1 is the first.
  std::string receipt;    ///< delivered: the peer's own id, empty where it told none.
  std::string digest;     ///< delivered: of what was sent (payloadDigest); empty: not known.
  std::string exception;  ///< buried: its id.
  std::string code;       ///< Not delivered: `stage.cause`.
  std::string detail;
  std::string answer;  ///< Not delivered: what the peer answered, masked.
};

/// An exception is over.
struct ExceptionEnd {
  std::string exception;
  std::string how;   ///< requeued · closed · replayed · expired
  std::string note;  ///< Who and why, where a person did it.
};

/// What one atomic step of the queue did. In each list in order; the lists in the order here.
struct JournalEntry {
  JournalPosition position;
  WallTime at{};                      ///< By the clock of the node that did it.
  std::string configuration;          ///< Version of the configuration that was in force there.
  std::vector<std::string> accepted;  ///< Ids of new records.
  std::vector<Repetition> repeated;
  std::vector<std::string> updated;      ///< Ids of records whose content was updated in place.
  std::vector<std::string> quarantined;  ///< Ids of new exceptions on the way in.
  std::vector<std::string> seenAgain;    ///< Ids of exceptions whose item came once more.
  std::vector<Attempt> attempts;
  std::vector<ExceptionEnd> ended;
};

/// How the journal stands to who has read it up to a position.
struct JournalState {
  std::uint64_t behind = 0;  ///< Entries that stand behind it, about.
  /// All of them are there. Else some were thrown away because the journal was at its bound, or
  /// Redis went back in time: what they told is in records that still live, or nowhere.
  bool whole = true;
  std::uint64_t unnoted = 0;  ///< How many steps, ever, Redis did not let the journal tell.
};

/// Who reads a journal: a store of the history, and the node that writes into it.
struct JournalReader {
  std::string store;  ///< HistoryStore::identity(); no blank.
  std::string node;
  friend bool operator==(const JournalReader&, const JournalReader&) = default;
};

/// A record as the queue keeps it.
struct StoredRecord {
  std::string id;
  std::string peer;
  std::string type;
  std::string key;
  WallTime accepted{};
  std::vector<std::string> destinations;
  std::string event;     ///< The CloudEvent (record/event.h).
  std::string body;      ///< The raw item.
  std::string evidence;  ///< Its original bytes, where they differ.
};

/// An exception on the way in, as the queue keeps it.
struct StoredException {
  std::string id;
  std::string peer;
  std::string code;
  std::string detail;  ///< Problems as JSON.
  std::string sourceId;
  std::string origin;
  WallTime at{};
  std::string body;
  std::string evidence;
};

/// Some of the records that the queue keeps, in no order, one perhaps twice.
struct LivingPage {
  std::vector<std::string> ids;
  std::string next;  ///< Where the next one begins; empty at the end.
};

/// The journal of one queue. Thread-safe. Every call may wait for Redis, with the configured
/// time limit, and fails with queue.unavailable.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Entries behind `after`, at most `most`; empty at the end.
  virtual Result<std::vector<JournalEntry>> read(JournalPosition after, std::size_t most) = 0;
  virtual Result<JournalState> state(JournalPosition after) = 0;
  /// Who reads it: from now on `reader`, where nobody does yet, or `anew`. What one store has read
  /// and trimmed, another never gets.
  virtual Result<JournalReader> claim(const JournalReader& reader, bool anew) = 0;
  /// Nothing stands behind `position`, which is not there either, for Redis went back in time: what
  /// comes from now on stands behind it.
  virtual Result<void> goOnBehind(JournalPosition position) = 0;
  /// Those before `position` are kept elsewhere now. The one at it stays, for state().
  virtual Result<void> trim(JournalPosition position) = 0;

  /// In the order of the ids; nothing in the place of one that is gone.
  virtual Result<std::vector<std::optional<StoredRecord>>> records(
      const std::vector<std::string>& ids) = 0;
  virtual Result<std::vector<std::optional<StoredException>>> exceptions(
      const std::vector<std::string>& ids) = 0;

  /// `cursor`: of the page before, empty for the first.
  virtual Result<LivingPage> living(const std::string& cursor) = 0;
  /// What the journal would have told of these, as far as the records themselves tell it: that they
  /// were accepted, attempts (of failed ones the last sixteen). Without positions.
  virtual Result<std::vector<JournalEntry>> retell(const std::vector<StoredRecord>& records) = 0;
};

}  // namespace lianqiao::record
