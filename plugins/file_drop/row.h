#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lianqiao/result.h"
#include "lianqiao/roles.h"

/// The two steps between bytes and raw items: rows of cells, and items named by their columns.
namespace lianqiao::file_drop {

struct Cell {
  enum class Kind : std::uint8_t { text, number, boolean, error };
  std::uint32_t column = 0;  ///< Counted from 0.
  Kind kind = Kind::text;
  std::string text;
};

struct Row {
  std::uint64_t number = 0;  ///< As a person counts: the sheet's row, the line in the file; from 1.
  std::vector<Cell> cells;   ///< Not empty ones, in column order.
  std::uint32_t width = 0;  ///< Fields there were, empty ones too; 0 where the format does not say.
  std::string evidence;     ///< The raw line, where it could not be read as it is.
  std::vector<Problem> problems;
};

class RowReader {
 public:
  virtual ~RowReader() = default;
  /// False at the end. Rows without any content are passed over. An Error ends the file.
  virtual Result<bool> next(Row& row) = 0;
};

/// One raw item and where it stood.
struct Item {
  RawItem raw;
  std::uint64_t row = 0;
  std::string sheet;
};

class ItemReader {
 public:
  virtual ~ItemReader() = default;
  /// False at the end. An Error ends the file.
  virtual Result<bool> next(Item& item) = 0;
};

/// How files are to be read: the adapter's settings, or a test's.
struct ReadOptions {
  std::string encoding = "auto";  ///< auto, utf-8, gbk, gb18030
  char delimiter = 0;             ///< 0 = found by looking at the header.
  std::string sheet;              ///< Name, number from 1, "*" for all; empty = first visible one.
  std::uint64_t headerRow = 0;    ///< 0 = found by looking.
  bool acceptShortRows = false;
  std::vector<std::string> idColumns;
  std::uint64_t maxRows = 1'000'000;
  std::uint32_t maxColumns = 256;
  std::uint64_t maxFile = 256u << 20;
  std::uint64_t maxUnpacked = 512u << 20;
  std::size_t maxCell = 256u << 10;
  std::size_t maxRow = 1u << 20;
  std::filesystem::path scratch;  ///< For what does not fit into memory.
};

/// Programs that export workbooks badly leave Excel's escape of a carriage return as text:
/// "_x000D_" before a line feed becomes the carriage return that it was, so that a row reads the
/// same from every kind of file.
void mendCarriageReturns(std::string& text);

/// "A", "B", … "AA" as a spreadsheet names its columns.
std::string columnName(std::uint32_t column);

}  // namespace lianqiao::file_drop
