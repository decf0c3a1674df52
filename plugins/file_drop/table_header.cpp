#include <algorithm>
#include <map>
#include <set>

#include "file_drop/artefacts.h"
#include "file_drop/table_items.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

/// How TableItems finds and judges its header.
namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kMaxTitleRows = 5;
constexpr std::size_t kMaxHeaderCharacters = 100;
constexpr std::uint64_t kMaxSearchRows = 1'000;
constexpr std::size_t kMaxSearchBytes = 1u << 20;
constexpr std::string_view kAbove = " (above the header)";

bool looksLikeHeader(const Row& row) {
  if (row.cells.size() < 3) return false;
  std::set<std::string_view> names;
  return std::all_of(row.cells.begin(), row.cells.end(), [&names](const Cell& cell) {
    return cell.kind == Cell::Kind::text && countCharacters(cell.text) <= 30 &&
           names.insert(trim(cell.text)).second;
  });
}

}  // namespace

Result<TableItems::Found> TableItems::takeGivenHeader() {
  for (;;) {
    if (auto there = lookAhead(); !there) return there.error();
    if (ahead_.empty()) return Found::empty;
    const Row row = std::move(ahead_.front());
    ahead_.pop_front();
    if (row.number < options_.headerRow) {
      passOver(row, kAbove);
      continue;
    }
    if (row.number > options_.headerRow) {
      return Error{codes::kBadFile, "header_row is " + std::to_string(options_.headerRow) +
                                        ", but that row of " + file_ + " is empty"};
    }
    if (auto whole = checkHeader(row); !whole) return whole.error();
    Header header = columns_.read(row);
    header_ = row.cells;
    if (columns_.known() && !columns_.suffices(header)) {
      pairWith(header, row);
      if (!columns_.suffices(header)) {
        complain(header, 1);
        return Found::none;
      }
    }
    if (auto named = nameColumns(std::move(header)); !named) return named.error();
    return Found::header;
  }
}

Result<TableItems::Found> TableItems::skipTitles() {
  for (std::size_t i = ahead_.size(); i <= kMaxTitleRows; ++i) {
    Row row;
    auto found = read(row);
    if (!found) return found.error();
    if (!*found) break;
    const bool title = row.problems.empty() && row.cells.size() <= (i == 0 ? 1u : 2u);
    ahead_.push_back(std::move(row));
    if (!title) break;
  }
  while (ahead_.size() > 1 && looksLikeHeader(ahead_.back())) {
    passOver(ahead_.front(), kAbove);
    ahead_.pop_front();
  }
  if (ahead_.empty()) return Found::empty;
  const Row header = std::move(ahead_.front());
  ahead_.pop_front();
  if (auto whole = checkHeader(header); !whole) return whole.error();
  header_ = header.cells;
  if (auto named = nameColumns(columns_.read(header)); !named) return named.error();
  return Found::header;
}

/// Of two lines where one alone would not do, or would name less.
bool TableItems::saysMore(const Header& both, const Header& one) const {
  return columns_.suffices(both) && (both.read > one.read || !columns_.suffices(one));
}

/// Makes `header`, read from `upper`, one of two lines where that says more; else the row after it
/// stays for the next call.
void TableItems::pairWith(Header& header, const Row& upper) {
  if (ahead_.empty()) return;
  const Row& lower = ahead_.front();
  Header both = columns_.read(upper, lower);
  const bool next = lower.problems.empty() && lower.number == upper.number + 1;
  if (!next || !saysMore(both, header)) return;
  header = std::move(both);
  header_ = lower.cells;
  ahead_.pop_front();
}

Result<TableItems::Found> TableItems::searchHeader() {
  while (search_.rows < kMaxSearchRows && search_.bytes < kMaxSearchBytes) {
    if (auto there = lookAhead(); !there) return there.error();
    if (ahead_.empty()) break;
    Row row = std::move(ahead_.front());
    ahead_.pop_front();
    ++search_.rows;
    for (const Cell& cell : row.cells) search_.bytes += cell.text.size();
    Header header = columns_.read(row);
    Header both;
    if (search_.above.number + 1 == row.number) both = columns_.read(search_.above, row);
    if (saysMore(both, header)) header = std::move(both);
    header_ = row.cells;
    if (row.problems.empty() && header.read > 0) pairWith(header, row);
    if (row.problems.empty() && columns_.suffices(header)) {
      if (auto named = nameColumns(std::move(header)); !named) return named.error();
      search_ = {};
      return Found::header;
    }
    if (search_.nearest.row == 0 || header.read > search_.nearest.read)
      search_.nearest = std::move(header);
    if (!row.problems.empty() && search_.broken.empty())
      search_.broken = "; " + row.problems.front().message;
    passOver(row, kAbove);
    search_.above = std::move(row);
  }
  if (search_.rows == 0) return Found::empty;
  complain(search_.nearest, search_.rows);
  complaint_ += search_.broken;
  return Found::none;
}

void TableItems::complain(const Header& nearest, std::uint64_t rows) {
  namesRead_ = nearest.read;
  const std::string where = file_ + (sheet_.empty() ? "" : ", sheet " + sheet_);
  const std::string lacking = columns_.lacking(nearest);
  if (nearest.read == 0) {
    complaint_ =
        where + ": none of the columns that the mappings read (" + columns_.list() +
        ") stands in " +
        (rows == 1 ? label(nearest.row)
                   : "the first " + std::to_string(rows) + (sheet_.empty() ? " lines" : " rows")) +
        (lacking.find("is it") == std::string::npos
             ? std::string()
             : "; " + label(nearest.row) + " lacks " + lacking) +
        "; name the columns above the rows as the mapping does";
    return;
  }
  complaint_ = where + ": " + label(nearest.row) + " comes nearest to a header, with " +
               std::to_string(nearest.read) + " of the columns that the mappings read, but lacks " +
               lacking + "; name the columns as the mapping does, or change the mapping";
}

/// A header that cannot be read whole is none.
Result<void> TableItems::checkHeader(const Row& header) const {
  if (!header.problems.empty()) {
    return Error{header.problems.front().code,
                 "the header of " + file_ + " cannot be read: " + header.problems.front().message};
  }
  for (const Cell& cell : header.cells) {
    if (cell.damage == Damage::none) continue;
    return Error{codes::kBadFile, label(header.number) + " of " + file_ + ": column " +
                                      columnName(cell.column) + ": " + explain(cell)};
  }
  return {};
}

Result<void> TableItems::nameColumns(Header header) {
  headerRow_ = header.row;
  namesRead_ = header.read;
  names_ = std::move(header.names);
  while (!names_.empty() && names_.back().empty()) names_.pop_back();
  const std::string where = label(headerRow_) + " of " + file_ + ": ";
  if (names_.size() > options_.maxColumns) {
    return Error{codes::kDecodeLimit, label(headerRow_) + " of " + file_ + " names more than " +
                                          std::to_string(options_.maxColumns) + " columns"};
  }
  if (!header.doubled.empty()) {
    return Error{codes::kBadFile, where + "two columns may mean \"" + header.doubled +
                                      "\"; name the right one exactly so"};
  }
  std::map<std::string, std::uint32_t, std::less<>> seen;
  for (std::uint32_t column = 0; column < names_.size(); ++column) {
    const std::string& name = names_[column];
    if (name.empty()) continue;
    if (name == kOrigin || countCharacters(name) > kMaxHeaderCharacters) {
      return Error{codes::kBadFile, where + "column " + columnName(column) +
                                        " has a name that cannot be used; shorten or change it"};
    }
    const auto [other, first] = seen.try_emplace(name, column);
    if (!first) {
      return Error{codes::kBadFile, where + "columns " + columnName(other->second) + " and " +
                                        columnName(column) + " are both named \"" + name +
                                        "\"; give each its own name and drop it again"};
    }
  }
  return {};
}

Result<TableItems::Found> TableItems::findHeader() {
  if (headerRow_ != 0) return Found::header;
  if (options_.headerRow > 0) return takeGivenHeader();
  return columns_.known() ? searchHeader() : skipTitles();
}

/// A long ledger repeats its header on every page.
bool TableItems::repeatsHeader(const Row& row) const {
  const auto same = [](const Cell& a, const Cell& b) {
    return a.column == b.column && a.text == b.text;
  };
  return row.cells.size() > 1 && row.problems.empty() &&
         std::equal(row.cells.begin(), row.cells.end(), header_.begin(), header_.end(), same);
}

}  // namespace lianqiao::file_drop
