#include "file_drop/table_items.h"

#include <algorithm>

#include "file_drop/artefacts.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

void writeCell(std::string& out, const Cell& cell) {
  if (cell.kind == Cell::Kind::text) {
    json::writeText(cell.text, out);
  } else {
    out += cell.text;
  }
}

/// Every cell as a JSON array of [column, value], for a row that no header fits.
std::string evidenceOf(const Row& row) {
  std::string out = "[";
  for (const Cell& cell : row.cells) {
    if (out.size() > kMaxEvidence) break;
    if (out.size() > 1) out += ',';
    out += "[\"" + columnName(cell.column) + "\",";
    writeCell(out, cell);
    out += ']';
  }
  return out + "]";
}

}  // namespace

void mendCarriageReturns(std::string& text) {
  constexpr std::string_view kEscaped = "_x000D_\n";
  std::size_t at = text.find(kEscaped);
  if (at == std::string::npos) return;
  std::string out;
  std::size_t from = 0;
  for (; at != std::string::npos; at = text.find(kEscaped, from)) {
    out.append(text, from, at - from);
    out += "\r\n";
    from = at + kEscaped.size();
  }
  out.append(text, from);
  text = std::move(out);
}

void writeOrigin(std::string& body, std::string_view file, std::string_view sheet,
                 std::uint64_t row) {
  body += "\"_origin\":{\"file\":";
  json::writeText(file, body);
  if (!sheet.empty()) {
    body += ",\"sheet\":";
    json::writeText(sheet, body);
  }
  body += ",\"row\":" + std::to_string(row) + "}";
}

TableItems::TableItems(std::unique_ptr<RowReader> rows, std::string file, std::string sheet,
                       const ReadOptions& options)
    : rows_(std::move(rows)),
      file_(std::move(file)),
      sheet_(std::move(sheet)),
      options_(options),
      columns_(options.shapes, options.maxColumns),
      filter_(options.skip) {}

std::string TableItems::label(std::uint64_t row) const {
  return (sheet_.empty() ? "line " : "row ") + std::to_string(row);
}

std::string TableItems::place(std::uint64_t row) const {
  return file_ + (sheet_.empty() ? "" : ", sheet " + sheet_) + ", " + label(row);
}

void TableItems::passOver(const Row& row, std::string_view why) {
  passed_.add((sheet_.empty() ? "" : "sheet " + sheet_ + " ") + label(row.number) +
              std::string(why));
}

/// The next row with what spreadsheets left in it undone.
Result<bool> TableItems::read(Row& row) {
  for (;;) {
    auto found = rows_->next(row);
    if (!found || !*found) return found;
    for (Cell& cell : row.cells) undoArtefacts(cell);
    std::erase_if(row.cells, [](const Cell& cell) {
      return cell.text.empty() && cell.damage == Damage::none;
    });
    if (!row.cells.empty() || !row.problems.empty()) return true;
  }
}

/// Two rows wait, or all that come: what a header is judged by, so that the judgement itself never
/// pauses.
Result<void> TableItems::lookAhead() {
  while (ahead_.size() < 2 && !ended_) {
    Row row;
    const auto found = read(row);
    if (!found) return found.error();
    ended_ = !*found;
    if (*found) ahead_.push_back(std::move(row));
  }
  return {};
}

Result<bool> TableItems::take(Row& row) {
  if (ahead_.empty()) return ended_ ? Result<bool>(false) : read(row);
  row = std::move(ahead_.front());
  ahead_.pop_front();
  return true;
}

void TableItems::checkCell(const Row& row, const Cell& cell, std::vector<Problem>& problems) const {
  const std::string where =
      "row " + std::to_string(row.number) + ", column " + columnName(cell.column);
  if (cell.column >= names_.size()) {
    // One is enough: a comma too many shifts everything after it.
    if (problems.empty() || problems.back().path != "/_columns") {
      problems.push_back({codes::kBadRow, "/_columns",
                          where + ": there is a value, but the header has only " +
                              std::to_string(names_.size()) + " columns"});
    }
    return;
  }
  if (names_[cell.column].empty()) {
    problems.push_back({codes::kBadRow, "",
                        where + ": there is a value, but row " + std::to_string(headerRow_) +
                            " names no such column"});
    return;
  }
  if (cell.text.size() > options_.maxCell) {
    problems.push_back(
        {codes::kDecodeLimit, "/" + names_[cell.column],
         where + ": the value is longer than " + std::to_string(options_.maxCell >> 10) + " KiB"});
  } else if (cell.damage != Damage::none) {
    problems.push_back({codes::kBadRow, "/" + names_[cell.column], where + ": " + explain(cell)});
  } else if (cell.text.find('\0') != std::string::npos) {
    problems.push_back(
        {codes::kBadRow, "/" + names_[cell.column], where + ": the value holds a NUL byte"});
  }
}

void TableItems::writeSourceId(const Row& row, Item& item) const {
  std::string id;
  for (const std::string& name : options_.idColumns) {
    const auto cell = std::find_if(row.cells.begin(), row.cells.end(), [&](const Cell& c) {
      return c.column < names_.size() && names_[c.column] == name;
    });
    if (cell == row.cells.end()) {
      item.raw.problems.push_back({codes::kMissing, "/" + name,
                                   "row " + std::to_string(row.number) + ": the column " + name +
                                       " is part of the id and has no value"});
      return;
    }
    id += (id.empty() ? "" : "|") + std::string(trim(cell->text));
  }
  item.raw.sourceId = std::move(id);
}

void TableItems::fill(const Row& row, Item& item) const {
  item = {};
  item.row = row.number;
  item.sheet = sheet_;
  item.raw.origin = place(row.number);
  item.raw.problems = row.problems;
  item.raw.evidence = row.evidence;
  std::string& body = item.raw.body;
  body = "{";
  for (const Cell& cell : row.cells) {
    const std::size_t problems = item.raw.problems.size();
    checkCell(row, cell, item.raw.problems);
    if (item.raw.problems.size() > problems || cell.column >= names_.size()) continue;
    json::writeText(names_[cell.column], body);
    body += ':';
    writeCell(body, cell);
    body += ',';
  }
  writeOrigin(body, file_, sheet_, row.number);
  body += '}';
  const bool shortRow = row.width > 0 && row.width < names_.size() && row.problems.empty();
  if (shortRow && !options_.acceptShortRows) {
    item.raw.problems.push_back(
        {codes::kBadRow, "/_columns",
         "row " + std::to_string(row.number) + " has " + std::to_string(row.width) + " of " +
             std::to_string(names_.size()) +
             " columns: it may be cut off; complete it, or set short_rows: accept"});
  }
  if (!options_.idColumns.empty()) writeSourceId(row, item);
  if (!item.raw.problems.empty() && item.raw.evidence.empty()) item.raw.evidence = evidenceOf(row);
}

Result<bool> TableItems::next(Item& item) {
  if (headerRow_ == 0) {
    auto found = findHeader();
    if (!found) return found.error();
    if (*found == Found::none) return Error{codes::kBadFile, complaint_};
    if (*found == Found::empty) return false;
  }
  Row row;
  for (;;) {
    auto found = take(row);
    if (!found || !*found) return found;
    const bool again = repeatsHeader(row);
    if (!again && !filter_.takes(row)) break;
    passOver(row, again ? " (the header again)" : "");
  }
  if (++count_ > options_.maxRows) {
    return Error{codes::kDecodeLimit, file_ + " has more than " + std::to_string(options_.maxRows) +
                                          " rows; split it, or raise max_rows"};
  }
  fill(row, item);
  return true;
}

}  // namespace lianqiao::file_drop
