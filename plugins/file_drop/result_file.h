#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "file_drop/folder.h"
#include "file_drop/row.h"
#include "lianqiao/roles.h"

namespace lianqiao::file_drop {

/// True for a text that Excel would run as a formula when a CSV is opened.
bool runsAsFormula(std::string_view text);

/// The CSV that says per row what became of it: UTF-8 with a byte order mark, CRLF, so that
/// spreadsheet programs open it. It grows beside the claimed file and tells after a restart how far
/// the file had come: a line that was only half written is cut off on opening. Not thread-safe.
class ResultFile {
 public:
  /// `mode` are the rights that people need to read it.
  static Result<ResultFile> open(const Folder& folder, const std::string& name, std::uint32_t mode);

  /// Rows written so far.
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  /// Forgets the rows behind the first `rows`.
  Result<void> keep(std::uint64_t rows);
  /// All of `lines` or, when it fails, none.
  Result<void> append(std::string_view lines, std::uint64_t rows);
  Result<void> sync() const { return syncFile(file_, path_); }

 private:
  Result<std::uint64_t> endOfRow(std::uint64_t wanted, std::uint64_t& found) const;
  Result<void> cut(std::uint64_t size);

  Fd file_;
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  std::uint64_t rows_ = 0;
};

/// The last line, about rows that were passed over.
std::string passedOverLine(const PassedOver& passed);

/// One line of it. Text that a spreadsheet would take for a formula is defused with an apostrophe.
std::string resultLine(std::uint64_t row, std::string_view sheet, const ItemVerdict& verdict);

}  // namespace lianqiao::file_drop
