#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "file_drop/row.h"
#include "file_drop/xml_stream.h"
#include "file_drop/zip_archive.h"

namespace lianqiao::file_drop {

/// Cells merged downwards, rows from 1 and columns from 0, both ends within.
struct MergedCells {
  std::uint32_t top = 0;
  std::uint32_t bottom = 0;
  std::uint32_t left = 0;
};
/// Those of one sheet, by their first row.
using MergedList = std::shared_ptr<const std::vector<MergedCells>>;

/// Finds the merged cells of one sheet. They stand behind the rows, so the part is unpacked to see
/// whether there are any, and parsed only where there are. Columns from `maxColumns` on are left
/// out. `archive` and `entry` must outlive it.
class MergedScan {
 public:
  /// `most`: how many the workbook may still have.
  MergedScan(const ZipArchive& archive, const ZipEntry& entry, std::uint32_t maxColumns,
             std::size_t most);
  ~MergedScan();
  MergedScan(const MergedScan&) = delete;
  MergedScan& operator=(const MergedScan&) = delete;

  /// Goes on; fails with paused() until all of the part was seen, with decode.limit where there are
  /// too many.
  Result<MergedList> go();

 private:
  class Handler;
  Result<bool> lookForAny();

  const ZipArchive& archive_;
  const ZipEntry& entry_;
  std::optional<ZipStream> raw_;
  std::string window_;
  bool begun_ = false;
  std::unique_ptr<Handler> handler_;
  std::unique_ptr<XmlStream> xml_;
};

/// Puts the value of a merged cell into each row that it covers, or marks the place as damaged.
/// Rows come in their order. Holds at most `maxRow` bytes.
class MergedFill {
 public:
  MergedFill(MergedList merged, bool fill, std::size_t maxRow)
      : merged_(std::move(merged)), fill_(fill), maxRow_(maxRow) {}
  /// False, and nothing is put into the row, when it would hold more than `maxRow` bytes.
  [[nodiscard]] bool apply(Row& row);

 private:
  struct Open {
    std::uint64_t bottom = 0;
    Cell value;
    bool kept = true;  ///< False where `value` found no room.
  };
  void close(std::uint64_t row);
  void open(const Row& row);
  [[nodiscard]] bool put(Row& row) const;

  MergedList merged_;
  bool fill_;
  std::size_t maxRow_;
  std::size_t at_ = 0;
  std::size_t bytes_ = 0;               ///< Of what is open.
  std::map<std::uint32_t, Open> open_;  ///< By column.
};

}  // namespace lianqiao::file_drop
