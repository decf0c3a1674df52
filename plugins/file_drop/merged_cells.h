#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "file_drop/row.h"
#include "file_drop/zip_archive.h"

namespace lianqiao::file_drop {

/// Cells merged downwards, rows from 1 and columns from 0, both ends within.
struct MergedCells {
  std::uint64_t top = 0;
  std::uint64_t bottom = 0;
  std::uint32_t left = 0;
};

/// Those of one sheet, by their first row. They stand behind the rows, so the part is unpacked once
/// more to see whether there are any, and parsed once more only where there are. Columns from
/// `maxColumns` on are left out. Fails with decode.limit where there are more than 200,000.
Result<std::vector<MergedCells>> findMergedCells(const ZipArchive& archive, const ZipEntry& entry,
                                                 std::uint32_t maxColumns);

/// Puts the value of a merged cell into each row that it covers, or marks the place as damaged.
/// Rows come in their order.
class MergedFill {
 public:
  MergedFill(std::vector<MergedCells> merged, bool fill)
      : merged_(std::move(merged)), fill_(fill) {}
  void apply(Row& row);

 private:
  struct Open {
    std::uint64_t bottom = 0;
    Cell value;
  };
  std::vector<MergedCells> merged_;
  bool fill_;
  std::size_t at_ = 0;
  std::map<std::uint32_t, Open> open_;  ///< By column.
};

}  // namespace lianqiao::file_drop
