#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "places/polygon.h"

namespace lianqiao::places {

/// A place in units of 1e-7 degrees, about a centimetre: so exactly places are kept, and what lies
/// on a border is decided by whole numbers.
struct FixedPoint {
  std::int32_t lng = 0;
  std::int32_t lat = 0;

  /// REQUIRES: within 180 and 90 degrees.
  static FixedPoint of(Coordinate degrees);
};

/// Many polygons made ready to be asked often: the edges of each stand by slabs of latitude, so
/// that a question looks at few of them however many there are; side by side in little memory, for
/// what is asked is in no cache. Thread-safe once all are added.
class PreparedPolygons {
 public:
  /// Its number, from 0. REQUIRES: each ring has at least four points, first and last equal.
  std::uint32_t add(const Polygon& polygon);

  /// What lies on its border, or on that of a hole, counts as within. Of two polygons that share an
  /// edge as the same two points, every point near it is in exactly one, or in both.
  /// REQUIRES: the point is in the polygon's box.
  [[nodiscard]] bool covers(std::uint32_t polygon, FixedPoint point) const;

 private:
  /// From the lower end to the higher; a flat one from west to east.
  struct Edge {
    FixedPoint low, high;
  };
  struct Slabs {
    std::int32_t south = 0;
    std::uint32_t count = 1;
    std::uint64_t scale = 0;   ///< Slabs in a unit of latitude, times 2^32.
    std::uint32_t begins = 0;  ///< Its first place in begins_; it has one more than slabs.

    [[nodiscard]] std::size_t of(std::int32_t lat) const;
  };

  void fill(const std::vector<Edge>& edges, Slabs& slabs, std::int32_t north);

  std::vector<Slabs> polygons_;
  std::vector<std::uint32_t> begins_;  // of each slab in edges_, and behind a polygon's last
  std::vector<Edge> edges_;            // an edge stands in every slab that it touches
};

}  // namespace lianqiao::places
