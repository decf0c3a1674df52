#include "places/grid_index.h"

#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <boost/geometry/strategies/relate/cartesian.hpp>
#include <boost/iterator/function_output_iterator.hpp>
#include <cmath>
#include <utility>

#include "places/prepared_polygons.h"

namespace lianqiao::places {
namespace {

namespace bg = boost::geometry;

// Wide enough for the sum of two longitudes, which packing the tree makes.
using TreePoint = bg::model::d2::point_xy<std::int64_t>;
using TreeBox = bg::model::box<TreePoint>;
using Leaf = std::pair<TreeBox, std::uint32_t>;

TreePoint treePointOf(FixedPoint point) { return {point.lng, point.lat}; }

TreeBox treeBoxOf(const Polygon& polygon) {
  const Box box = boxOf(polygon);
  return {treePointOf(FixedPoint::of(box.southWest)), treePointOf(FixedPoint::of(box.northEast))};
}

}  // namespace

struct GridIndex::Tree {
  // Small nodes: a point is in few boxes.
  using Boxes = bg::index::rtree<Leaf, bg::index::rstar<8>>;

  Tree(const std::vector<Part>& parts, const std::vector<Leaf>& leaves) : boxes(leaves) {
    for (const Part& part : parts) {
      polygons.add(*part.polygon);
      areas.push_back(part.area);
    }
  }

  Boxes boxes;  ///< Of the numbers of `polygons`.
  PreparedPolygons polygons;
  std::vector<std::uint32_t> areas;
};

GridIndex::GridIndex(const std::vector<Part>& parts) {
  std::vector<Leaf> leaves;
  for (const Part& part : parts)
    leaves.emplace_back(treeBoxOf(*part.polygon), static_cast<std::uint32_t>(leaves.size()));
  tree_ = std::make_unique<const Tree>(parts, leaves);
}

GridIndex::~GridIndex() = default;

std::optional<std::uint32_t> GridIndex::lowestAt(Coordinate degrees) const {
  if (!(std::fabs(degrees.lng) <= 180 && std::fabs(degrees.lat) <= 90)) return std::nullopt;
  const FixedPoint point = FixedPoint::of(degrees);
  std::optional<std::uint32_t> lowest;
  const auto look = [&](const Leaf& leaf) {
    const std::uint32_t area = tree_->areas[leaf.second];
    if (lowest && *lowest <= area) return;
    if (tree_->polygons.covers(leaf.second, point)) lowest = area;
  };
  tree_->boxes.query(bg::index::intersects(treePointOf(point)),
                     boost::make_function_output_iterator(look));
  return lowest;
}

}  // namespace lianqiao::places
