#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <iterator>
#include <optional>

#include "file_drop/merged_cells.h"
#include "file_drop/workbook.h"
#include "file_drop/xml_stream.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::uint32_t kLastColumn = 16'384;  // XFD
constexpr double kMostKept = 1e15;             // a spreadsheet keeps 15 digits

enum class CellType : std::uint8_t { number, shared, inline_text, text, boolean, error, date };

CellType typeOf(std::string_view t) {
  if (t == "s") return CellType::shared;
  if (t == "inlineStr") return CellType::inline_text;
  if (t == "str") return CellType::text;
  if (t == "b") return CellType::boolean;
  if (t == "e") return CellType::error;
  if (t == "d") return CellType::date;
  return CellType::number;
}

/// What stands in the XML; what it means is found out when the row is taken, so that many small
/// references to one long shared string do not pile up in memory.
struct RawCell {
  std::uint32_t column = 0;
  std::uint32_t style = 0;
  CellType type = CellType::number;
  bool noResult = false;  ///< A formula, and nothing that it made.
  std::string text;
};

struct RawRow {
  std::uint64_t number = 0;
  std::vector<RawCell> cells;
  std::size_t dropped = 0;  ///< Bytes beyond what a row may hold.
  bool outOfPlace = false;  ///< Stands behind a row of a higher number.
};

template <typename T>
T toNumber(std::string_view text, T fallback) {
  T value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// 0-based column out of "BC12"; nullopt when there are no letters.
std::optional<std::uint32_t> columnOf(std::string_view reference) {
  std::uint32_t column = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z' || column > kLastColumn) break;
    column = column * 26 + static_cast<std::uint32_t>(c - 'A' + 1);
  }
  if (column == 0) return std::nullopt;
  return column - 1;
}

class SheetHandler final : public XmlHandler {
 public:
  explicit SheetHandler(const ReadOptions& options) : options_(options), rich_(options.maxCell) {}

  std::deque<RawRow> rows;

  void onStart(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "row") {
      beginRow(attributes);
    } else if (name == "c") {
      beginCell(attributes);
    } else if (inCell_) {
      if (name == "v") inValue_ = sawValue_ = true;
      if (name == "f") formula_ = true;
      if (name == "is") rich_.begin();
      rich_.onStart(name);
    }
  }

  void onText(std::string_view text) override {
    if (!inCell_) return;
    if (inValue_ && cell_.text.size() <= options_.maxCell) cell_.text += text;
    rich_.onText(text);
  }

  void onEnd(std::string_view name) override {
    if (name == "row") {
      endRow();
      return;
    }
    if (!inCell_) return;
    if (name == "v") inValue_ = false;
    rich_.onEnd(name);
    if (name == "c") endCell();
  }

 private:
  void beginRow(const XmlAttributes& attributes) {
    const std::uint64_t before = rowNumber_;
    rowNumber_ = toNumber<std::uint64_t>(attributes.get("r"), rowNumber_ + 1);
    row_ = {};
    row_.number = rowNumber_;
    row_.outOfPlace = rowNumber_ < before;
    if (rowNumber_ != before) bytes_ = 0;
    nextColumn_ = 0;
  }

  /// Some programs write one row in several pieces, one behind the other.
  void endRow() {
    if (row_.cells.empty() && row_.dropped == 0) return;
    if (rows.empty() || rows.back().number != row_.number) {
      rows.push_back(std::move(row_));
      return;
    }
    RawRow& whole = rows.back();
    whole.dropped += row_.dropped;
    if (whole.cells.size() + row_.cells.size() > kLastColumn) {
      whole.dropped += row_.cells.size();
      return;
    }
    std::move(row_.cells.begin(), row_.cells.end(), std::back_inserter(whole.cells));
  }

  void beginCell(const XmlAttributes& attributes) {
    inCell_ = true;
    inValue_ = sawValue_ = formula_ = false;
    rich_.begin();
    cell_ = {};
    cell_.column = columnOf(attributes.get("r")).value_or(nextColumn_);
    cell_.style = toNumber<std::uint32_t>(attributes.get("s"), 0);
    cell_.type = typeOf(attributes.get("t"));
    nextColumn_ = cell_.column + 1;
    if (cell_.column >= kLastColumn) {
      failure =
          Error{codes::kBadFile, "the workbook is damaged: row " + std::to_string(rowNumber_) +
                                     " has a cell beyond the last column"};
    }
  }

  void endCell() {
    inCell_ = false;
    if (cell_.type == CellType::inline_text) cell_.text = rich_.take();
    if (cell_.type == CellType::text) cell_.text = decodeEscapes(cell_.text);
    const bool emptyText = cell_.type == CellType::text && sawValue_;
    cell_.noResult = formula_ && cell_.text.empty() && !emptyText;
    if (cell_.text.empty() && !cell_.noResult) return;
    bytes_ += cell_.text.size();
    if (bytes_ > options_.maxRow || row_.cells.size() >= kLastColumn) {
      row_.dropped += cell_.text.size();
    } else {
      row_.cells.push_back(std::move(cell_));
    }
  }

  const ReadOptions& options_;
  RichText rich_;
  RawRow row_;
  RawCell cell_;
  std::uint64_t rowNumber_ = 0;
  std::size_t bytes_ = 0;
  std::uint32_t nextColumn_ = 0;
  bool inCell_ = false;
  bool inValue_ = false;
  bool sawValue_ = false;
  bool formula_ = false;
};

class SheetReader final : public RowReader {
 public:
  SheetReader(std::shared_ptr<Workbook> workbook, ZipStream stream, const std::string& part,
              MergedList merged, const ReadOptions& options)
      : workbook_(std::move(workbook)),
        options_(options),
        merged_(std::move(merged), options.fillMerged, options.maxRow),
        handler_(options_),
        xml_(std::move(stream), handler_, part) {}

  Result<bool> next(Row& row) override {
    for (;;) {
      // The last row may go on in another piece.
      while (handler_.rows.size() < 2 && !ended_) {
        auto more = xml_.pump();
        if (!more) return more;
        ended_ = !*more;
      }
      if (handler_.rows.empty()) return false;
      const RawRow raw = std::move(handler_.rows.front());
      handler_.rows.pop_front();
      auto filled = resolve(raw, row);
      if (!filled || *filled) return filled;
    }
  }

 private:
  /// False when nothing in the row is visible.
  Result<bool> resolve(const RawRow& raw, Row& row) {
    row = {};
    row.number = raw.number;
    std::size_t bytes = 0;
    bool tooLong = raw.dropped > 0;
    for (const RawCell& cell : raw.cells) {
      auto meant = meaning(cell);
      if (!meant) return meant.error();
      bytes += meant->text.size();
      tooLong = tooLong || bytes > options_.maxRow;
      if (bytes > options_.maxRow) break;
      const bool visible = meant->damage != Damage::none || !trim(meant->text).empty();
      if (!tooLong && visible) row.cells.push_back(std::move(*meant));
    }
    order(row.cells);
    if (raw.outOfPlace && !row.cells.empty()) {
      row.problems.push_back({codes::kBadRow, "",
                              "row " + std::to_string(raw.number) +
                                  " stands behind rows of higher numbers; save the file again"});
    } else if (!merged_.apply(row)) {
      tooLong = true;
    }
    if (options_.pace) {
      // A few bytes of the part may name long strings, and not every row becomes an item.
      for (const Cell& cell : row.cells) bytes += cell.text.size();
      options_.pace->spend(bytes);
    }
    if (tooLong) {
      row.problems.push_back({codes::kDecodeLimit, "",
                              "row " + std::to_string(raw.number) + " holds more than " +
                                  std::to_string(options_.maxRow >> 10) +
                                  " KiB, with what is merged into it; shorten it"});
    }
    return tooLong || !row.cells.empty();
  }

  /// By column; of two cells that claim one place the later counts, as in Excel.
  static void order(std::vector<Cell>& cells) {
    const auto before = [](const Cell& a, const Cell& b) { return a.column < b.column; };
    if (!std::is_sorted(cells.begin(), cells.end(), before)) {
      std::stable_sort(cells.begin(), cells.end(), before);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i + 1 < cells.size() && cells[i + 1].column == cells[i].column) continue;
      if (kept != i) cells[kept] = std::move(cells[i]);
      ++kept;
    }
    cells.resize(kept);
  }

  Result<Cell> meaning(const RawCell& raw) const {
    Cell cell{raw.column, Cell::Kind::text, Damage::none, {}};
    if (raw.noResult) {
      cell.damage = Damage::no_result;
    } else if (raw.type == CellType::shared) {
      const auto index = toNumber<std::uint64_t>(raw.text, ~std::uint64_t{0});
      if (auto found = workbook_->strings->at(index, cell.text); !found) return found.error();
    } else if (raw.type == CellType::boolean) {
      cell.kind = Cell::Kind::boolean;
      cell.text = raw.text == "1" || raw.text == "true" ? "true" : "false";
    } else if (raw.type == CellType::number) {
      readNumber(raw, cell);
    } else {
      if (raw.type == CellType::error) cell.damage = Damage::formula;
      const auto date = raw.type == CellType::date ? isoDateText(raw.text) : std::nullopt;
      cell.text = date ? *date : raw.text;
    }
    return cell;
  }

  void readNumber(const RawCell& raw, Cell& cell) const {
    cell.text = raw.text;
    const auto value = numberOf(raw.text);
    if (!value) return;
    static const CellFormat plain;
    const CellFormat& format =
        raw.style < workbook_->formats.size() ? workbook_->formats[raw.style] : plain;
    if (format.kind != NumberFormat::plain) {
      if (auto date = dateText(raw.text, format.kind, workbook_->date1904)) {
        // Excel shows 0 as 1900/1/0: what a formula makes of an empty cell.
        const bool dated = format.kind == NumberFormat::date;
        cell.text = dated && *value == 0 ? std::string() : std::move(*date);
        if (dated && *value > 0 && *value < 1 && !workbook_->date1904)
          cell.damage = Damage::no_date;
        return;
      }
    }
    if (std::abs(*value) >= kMostKept) {
      cell.damage = Damage::digits;
      return;
    }
    cell.text = *numberText(raw.text);
    const bool whole =
        *value >= 0 && cell.text.find_first_not_of("0123456789") == std::string::npos;
    if (whole && !format.picture.empty()) {
      cell.text = writePicture(format.picture, cell.text);
    } else {
      cell.kind = Cell::Kind::number;
    }
  }

  std::shared_ptr<Workbook> workbook_;
  ReadOptions options_;
  MergedFill merged_;
  SheetHandler handler_;
  XmlStream xml_;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<RowReader>> openSheet(std::shared_ptr<Workbook> workbook, const Sheet& sheet,
                                             MergedList merged, const ReadOptions& options) {
  const auto entry = partOf(*workbook, sheet);
  if (!entry) return entry.error();
  auto stream = workbook->archive.stream(**entry);
  if (!stream) return stream.error();
  return std::unique_ptr<RowReader>(std::make_unique<SheetReader>(
      std::move(workbook), std::move(*stream), (*entry)->name, std::move(merged), options));
}

}  // namespace lianqiao::file_drop
