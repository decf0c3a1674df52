#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history/block_codec.h"
#include "history/month.h"
#include "history/sought.h"
#include "history/store.h"
#include "history_sqlite/month_file.h"
#include "history_sqlite/term_index.h"

namespace lianqiao::history {

/// What is searched for in one file.
struct FileQuery {
  const Query* query = nullptr;
  const Sought* sought = nullptr;
  std::vector<std::uint64_t> terms;  ///< All that is sought by terms; may be empty.
  std::int64_t from = 0;             ///< First number.
  std::int64_t before = INT64_MAX;   ///< First number that is too new.
  std::size_t most = 50;
  std::function<bool()> late;  ///< The time for one page is over.
};

struct FileHit {
  std::int64_t target = 0;  ///< Twice the number; of an exception one more.
  Hit hit;
};

struct FileHits {
  std::vector<FileHit> hits;  ///< Newest first.
  /// Those below were not looked at; INT64_MIN where all were.
  std::int64_t lookedDownTo = INT64_MIN;
};

inline constexpr std::int64_t kScanEnded = INT64_MIN;

[[nodiscard]] Hit hitOf(const ExceptionTrail& exception);

/// Reads one month's file, as of the last commit. For one thread at a time.
class MonthReader {
 public:
  /// `key` must outlive it.
  static std::unique_ptr<MonthReader> open(const std::filesystem::path& file, const Month& month,
                                           const NodeKey& key, Failure& failure);

  /// What another writer may change: contents that were unpacked. False after a failure.
  bool forget();
  /// What failed last: of the database, of its terms or of a block.
  [[nodiscard]] Failure failure() const;

  // Each gives nothing on failure.
  /// Contents that cannot be read hold nothing; failure() tells of them.
  std::optional<FileHits> find(const FileQuery& query);
  /// The number of a record, or -1.
  std::optional<std::int64_t> numberOfRecord(const PackedId& id);
  std::optional<std::int64_t> numberOfException(const PackedId& id);
  /// Of a record that is there. Exceptions in it have their ids alone. Contents that cannot be
  /// read are gone; failure() tells of them.
  std::optional<Trail> trail(std::int64_t number);
  std::optional<ExceptionTrail> exception(std::int64_t number);
  /// Up to a page of rows from number `from` on; then `from` is where the next begins, or INT64_MAX
  /// at the end, or kScanEnded once the visitor wants no more.
  bool scan(const Scan& scan, ScanVisitor& visitor, std::int64_t& from);
  /// Adds those of a day; false on failure.
  bool counts(std::int64_t day, std::vector<DayCount>& into);

 private:
  struct Row {
    Envelope envelope;
    std::int64_t number = 0;
    std::int64_t block = 0;
    std::int64_t place = 0;
    std::string destinations{};  ///< Words.
  };

  MonthReader(std::unique_ptr<sqlite::Database> database, const Month& month, const NodeKey& key);

  std::optional<std::int64_t> seek(const char* sql, const PackedId& id);
  Row rowOf(const sqlite::Statement& row);
  bool row(std::int64_t number, std::optional<Row>& into);
  /// Those of which something has happened, then those that are owed.
  bool deliveries(const Row& row, std::vector<Delivery>& into);
  bool attempts(std::int64_t number, std::vector<FailedAttempt>& into);
  bool repetitions(std::int64_t number, std::vector<RepetitionCount>& into);
  const Contents* contents(std::int64_t block, std::int64_t place);

  bool findByTerms(const FileQuery& query, FileHits& into);
  bool findByScan(const FileQuery& query, FileHits& into);
  bool showTo(ScanVisitor& visitor, const Row& row, const Scan& scan, bool& more);
  bool targetsOf(const FileQuery& query, std::vector<std::int64_t>& into);
  bool targetsOfDay(const FileQuery& query, std::vector<std::int64_t>& into);
  /// False on failure; adds to `into` where it is one.
  bool consider(std::int64_t target, const FileQuery& query, FileHits& into);
  bool considerRecord(Row row, const FileQuery& query, FileHits& into);
  bool considerException(std::int64_t number, const FileQuery& query, FileHits& into);
  bool holds(const Row& row, const std::vector<Delivery>& deliveries, const FileQuery& query);

  const std::unique_ptr<sqlite::Database> database_;
  const Month month_;
  const NodeKey& key_;
  WordTable word_;
  TermIndex index_;
  std::int64_t blockNumber_ = 0;  ///< Of block_; 0: none.
  std::vector<Contents> block_;
  bool damaged_ = false;
  // Made at their first use: a search opens many files, and asks some of them much.
  std::optional<sqlite::Statement> lookRow_;
  std::optional<sqlite::Statement> lookDeliveries_;
};

}  // namespace lianqiao::history
