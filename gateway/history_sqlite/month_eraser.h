#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "history/month.h"
#include "history/node_key.h"
#include "history_sqlite/month_file.h"
#include "history_sqlite/term_index.h"

namespace lianqiao::history {

/// Blanks, in one month's file, the contents of every record and quarantined item in which a number
/// of a person stands: in one transaction, after which its bytes are in no page of the file either.
/// The file must be open nowhere for writing. Not thread-safe.
class MonthEraser {
 public:
  /// Null on failure.
  static std::unique_ptr<MonthEraser> open(const std::filesystem::path& file, NodeKey& key,
                                           Failure& failure);

  /// `term` is that of the whole number (terms.h). How many records it were; nothing on failure:
  /// then the file is as it was, or with Fault::busy somebody reads its former pages yet, which go
  /// with the next try.
  std::optional<std::size_t> erase(std::uint64_t term);
  /// Which those were.
  [[nodiscard]] const std::vector<PackedId>& erased() const { return erased_; }
  [[nodiscard]] Failure failure() const { return failure_; }

 private:
  MonthEraser(std::unique_ptr<sqlite::Database> database, NodeKey& key);

  bool eraseAll(const std::vector<std::int64_t>& targets);
  bool blank(std::int64_t record);
  bool blankException(std::int64_t number, std::vector<Posting>& kept);
  bool blankAt(std::int64_t block, std::int64_t place);
  bool keepTerms(std::int64_t record, std::vector<Posting>& kept);

  const std::unique_ptr<sqlite::Database> database_;
  NodeKey& key_;
  WordTable word_;
  TermIndex index_;
  std::vector<PackedId> erased_;
  Failure failure_;
};

}  // namespace lianqiao::history
