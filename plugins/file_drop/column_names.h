#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "file_drop/row.h"

namespace lianqiao::file_drop {

/// The header of a table: its columns' names, in the mappings' spelling where they read them.
struct Header {
  std::uint64_t row = 0;           ///< Number of its last row.
  std::vector<std::string> names;  ///< By column, up to the last one with a name.
  std::size_t read = 0;            ///< How many of them the mappings read.
  std::string doubled;             ///< A name that two columns may mean, neither spelled so.
};

/// What the mappings of a peer call the columns of a table, and the judgement of a row by it.
/// A cell names a column when it is the name itself; else without white space and `*` and with
/// full-width and half-width the same; else also without （必填）, [示例…], （年月日） and the like
/// at its ends. What else stands in brackets, such as （万元）, makes another name. Immutable.
class ColumnNames {
 public:
  /// What stands beyond `maxColumns` is looked at as one column behind them.
  ColumnNames(const std::vector<ItemShape>& shapes, std::uint32_t maxColumns);

  /// False where the mappings are not known.
  [[nodiscard]] bool known() const { return !names_.empty(); }
  /// The names of one row.
  [[nodiscard]] Header read(const Row& row) const;
  /// Of a header in two lines: the lower line's text or the two together, whichever the mappings
  /// read; the upper one's where the lower is empty or says （必填） and the like. A text above
  /// reaches over the empty cells to its right.
  [[nodiscard]] Header read(const Row& upper, const Row& lower) const;
  /// One of the mappings finds all that it cannot do without.
  [[nodiscard]] bool suffices(const Header& header) const;
  /// What `header` lacks of the mapping that it fits best, with what comes near in it: "留言编号
  /// (is it 编号?), 留言时间".
  [[nodiscard]] std::string lacking(const Header& header) const;
  /// The first of the names that the mappings read.
  [[nodiscard]] std::string list() const;

 private:
  [[nodiscard]] std::string_view meaning(std::string_view text) const;
  [[nodiscard]] Header settle(std::vector<std::string> texts, std::uint64_t row) const;

  std::vector<ItemShape> shapes_;
  std::uint32_t maxColumns_;
  std::set<std::string, std::less<>> names_;
  /// Bare form → name; empty where two names have it.
  std::map<std::string, std::string, std::less<>> bare_;
};

}  // namespace lianqiao::file_drop
