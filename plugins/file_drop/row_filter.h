#pragma once

#include <string>
#include <vector>

#include "file_drop/row.h"

namespace lianqiao::file_drop {

/// The rows that a ledger has for people (totals, signatures, notes), by what its settings declare:
/// a row is one when its first cell with content is one of the patterns. `*` stands for any text
/// and `?` for one character; blanks do not count, full-width and half-width are the same.
class RowFilter {
 public:
  explicit RowFilter(const std::vector<std::string>& patterns);
  [[nodiscard]] bool takes(const Row& row) const;

 private:
  std::vector<std::string> patterns_;
};

/// `text` without white space, half-width, ASCII letters small: how headers and patterns compare.
std::string bareText(std::string_view text);

}  // namespace lianqiao::file_drop
