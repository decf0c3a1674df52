#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "file_drop/pace.h"
#include "kit/sheet/column_name.h"
#include "lianqiao/host.h"
#include "lianqiao/result.h"
#include "lianqiao/roles.h"

/// The two steps between bytes and raw items: rows of cells, and items named by their columns.
namespace lianqiao::file_drop {

using kit::columnName;

/// The member that says where an item came from.
inline constexpr std::string_view kOrigin = "_origin";
/// Bytes of a damaged row or item that are shown.
inline constexpr std::size_t kMaxEvidence = 64u << 10;

/// What a program upstream has done to a value, so that it is not the value any more.
enum class Damage : std::uint8_t {
  none,
  formula,    ///< A formula failed; the text is what Excel shows, such as #N/A.
  no_result,  ///< A formula whose result was never stored.
  digits,     ///< A number of more than the 15 digits that a spreadsheet keeps.
  exponent,   ///< 2.0260302E+18: the digits behind those shown are lost.
  narrow,     ///< #####: the column was too narrow when it was saved.
  no_date,    ///< A date cell whose day is 1900/1/0.
  merged,     ///< Lies below the first row of a merged cell, where that may not be filled.
};

struct Cell {
  enum class Kind : std::uint8_t { text, number, boolean };
  std::uint32_t column = 0;  ///< Counted from 0.
  Kind kind = Kind::text;
  Damage damage = Damage::none;
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
  /// False at the end. Rows without any content are passed over. An Error ends the file, but for
  /// paused(): then the next call goes on.
  virtual Result<bool> next(Row& row) = 0;
};

/// One raw item and where it stood.
struct Item {
  RawItem raw;
  std::uint64_t row = 0;
  std::string sheet;
};

/// Rows that a reader has passed over because the settings say so, or because they are the header
/// again.
struct PassedOver {
  std::uint64_t rows = 0;
  std::string places;  ///< Of the first ones: "row 4, row 5".

  void add(std::string_view place);
};

class ItemReader {
 public:
  virtual ~ItemReader() = default;
  /// False at the end. An Error ends the file, but for paused(): then the next call goes on.
  virtual Result<bool> next(Item& item) = 0;
  /// Of what was read so far.
  [[nodiscard]] virtual PassedOver passedOver() const { return {}; }
};

/// How files are to be read: the adapter's settings, or a test's.
struct ReadOptions {
  std::string encoding = "auto";  ///< auto, utf-8, gbk, gb18030, big5, shift_jis, euc-kr, latin1
  char delimiter = 0;             ///< 0 = found by looking at the header.
  std::string sheet;              ///< Name, number from 1; empty or "*" for all visible ones.
  std::uint64_t headerRow = 0;    ///< 0 = found by looking.
  bool acceptShortRows = false;
  bool fillMerged = true;         ///< A cell merged downwards stands in each row that it covers.
  bool expectRows = false;        ///< A file without any row is refused.
  std::vector<std::string> skip;  ///< Rows to pass over, see RowFilter.
  std::vector<ItemShape> shapes;  ///< What the mappings read; empty where that is not known.
  std::vector<std::string> idColumns;
  std::uint64_t maxRows = 1'000'000;
  std::uint32_t maxColumns = 256;
  std::uint64_t maxFile = 256u << 20;
  std::uint64_t maxUnpacked = 512u << 20;
  std::size_t maxCell = 256u << 10;
  std::size_t maxRow = 1u << 20;
  std::filesystem::path scratch;  ///< For what does not fit into memory.
  /// Parts of the one workbook that is read with these options which hold no merged cells: found
  /// once, for whoever reads it again. Null: looked for each time.
  std::shared_ptr<std::set<std::string>> unmerged;
  std::shared_ptr<Pace> pace;  ///< nullptr where one call may read all.
};

/// Programs that export workbooks badly leave Excel's escape of a carriage return as text:
/// "_x000D_" before a line feed becomes the carriage return that it was, so that a row reads the
/// same from every kind of file.
void mendCarriageReturns(std::string& text);

}  // namespace lianqiao::file_drop
