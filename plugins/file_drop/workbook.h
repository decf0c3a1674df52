#pragma once

#include <memory>
#include <string>
#include <vector>

#include "file_drop/merged_cells.h"
#include "file_drop/number_format.h"
#include "file_drop/row.h"
#include "file_drop/shared_strings.h"
#include "file_drop/zip_archive.h"

/// XLSX (ECMA-376 SpreadsheetML, transitional and strict): which sheets there are, and their rows
/// as a stream. Memory does not grow with the workbook.
namespace lianqiao::file_drop {

struct Sheet {
  std::string name;
  std::string part;  ///< Name inside the archive.
  bool visible = true;
};

/// What a cell style does to a number.
struct CellFormat {
  NumberFormat kind = NumberFormat::plain;
  std::string picture;  ///< See pictureOfCode().
};

/// An opened workbook. Its sheets' readers share it.
struct Workbook {
  ZipArchive archive;
  std::vector<Sheet> sheets;
  std::vector<CellFormat> formats;  ///< By cell style.
  bool date1904 = false;
  std::unique_ptr<SharedStrings> strings;
  const ZipEntry* stringsPart = nullptr;  ///< In `archive`; nullptr where there is none.
};

/// Reads what is small: which sheets there are, and their styles. Each of these parts may unpack to
/// 32 MiB.
Result<std::shared_ptr<Workbook>> openWorkbook(Fd file, const ReadOptions& options);

/// The sheets that `wanted` means: a name, a number from 1, "*" or empty for all visible ones.
/// Fails with decode.file, naming the sheets that there are.
Result<std::vector<Sheet>> chooseSheets(const Workbook& workbook, const std::string& wanted);

/// The part of a sheet. Fails with decode.file where it is missing.
Result<const ZipEntry*> partOf(const Workbook& workbook, const Sheet& sheet);

/// The rows of one sheet. A row that stands in several pieces is one; a cell that is merged
/// downwards stands in each row that it covers and that has anything of its own.
/// REQUIRES: the strings of the workbook are loaded.
Result<std::unique_ptr<RowReader>> openSheet(std::shared_ptr<Workbook> workbook, const Sheet& sheet,
                                             MergedList merged, const ReadOptions& options);

}  // namespace lianqiao::file_drop
