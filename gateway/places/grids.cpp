#include "places/grids.h"

#include <algorithm>
#include <cmath>

#include "places/polygon_check.h"

namespace lianqiao::places {
namespace {

std::vector<std::string> codesOf(const std::vector<GridPolygon>& polygons) {
  std::vector<std::string> codes;
  for (const GridPolygon& one : polygons) codes.push_back(one.code);
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

std::vector<GridIndex::Part> partsOf(const std::vector<GridPolygon>& polygons,
                                     const std::vector<std::string>& codes) {
  std::vector<GridIndex::Part> parts;
  for (const GridPolygon& one : polygons) {
    const auto at = std::lower_bound(codes.begin(), codes.end(), one.code);
    parts.push_back({&one.polygon, static_cast<std::uint32_t>(at - codes.begin())});
  }
  return parts;
}

void tellOverlaps(const std::vector<GridPolygon>& polygons, const GridFiles& files,
                  yaml::Findings& warnings) {
  bool whole = true;
  for (const Overlap& overlap : overlapsOf(polygons, files.overlapTolerance, whole)) {
    const GridPolygon& one = polygons[overlap.one];
    const GridPolygon& other = polygons[overlap.other];
    warnings.add({other.file,
                  {},
                  other.feature,
                  "grid " + other.code + " overlaps grid " + one.code + " (" + one.file +
                      (one.feature.empty() ? "" : ": " + one.feature) + ") by " +
                      std::to_string(std::llround(overlap.squareMetres)) +
                      " m²: what lies there counts to the lower code, " +
                      std::min(one.code, other.code),
                  "draw one border for both, or raise grids: {overlap_tolerance: …}"});
  }
  if (whole) return;
  warnings.add({files.shown,
                {},
                {},
                "too many grids overlap: the search has ended, and there may be more",
                "mend those that are named, and check again"});
}

}  // namespace

std::shared_ptr<const Grids> Grids::load(const GridFiles& files, yaml::Findings& errors,
                                         yaml::Findings& warnings) {
  const std::size_t before = errors.all().size();
  const std::vector<GridPolygon> polygons = readGridFiles(files, errors, warnings);
  if (errors.all().size() != before) return nullptr;
  tellOverlaps(polygons, files, warnings);
  return std::make_shared<const Grids>(polygons, files.datum);
}

Grids::Grids(const std::vector<GridPolygon>& polygons, Datum datum)
    : codes_(codesOf(polygons)), datum_(datum), index_(partsOf(polygons, codes_)) {}

std::string_view Grids::codeAt(Coordinate point, Datum datum) const {
  const auto lowest = index_.lowestAt(convert(point, datum, datum_));
  return lowest ? std::string_view(codes_[*lowest]) : std::string_view();
}

bool Grids::has(std::string_view code) const {
  return std::binary_search(codes_.begin(), codes_.end(), code);
}

}  // namespace lianqiao::places
