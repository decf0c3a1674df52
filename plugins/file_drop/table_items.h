#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "file_drop/column_names.h"
#include "file_drop/row.h"
#include "file_drop/row_filter.h"

namespace lianqiao::file_drop {

/// Names the cells of rows by a header: each further row becomes an item whose body is
/// {header: value, …, "_origin": {"file", "sheet", "row"}}, empty cells left out.
///
/// The header is `headerRow`; else the first row, or two rows together, in which a mapping finds
/// all that it needs, looked for in the first 1,000 rows. Where the mappings are not known it is
/// the first row with content; title rows of ledgers (one cell, then at most two, above a row of at
/// least three short and different texts) are passed over. Fails with decode.file where there is no
/// such header, or two columns have one name; with decode.limit beyond maxRows or maxColumns.
///
/// A row that holds more or (where the format tells) fewer columns than the header, or a cell too
/// long, damaged or without a name above it, becomes an item with problems that name row and
/// column; its cells stay readable in the evidence. Rows above the header, rows that repeat it and
/// those of `skip` are passed over and counted.
class TableItems final : public ItemReader {
 public:
  TableItems(std::unique_ptr<RowReader> rows, std::string file, std::string sheet,
             const ReadOptions& options);

  enum class Found : std::uint8_t { header, none, empty };
  /// Reads up to the header; next() does so by itself. `none`: complaint() says why. Goes on where
  /// it paused when it is called again.
  Result<Found> findHeader();
  [[nodiscard]] const std::string& complaint() const { return complaint_; }
  /// How many names of the mappings the header, or the row that came nearest to one, has.
  [[nodiscard]] std::size_t namesRead() const { return namesRead_; }

  Result<bool> next(Item& item) override;
  [[nodiscard]] PassedOver passedOver() const override { return passed_; }

 private:
  Result<Found> searchHeader();
  Result<Found> takeGivenHeader();
  Result<Found> skipTitles();
  Result<void> lookAhead();
  [[nodiscard]] bool saysMore(const Header& both, const Header& one) const;
  void pairWith(Header& header, const Row& upper);
  void complain(const Header& nearest, std::uint64_t rows);
  [[nodiscard]] Result<void> checkHeader(const Row& header) const;
  Result<void> nameColumns(Header header);
  Result<bool> read(Row& row);
  Result<bool> take(Row& row);
  [[nodiscard]] bool repeatsHeader(const Row& row) const;
  void fill(const Row& row, Item& item) const;
  void checkCell(const Row& row, const Cell& cell, std::vector<Problem>& problems) const;
  void writeSourceId(const Row& row, Item& item) const;
  [[nodiscard]] std::string place(std::uint64_t row) const;
  [[nodiscard]] std::string label(std::uint64_t row) const;
  void passOver(const Row& row, std::string_view why);

  std::unique_ptr<RowReader> rows_;
  std::string file_;
  std::string sheet_;
  ReadOptions options_;
  ColumnNames columns_;
  RowFilter filter_;
  /// What the search for the header has seen.
  struct Search {
    Row above;
    Header nearest;
    std::string broken;
    std::uint64_t rows = 0;
    std::size_t bytes = 0;
  };
  Search search_;
  std::deque<Row> ahead_;
  bool ended_ = false;              ///< Behind `ahead_` no row comes.
  std::vector<std::string> names_;  ///< By column; empty where there is none.
  std::vector<Cell> header_;        ///< Its last row as it stands.
  std::uint64_t headerRow_ = 0;
  std::uint64_t count_ = 0;
  std::size_t namesRead_ = 0;
  std::string complaint_;
  PassedOver passed_;
};

/// Appends `"_origin":{"file":…,"sheet":…,"row":…}`; the sheet is left out when empty.
void writeOrigin(std::string& body, std::string_view file, std::string_view sheet,
                 std::uint64_t row);

}  // namespace lianqiao::file_drop
