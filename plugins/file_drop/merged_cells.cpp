#include "file_drop/merged_cells.h"

#include <algorithm>
#include <charconv>

#include "file_drop/xml_stream.h"
#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kMost = 200'000;
constexpr std::size_t kBlock = 64u << 10;
constexpr std::string_view kTag = "mergeCell";

struct Place {
  std::uint32_t column = 0;
  std::uint64_t row = 0;
};

/// "BC12"; row 0 where it is no such thing.
Place placeOf(std::string_view text) {
  std::uint64_t column = 0;
  std::size_t at = 0;
  for (; at < text.size() && at < 3 && text[at] >= 'A' && text[at] <= 'Z'; ++at)
    column = column * 26 + static_cast<std::uint64_t>(text[at] - 'A' + 1);
  Place place;
  if (column == 0) return place;
  place.column = static_cast<std::uint32_t>(column - 1);
  std::from_chars(text.data() + at, text.data() + text.size(), place.row);
  return place;
}

class MergedHandler final : public XmlHandler {
 public:
  explicit MergedHandler(std::uint32_t maxColumns) : maxColumns_(maxColumns) {}

  void onStart(std::string_view name, const XmlAttributes& attributes) override {
    if (name != kTag) return;
    const std::string_view ref = attributes.get("ref");
    const std::size_t colon = ref.find(':');
    if (colon == std::string_view::npos) return;
    const Place from = placeOf(ref.substr(0, colon));
    const Place to = placeOf(ref.substr(colon + 1));
    if (from.row == 0 || to.row <= from.row || from.column >= maxColumns_) return;
    if (found.size() == kMost) {
      failure = Error{std::string(codes::kDecodeLimit),
                      "the sheet has more than 200,000 merged cells; split them"};
      return;
    }
    found.push_back({from.row, to.row, from.column});
  }

  std::vector<MergedCells> found;

 private:
  std::uint32_t maxColumns_;
};

/// True where the part may name merged cells; in UTF-16 it always may.
Result<bool> mayHaveAny(ZipStream stream) {
  std::string window;
  std::string block(kBlock, '\0');
  for (bool first = true;; first = false) {
    auto n = stream.read(block);
    if (!n) return n.error();
    if (*n == 0) return false;
    window.append(block, 0, *n);
    if (first &&
        window.substr(0, 4).find_first_of(std::string_view("\0\xFE\xFF", 3)) != std::string::npos) {
      return true;
    }
    if (window.find(kTag) != std::string::npos) return true;
    window.erase(0, window.size() - std::min(window.size(), kTag.size() - 1));
  }
}

}  // namespace

Result<std::vector<MergedCells>> findMergedCells(const ZipArchive& archive, const ZipEntry& entry,
                                                 std::uint32_t maxColumns) {
  auto stream = archive.streamApart(entry);
  if (!stream) return stream.error();
  const auto any = mayHaveAny(std::move(*stream));
  if (!any) return any.error();
  if (!*any) return std::vector<MergedCells>();
  stream = archive.streamApart(entry);
  if (!stream) return stream.error();
  MergedHandler handler(maxColumns);
  if (auto read = XmlStream(std::move(*stream), handler, entry.name).readAll(); !read)
    return read.error();
  std::stable_sort(handler.found.begin(), handler.found.end(),
                   [](const MergedCells& a, const MergedCells& b) { return a.top < b.top; });
  return std::move(handler.found);
}

void MergedFill::apply(Row& row) {
  if (row.cells.empty()) return;
  const auto place = [&row](std::uint32_t column) {
    return std::lower_bound(row.cells.begin(), row.cells.end(), column,
                            [](const Cell& cell, std::uint32_t at) { return cell.column < at; });
  };
  for (auto at = open_.begin(); at != open_.end();) {
    if (at->second.bottom < row.number) {
      at = open_.erase(at);
      continue;
    }
    const auto cell = place(at->first);
    if (cell == row.cells.end() || cell->column != at->first) {
      Cell filled = at->second.value;
      if (!fill_ && filled.damage == Damage::none) filled.damage = Damage::merged;
      row.cells.insert(cell, std::move(filled));
    }
    ++at;
  }
  for (; at_ < merged_.size() && merged_[at_].top <= row.number; ++at_) {
    const MergedCells& merged = merged_[at_];
    const auto cell = place(merged.left);
    const bool here =
        merged.top == row.number && cell != row.cells.end() && cell->column == merged.left;
    if (here) open_[merged.left] = {merged.bottom, *cell};
  }
}

}  // namespace lianqiao::file_drop
