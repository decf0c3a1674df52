#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "file_drop/row.h"

namespace lianqiao::file_drop {

/// Names the cells of rows by a header row: each further row becomes an item whose body is
/// {header: value, …, "_origin": {"file", "sheet", "row"}}, empty cells left out.
///
/// The header is `headerRow`, or the first row with content; title rows of ledgers (one cell, then
/// at most two, above a row of at least three short and different texts) are passed over. Fails
/// with decode.file when two columns have one name, with decode.limit beyond maxRows or maxColumns.
/// A row that holds more or (where the format tells) fewer columns than the header, or a cell too
/// long or without a name above it, becomes an item with problems that name row and column; its
/// cells stay readable in the evidence.
class TableItems final : public ItemReader {
 public:
  TableItems(std::unique_ptr<RowReader> rows, std::string file, std::string sheet,
             const ReadOptions& options);

  Result<bool> next(Item& item) override;
  /// The number of the header's row; 0 before the first next().
  [[nodiscard]] std::uint64_t headerRow() const { return headerRow_; }

 private:
  Result<bool> readHeader();
  Result<bool> skipToGivenHeader();
  Result<bool> skipTitles();
  Result<void> nameColumns(const Row& header);
  Result<bool> take(Row& row);
  void fill(const Row& row, Item& item) const;
  void checkCell(const Row& row, const Cell& cell, std::vector<Problem>& problems) const;
  void writeSourceId(const Row& row, Item& item) const;
  [[nodiscard]] std::string place(const Row& row) const;

  std::unique_ptr<RowReader> rows_;
  std::string file_;
  std::string sheet_;
  ReadOptions options_;
  std::deque<Row> ahead_;
  std::vector<std::string> names_;  ///< By column; empty where there is none.
  std::uint32_t headerWidth_ = 0;
  std::uint64_t headerRow_ = 0;
  std::uint64_t count_ = 0;
};

/// Appends `"_origin":{"file":…,"sheet":…,"row":…}`; the sheet is left out when empty.
void writeOrigin(std::string& body, std::string_view file, std::string_view sheet,
                 std::uint64_t row);

}  // namespace lianqiao::file_drop
