#include "places/polygon_check.h"

#include <boost/geometry/algorithms/area.hpp>
#include <boost/geometry/algorithms/correct.hpp>
#include <boost/geometry/algorithms/intersection.hpp>
#include <boost/geometry/algorithms/is_valid.hpp>
#include <boost/geometry/geometries/multi_polygon.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/geometries/polygon.hpp>
#include <cmath>
#include <exception>
#include <numbers>
#include <numeric>

namespace lianqiao::places {
namespace {

namespace bg = boost::geometry;

using PlanePoint = bg::model::d2::point_xy<double>;
using PlanePolygon = bg::model::polygon<PlanePoint>;

constexpr double kMetresPerDegree = 111'320;

/// In metres from `origin`: within the extent of a grid the earth is flat enough for areas.
PlanePolygon planeOf(const Polygon& polygon, Coordinate origin) {
  const double shrink = std::cos(origin.lat / 180 * std::numbers::pi);
  const auto placed = [&](Coordinate at) {
    return PlanePoint((at.lng - origin.lng) * kMetresPerDegree * shrink,
                      (at.lat - origin.lat) * kMetresPerDegree);
  };
  PlanePolygon plane;
  plane.inners().resize(polygon.size() - 1);
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    auto& ring = i == 0 ? plane.outer() : plane.inners()[i - 1];
    for (const Coordinate& point : polygon[i]) ring.push_back(placed(point));
  }
  bg::correct(plane);
  return plane;
}

double sharedArea(const Polygon& one, const Polygon& other) {
  const Coordinate origin = one.front().front();
  std::vector<PlanePolygon> shared;
  try {
    bg::intersection(planeOf(one, origin), planeOf(other, origin), shared);
  } catch (const std::exception&) {
    // Where it cannot be reckoned for numbers that are too close, it is next to nothing.
    return 0;
  }
  return std::accumulate(shared.begin(), shared.end(), 0.0, [](double sum, const auto& part) {
    return sum + std::fabs(bg::area(part));
  });
}

bool overlap(const Box& one, const Box& other) {
  return one.southWest.lng < other.northEast.lng && other.southWest.lng < one.northEast.lng &&
         one.southWest.lat < other.northEast.lat && other.southWest.lat < one.northEast.lat;
}

}  // namespace

std::string_view flawOf(const Polygon& polygon) {
  bg::validity_failure_type failure = bg::no_failure;
  try {
    if (bg::is_valid(planeOf(polygon, polygon.front().front()), failure)) return {};
  } catch (const std::exception&) {
    return "its border cannot be followed";
  }
  switch (failure) {
    case bg::failure_few_points:
    case bg::failure_wrong_topological_dimension:
      return "it has no area";
    case bg::failure_interior_rings_outside:
      return "a hole lies outside of it";
    case bg::failure_nested_interior_rings:
      return "a hole lies within another";
    default:
      return "its border crosses or touches itself";
  }
}

std::vector<Overlap> overlapsOf(const std::vector<GridPolygon>& polygons, double tolerance,
                                bool& whole) {
  std::vector<Box> boxes;
  for (const GridPolygon& one : polygons) boxes.push_back(boxOf(one.polygon));
  std::vector<std::size_t> order(polygons.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return boxes[a].southWest.lng < boxes[b].southWest.lng;
  });
  std::vector<Overlap> found;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t one = order[i];
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      const std::size_t other = order[j];
      if (boxes[other].southWest.lng >= boxes[one].northEast.lng) break;
      if (!overlap(boxes[one], boxes[other]) || polygons[one].code == polygons[other].code)
        continue;
      if (found.size() == kMostOverlaps || ++pairs > kMostPairs) {
        whole = false;
        return found;
      }
      const double area = sharedArea(polygons[one].polygon, polygons[other].polygon);
      if (area > tolerance) found.push_back({std::min(one, other), std::max(one, other), area});
    }
  }
  return found;
}

}  // namespace lianqiao::places
