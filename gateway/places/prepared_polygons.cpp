#include "places/prepared_polygons.h"

#include <cmath>

namespace lianqiao::places {
namespace {

constexpr double kUnits = 1e7;  // in a degree
/// Copies of an edge, on the average: more slabs would take memory and save nothing.
constexpr std::size_t kMostCopies = 4;

std::int64_t across(FixedPoint low, FixedPoint high, FixedPoint point) {
  const std::int64_t east = std::int64_t{high.lng} - low.lng;
  const std::int64_t north = std::int64_t{high.lat} - low.lat;
  // Each factor has 32 bits with its sign, and an edge within 180 degrees less.
  return east * (std::int64_t{point.lat} - low.lat) - (std::int64_t{point.lng} - low.lng) * north;
}

}  // namespace

FixedPoint FixedPoint::of(Coordinate degrees) {
  return {static_cast<std::int32_t>(std::lround(degrees.lng * kUnits)),
          static_cast<std::int32_t>(std::lround(degrees.lat * kUnits))};
}

std::size_t PreparedPolygons::Slabs::of(std::int32_t lat) const {
  const std::uint64_t above = lat > south ? static_cast<std::uint64_t>(lat - south) : 0;
  return std::min<std::size_t>((above * scale) >> 32, count - 1);
}

std::uint32_t PreparedPolygons::add(const Polygon& polygon) {
  std::vector<Edge> edges;
  for (const Ring& ring : polygon) {
    for (std::size_t i = 1; i < ring.size(); ++i) {
      Edge edge{FixedPoint::of(ring[i - 1]), FixedPoint::of(ring[i])};
      const auto rank = [](FixedPoint end) { return std::pair(end.lat, end.lng); };
      if (rank(edge.high) < rank(edge.low)) std::swap(edge.low, edge.high);
      if (rank(edge.low) != rank(edge.high)) edges.push_back(edge);
    }
  }
  const Box box = boxOf(polygon);
  Slabs slabs;
  slabs.south = FixedPoint::of(box.southWest).lat;
  slabs.begins = static_cast<std::uint32_t>(begins_.size());
  fill(edges, slabs, FixedPoint::of(box.northEast).lat);
  polygons_.push_back(slabs);
  return static_cast<std::uint32_t>(polygons_.size()) - 1;
}

void PreparedPolygons::fill(const std::vector<Edge>& edges, Slabs& slabs, std::int32_t north) {
  const auto height = static_cast<std::uint64_t>(north - slabs.south) + 1;
  std::size_t copies = 0;
  slabs.count = static_cast<std::uint32_t>(std::max<std::size_t>(edges.size() / 2, 1));
  for (;; slabs.count /= 2) {
    slabs.scale = (std::uint64_t{slabs.count} << 32) / height;
    copies = 0;
    for (const Edge& edge : edges) copies += slabs.of(edge.high.lat) - slabs.of(edge.low.lat) + 1;
    if (slabs.count == 1 || copies <= kMostCopies * edges.size()) break;
  }
  std::vector<std::uint32_t> next(slabs.count + 1, 0);
  for (const Edge& edge : edges) {
    for (std::size_t slab = slabs.of(edge.low.lat); slab <= slabs.of(edge.high.lat); ++slab)
      ++next[slab + 1];
  }
  next[0] = static_cast<std::uint32_t>(edges_.size());
  for (std::size_t slab = 1; slab < next.size(); ++slab) next[slab] += next[slab - 1];
  begins_.insert(begins_.end(), next.begin(), next.end());
  edges_.resize(edges_.size() + copies);
  for (const Edge& edge : edges) {
    for (std::size_t slab = slabs.of(edge.low.lat); slab <= slabs.of(edge.high.lat); ++slab)
      edges_[next[slab]++] = edge;
  }
}

bool PreparedPolygons::covers(std::uint32_t polygon, FixedPoint point) const {
  const Slabs& slabs = polygons_[polygon];
  const std::uint32_t* const begin = &begins_[slabs.begins + slabs.of(point.lat)];
  // Without branches: which edges lie beside the point is chance, and a wrong guess costs more than
  // all of this.
  unsigned inside = 0;
  unsigned onBorder = 0;
  for (std::uint32_t i = begin[0]; i < begin[1]; ++i) {
    const auto& [low, high] = edges_[i];
    const std::int64_t side = across(low, high, point);  // positive: it passes east of the point
    const unsigned above = low.lat <= point.lat ? 1 : 0;
    // Its higher end belongs to the next edge, so that none counts twice.
    inside ^= above & (point.lat < high.lat ? 1u : 0u) & (side > 0 ? 1u : 0u);
    // Where it is flat, every point of its latitude has the side 0.
    onBorder |= above & (point.lat <= high.lat ? 1u : 0u) & (side == 0 ? 1u : 0u) &
                (std::min(low.lng, high.lng) <= point.lng ? 1u : 0u) &
                (point.lng <= std::max(low.lng, high.lng) ? 1u : 0u);
  }
  return (inside | onBorder) != 0;
}

}  // namespace lianqiao::places
