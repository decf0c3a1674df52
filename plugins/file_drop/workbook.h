#pragma once

#include <memory>
#include <string>
#include <vector>

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

/// An opened workbook. Its sheets' readers share it.
struct Workbook {
  ZipArchive archive;
  std::vector<Sheet> sheets;
  std::vector<NumberFormat> formats;  ///< By cell style.
  bool date1904 = false;
  std::unique_ptr<SharedStrings> strings;
};

Result<std::shared_ptr<Workbook>> openWorkbook(Fd file, const ReadOptions& options);

/// The sheets that `wanted` means: a name, a number from 1, "*" for all visible ones, empty for the
/// first visible one. Fails with decode.file, naming the sheets that there are.
Result<std::vector<Sheet>> chooseSheets(const Workbook& workbook, const std::string& wanted);

Result<std::unique_ptr<RowReader>> openSheet(std::shared_ptr<Workbook> workbook, const Sheet& sheet,
                                             const ReadOptions& options);

}  // namespace lianqiao::file_drop
