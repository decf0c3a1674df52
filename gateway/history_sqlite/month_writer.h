#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "history/block_codec.h"
#include "history/month.h"
#include "history/store.h"
#include "history_sqlite/month_file.h"
#include "history_sqlite/term_index.h"

namespace lianqiao::history {

/// A record's place in a file.
struct RecordPlace {
  std::int64_t number = 0;
  std::int64_t type = 0;  ///< As a word of the file.
};

/// Of an exception that has ended: what it was about.
struct EndedException {
  std::optional<PackedId> record;
  std::string peer;
};

/// What one step of the queue says beside the thing itself.
struct Step {
  WallTime at{};
  std::int64_t day = 0;
  std::string_view configuration;
};

/// Writes into one month's file, in transactions. Every call but begin() belongs between it and
/// commit(). False, or nothing, is a failure, of which failure() tells; it is to be thrown away
/// then, and the file is as it was after the last commit. For one thread at a time.
class MonthWriter {
 public:
  /// Makes the file where it is not there. `key` must outlive it. `words`: texts are indexed.
  static std::unique_ptr<MonthWriter> open(const std::filesystem::path& file, const Month& month,
                                           NodeKey& key, bool words, Failure& failure);

  /// Up to it, as of the last commit, the file has everything.
  [[nodiscard]] record::JournalPosition position() const { return position_; }
  [[nodiscard]] Failure failure() const;

  bool begin();
  bool commit(record::JournalPosition position);
  [[nodiscard]] bool inTransaction() const { return begun_; }

  /// Where a record stands; a place with number -1 where it does not.
  std::optional<RecordPlace> find(const PackedId& id);
  /// A new record, or the content of one that was known by its id alone. `content` may be null.
  /// `counted`: it counts as accepted.
  std::optional<RecordPlace> accept(const PackedId& id, const BatchRecord* content,
                                    const Step& step, bool counted);
  /// `content` is null where accept() has written it already.
  bool update(const RecordPlace& place, const BatchRecord* content, const Step& step);
  /// Whether there are records without content.
  [[nodiscard]] bool holdsGone() const { return gone_ > 0; }
  bool attempt(const RecordPlace& place, const record::Attempt& attempt, const Step& step);
  bool repeat(const RecordPlace& place, std::string_view peer, const Step& step);
  /// What became of a delivery whose exception a person, or time, has ended.
  bool settle(const RecordPlace& place, std::string_view peer, DeliveryState state,
              const Step& step);

  /// `content` may be null.
  bool quarantine(const PackedId& id, const record::StoredException* content, const Step& step);
  bool bury(const PackedId& id, const PackedId& record, const record::Attempt& attempt,
            const Step& step);
  bool seenAgain(const PackedId& id, const Step& step);
  std::optional<EndedException> end(const PackedId& id, const record::ExceptionEnd& end,
                                    const Step& step);
  /// What end() would tell, and changes nothing.
  std::optional<EndedException> about(const PackedId& id);

 private:
  struct Row {
    DeliveryState state = DeliveryState::owed;
    std::int64_t at = 0;
    int attempts = 0;
    std::int64_t code = 0;
    std::string receipt;
    std::string exception;
    std::int64_t configuration = 0;
    std::int64_t digest = 0;
  };
  struct Place {
    std::int64_t block = 0;
    std::int64_t place = 0;
  };
  enum class Taken : std::uint8_t { failed, fresh, known };

  MonthWriter(std::unique_ptr<sqlite::Database> database, const Month& month, NodeKey& key,
              bool words);

  Taken take(sqlite::Statement& insert, sqlite::Statement& look, const PackedId& id,
             std::int64_t& number);
  bool seek(sqlite::Statement& look, const PackedId& id, std::int64_t& number, bool& found);
  /// What of a record stands in its row.
  struct Columns;
  void bindRecord(sqlite::Statement& statement, const Columns& columns) const;
  bool known(RecordPlace& place, Columns& columns, const Step& step, bool counted, bool& done);
  void addTerms(std::int64_t number, const BatchRecord& content, const SealedText& key,
                const SealedText& source);
  void addNumbers(const record::StoredException& exception, std::int64_t number);
  bool failed(const RecordPlace& place, const record::Attempt& attempt, const Step& step);
  void count(const Step& step, std::int64_t peer, std::int64_t type, Counted what);

  Place nextPlace();
  void addContents(const record::StoredRecord& content);
  bool openBlock();
  bool writeBlock();
  bool writeDeliveries();
  bool writeCounts();
  bool writeGone();

  const std::unique_ptr<sqlite::Database> database_;
  const Month month_;
  NodeKey& key_;
  const bool words_;
  record::JournalPosition position_;
  std::int64_t gone_ = 0;
  bool begun_ = false;

  WordTable word_;
  TermIndex index_;
  sqlite::Statement insertRecord_;
  sqlite::Statement fillRecord_;
  sqlite::Statement lookRecord_;
  sqlite::Statement insertException_;
  sqlite::Statement lookException_;

  BlockMaker block_;
  std::int64_t blockNumber_ = 0;  ///< 0: none was opened in this transaction.
  std::map<std::pair<std::int64_t, std::int64_t>, Row> deliveries_;  ///< By record and peer.
  std::map<std::array<std::int64_t, 4>, std::int64_t> counts_;       ///< Day, peer, type, what.
  std::vector<Posting> postings_;
  std::vector<std::uint64_t> terms_;  ///< Of one record.
};

/// Of 16 hexadecimal digits; 0 where they are none.
[[nodiscard]] std::int64_t digestNumber(std::string_view digest);

/// Bits of a record's flags.
inline constexpr std::int64_t kHigh = 1;
inline constexpr std::int64_t kGone = 2;
inline constexpr std::int64_t kUpdated = 4;
inline constexpr std::int64_t kErased = 8;
inline constexpr std::int64_t kUncounted = 16;  ///< Known by what became of it alone.

}  // namespace lianqiao::history
