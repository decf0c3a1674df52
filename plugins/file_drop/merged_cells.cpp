#include "file_drop/merged_cells.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kListBlock = 64u << 10;
constexpr std::string_view kTag = "mergeCell";

struct Corner {
  std::uint32_t column = 0;
  std::uint64_t row = 0;
};

/// "BC12"; row 0 where it is no such thing.
Corner cornerOf(std::string_view text) {
  std::uint64_t column = 0;
  std::size_t at = 0;
  for (; at < text.size() && at < 3 && text[at] >= 'A' && text[at] <= 'Z'; ++at)
    column = column * 26 + static_cast<std::uint64_t>(text[at] - 'A' + 1);
  Corner place;
  if (column == 0) return place;
  place.column = static_cast<std::uint32_t>(column - 1);
  std::from_chars(text.data() + at, text.data() + text.size(), place.row);
  return place;
}

}  // namespace

class MergedScan::Handler final : public XmlHandler {
 public:
  Handler(std::uint32_t maxColumns, std::size_t most) : maxColumns_(maxColumns), most_(most) {}

  void onStart(std::string_view name, const XmlAttributes& attributes) override {
    if (name != kTag) return;
    const std::string_view ref = attributes.get("ref");
    const std::size_t colon = ref.find(':');
    if (colon == std::string_view::npos) return;
    const Corner from = cornerOf(ref.substr(0, colon));
    const Corner to = cornerOf(ref.substr(colon + 1));
    if (from.row == 0 || to.row <= from.row || from.column >= maxColumns_) return;
    constexpr std::uint64_t kLast = std::numeric_limits<std::uint32_t>::max();
    if (from.row > kLast) return;
    if (found.size() == most_) {
      failure =
          Error{codes::kDecodeLimit, "the workbook has more than 500,000 merged cells; split them"};
      return;
    }
    found.push_back({static_cast<std::uint32_t>(from.row),
                     static_cast<std::uint32_t>(std::min(to.row, kLast)), from.column});
  }

  std::vector<MergedCells> found;

 private:
  std::uint32_t maxColumns_;
  std::size_t most_;
};

MergedScan::MergedScan(const ZipArchive& archive, const ZipEntry& entry, std::uint32_t maxColumns,
                       std::size_t most)
    : archive_(archive), entry_(entry), handler_(std::make_unique<Handler>(maxColumns, most)) {}

MergedScan::~MergedScan() = default;

/// True where the part may name merged cells; in UTF-16 it always may.
Result<bool> MergedScan::lookForAny() {
  if (!raw_) {
    auto stream = archive_.stream(entry_);
    if (!stream) return stream.error();
    raw_.emplace(std::move(*stream));
  }
  std::string block(kListBlock, '\0');
  for (;;) {
    auto n = raw_->read(block);
    if (!n) return n.error();
    if (*n == 0) return false;
    const bool start = !begun_;
    begun_ = true;
    window_.append(block, 0, *n);
    constexpr std::string_view kWide("\0\xFE\xFF", 3);
    if (start && window_.substr(0, 4).find_first_of(kWide) != std::string::npos) return true;
    if (window_.find(kTag) != std::string::npos) return true;
    window_.erase(0, window_.size() - std::min(window_.size(), kTag.size() - 1));
  }
}

Result<MergedList> MergedScan::go() {
  if (!xml_) {
    const auto any = lookForAny();
    if (!any) return any.error();
    if (!*any) return std::make_shared<const std::vector<MergedCells>>();
    auto stream = archive_.stream(entry_);
    if (!stream) return stream.error();
    xml_ = std::make_unique<XmlStream>(std::move(*stream), *handler_, entry_.name);
    raw_.reset();
  }
  if (auto read = xml_->readAll(); !read) return read.error();
  std::vector<MergedCells>& found = handler_->found;
  std::stable_sort(found.begin(), found.end(),
                   [](const MergedCells& a, const MergedCells& b) { return a.top < b.top; });
  return std::make_shared<const std::vector<MergedCells>>(std::move(found));
}

bool MergedFill::apply(Row& row) {
  if (row.cells.empty()) return true;
  close(row.number);
  const bool fits = open_.empty() || put(row);
  open(row);
  return fits;
}

void MergedFill::close(std::uint64_t row) {
  for (auto at = open_.begin(); at != open_.end();) {
    if (at->second.bottom >= row) {
      ++at;
      continue;
    }
    bytes_ -= at->second.value.text.size();
    at = open_.erase(at);
  }
}

/// What is open goes into the columns where the row has nothing of its own.
bool MergedFill::put(Row& row) const {
  std::size_t bytes = 0;
  for (const Cell& cell : row.cells) bytes += cell.text.size();
  std::vector<const std::pair<const std::uint32_t, Open>*> missing;
  auto own = row.cells.begin();
  for (const auto& one : open_) {
    while (own != row.cells.end() && own->column < one.first) ++own;
    if (own != row.cells.end() && own->column == one.first) continue;
    bytes += one.second.value.text.size();
    if (!one.second.kept || bytes > maxRow_) return false;
    missing.push_back(&one);
  }
  if (missing.empty()) return true;
  std::vector<Cell> whole;
  whole.reserve(row.cells.size() + missing.size());
  own = row.cells.begin();
  for (const auto* one : missing) {
    while (own != row.cells.end() && own->column < one->first) whole.push_back(std::move(*own++));
    Cell filled = one->second.value;
    if (!fill_ && filled.damage == Damage::none) filled.damage = Damage::merged;
    whole.push_back(std::move(filled));
  }
  std::move(own, row.cells.end(), std::back_inserter(whole));
  row.cells = std::move(whole);
  return true;
}

/// Takes the values of those that begin in this row.
void MergedFill::open(const Row& row) {
  for (; at_ < merged_->size() && (*merged_)[at_].top <= row.number; ++at_) {
    const MergedCells& merged = (*merged_)[at_];
    if (merged.top != row.number) continue;
    const auto cell =
        std::lower_bound(row.cells.begin(), row.cells.end(), merged.left,
                         [](const Cell& one, std::uint32_t at) { return one.column < at; });
    if (cell == row.cells.end() || cell->column != merged.left) continue;
    Open& opened = open_[merged.left];
    bytes_ -= opened.value.text.size();
    opened = {merged.bottom, *cell, bytes_ + cell->text.size() <= maxRow_};
    if (!opened.kept) opened.value.text.clear();
    bytes_ += opened.value.text.size();
  }
}

}  // namespace lianqiao::file_drop
