#include "file_drop/table_items.h"

#include <algorithm>
#include <map>
#include <set>

#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::string_view kOrigin = "_origin";
constexpr std::size_t kMaxTitleRows = 5;
constexpr std::size_t kMaxHeaderCharacters = 100;
constexpr std::size_t kMaxEvidence = 64u << 10;

bool looksLikeHeader(const Row& row) {
  if (row.cells.size() < 3) return false;
  std::set<std::string_view> names;
  return std::all_of(row.cells.begin(), row.cells.end(), [&names](const Cell& cell) {
    return cell.kind == Cell::Kind::text && countCharacters(cell.text) <= 30 &&
           names.insert(trim(cell.text)).second;
  });
}

void writeCell(std::string& out, const Cell& cell) {
  if (cell.kind == Cell::Kind::text || cell.kind == Cell::Kind::error) {
    json::writeText(cell.text, out);
  } else {
    out += cell.text;
  }
}

/// What Excel shows for the error, such as #N/A; nothing where a program wrote something else
/// there, which may be anything.
std::string shownError(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'A' && c <= 'Z') || c == '#' || c == '/' || c == '!' || c == '?' || c == '0' ||
           c == '_';
  };
  const bool known =
      text.starts_with('#') && text.size() <= 16 && std::all_of(text.begin(), text.end(), plain);
  return known ? " (" + std::string(text) + ")" : std::string();
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

std::string columnName(std::uint32_t column) {
  std::string name;
  for (std::uint64_t n = std::uint64_t{column} + 1; n > 0; n = (n - 1) / 26) {
    name.insert(name.begin(), static_cast<char>('A' + (n - 1) % 26));
  }
  return name;
}

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
    : rows_(std::move(rows)), file_(std::move(file)), sheet_(std::move(sheet)), options_(options) {}

std::string TableItems::place(const Row& row) const {
  std::string text = file_;
  if (!sheet_.empty()) text += ", sheet " + sheet_;
  return text + (sheet_.empty() ? ", line " : ", row ") + std::to_string(row.number);
}

Result<bool> TableItems::take(Row& row) {
  if (ahead_.empty()) return rows_->next(row);
  row = std::move(ahead_.front());
  ahead_.pop_front();
  return true;
}

Result<bool> TableItems::skipToGivenHeader() {
  for (;;) {
    Row row;
    auto found = rows_->next(row);
    if (!found || !*found) return found;
    if (row.number < options_.headerRow) continue;
    if (row.number > options_.headerRow) {
      return Error{std::string(codes::kBadFile), "header_row is " +
                                                     std::to_string(options_.headerRow) +
                                                     ", but that row of " + file_ + " is empty"};
    }
    ahead_.push_back(std::move(row));
    return true;
  }
}

Result<bool> TableItems::skipTitles() {
  for (std::size_t i = 0; i <= kMaxTitleRows; ++i) {
    Row row;
    auto found = rows_->next(row);
    if (!found) return found;
    if (!*found) break;
    const bool title = row.problems.empty() && row.cells.size() <= (i == 0 ? 1u : 2u);
    ahead_.push_back(std::move(row));
    if (!title) break;
  }
  if (ahead_.size() > 1 && looksLikeHeader(ahead_.back()))
    ahead_.erase(ahead_.begin(), ahead_.end() - 1);
  return !ahead_.empty();
}

Result<void> TableItems::nameColumns(const Row& header) {
  headerRow_ = header.number;
  if (!header.problems.empty()) {
    return Error{header.problems.front().code,
                 "the header of " + file_ + " cannot be read: " + header.problems.front().message};
  }
  headerWidth_ = std::max(header.width, header.cells.empty() ? 0 : header.cells.back().column + 1);
  if (headerWidth_ > options_.maxColumns) {
    return Error{std::string(codes::kDecodeLimit),
                 "row " + std::to_string(header.number) + " of " + file_ + " names more than " +
                     std::to_string(options_.maxColumns) + " columns"};
  }
  names_.assign(headerWidth_, {});
  std::map<std::string, std::uint32_t, std::less<>> seen;
  for (const Cell& cell : header.cells) {
    if (cell.kind == Cell::Kind::error) {
      return Error{std::string(codes::kBadFile),
                   "row " + std::to_string(header.number) + " of " + file_ + ": column " +
                       columnName(cell.column) +
                       " is named by a formula that failed; write its name and drop it again"};
    }
    std::string name(trim(cell.text));
    if (name.empty()) continue;
    if (name == kOrigin || countCharacters(name) > kMaxHeaderCharacters) {
      return Error{std::string(codes::kBadFile),
                   "row " + std::to_string(header.number) + " of " + file_ + ": column " +
                       columnName(cell.column) +
                       " has a name that cannot be used; shorten or change it"};
    }
    const auto [other, first] = seen.try_emplace(name, cell.column);
    if (!first) {
      return Error{std::string(codes::kBadFile),
                   "row " + std::to_string(header.number) + " of " + file_ + ": columns " +
                       columnName(other->second) + " and " + columnName(cell.column) +
                       " are both named \"" + name +
                       "\"; give each its own name and drop it again"};
    }
    names_[cell.column] = std::move(name);
  }
  return {};
}

Result<bool> TableItems::readHeader() {
  auto found = options_.headerRow > 0 ? skipToGivenHeader() : skipTitles();
  if (!found || !*found) return found;
  const Row header = std::move(ahead_.front());
  ahead_.pop_front();
  if (auto named = nameColumns(header); !named) return named.error();
  return true;
}

void TableItems::checkCell(const Row& row, const Cell& cell, std::vector<Problem>& problems) const {
  const std::string where =
      "row " + std::to_string(row.number) + ", column " + columnName(cell.column);
  if (cell.column >= headerWidth_) {
    // One is enough: a comma too many shifts everything after it.
    if (problems.empty() || problems.back().path != "/_columns") {
      problems.push_back({std::string(codes::kBadRow), "/_columns",
                          where + ": there is a value, but the header has only " +
                              std::to_string(headerWidth_) + " columns"});
    }
    return;
  }
  if (names_[cell.column].empty()) {
    problems.push_back({std::string(codes::kBadRow), "",
                        where + ": there is a value, but row " + std::to_string(headerRow_) +
                            " names no such column"});
    return;
  }
  if (cell.text.size() > options_.maxCell) {
    problems.push_back(
        {std::string(codes::kDecodeLimit), "/" + names_[cell.column],
         where + ": the value is longer than " + std::to_string(options_.maxCell >> 10) + " KiB"});
  } else if (cell.kind == Cell::Kind::error) {
    problems.push_back({std::string(codes::kBadRow), "/" + names_[cell.column],
                        where + ": the formula failed" + shownError(cell.text) +
                            "; correct it, or clear the cell"});
  } else if (cell.text.find('\0') != std::string::npos) {
    problems.push_back({std::string(codes::kBadRow), "/" + names_[cell.column],
                        where + ": the value holds a NUL byte"});
  }
}

void TableItems::writeSourceId(const Row& row, Item& item) const {
  std::string id;
  for (const std::string& name : options_.idColumns) {
    const auto cell = std::find_if(row.cells.begin(), row.cells.end(), [&](const Cell& c) {
      return c.column < headerWidth_ && names_[c.column] == name;
    });
    if (cell == row.cells.end()) {
      item.raw.problems.push_back({std::string(codes::kMissing), "/" + name,
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
  item.raw.origin = place(row);
  item.raw.problems = row.problems;
  item.raw.evidence = row.evidence;
  std::string& body = item.raw.body;
  body = "{";
  for (const Cell& cell : row.cells) {
    const std::size_t problems = item.raw.problems.size();
    checkCell(row, cell, item.raw.problems);
    if (item.raw.problems.size() > problems || cell.column >= headerWidth_) continue;
    json::writeText(names_[cell.column], body);
    body += ':';
    writeCell(body, cell);
    body += ',';
  }
  writeOrigin(body, file_, sheet_, row.number);
  body += '}';
  const bool shortRow = row.width > 0 && row.width < headerWidth_ && row.problems.empty();
  if (shortRow && !options_.acceptShortRows) {
    item.raw.problems.push_back(
        {std::string(codes::kBadRow), "/_columns",
         "row " + std::to_string(row.number) + " has " + std::to_string(row.width) + " of " +
             std::to_string(headerWidth_) +
             " columns: it may be cut off; complete it, or set short_rows: accept"});
  }
  if (!options_.idColumns.empty()) writeSourceId(row, item);
  if (!item.raw.problems.empty() && item.raw.evidence.empty()) item.raw.evidence = evidenceOf(row);
}

Result<bool> TableItems::next(Item& item) {
  if (headerRow_ == 0) {
    auto found = readHeader();
    if (!found || !*found) return found;
  }
  Row row;
  auto found = take(row);
  if (!found || !*found) return found;
  if (++count_ > options_.maxRows) {
    return Error{std::string(codes::kDecodeLimit), file_ + " has more than " +
                                                       std::to_string(options_.maxRows) +
                                                       " rows; split it, or raise max_rows"};
  }
  fill(row, item);
  return true;
}

}  // namespace lianqiao::file_drop
