#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "places/polygon.h"

namespace lianqiao::places {

/// Which of many areas a point is in: an R-tree of boxes over prepared polygons. Immutable and
/// thread-safe.
class GridIndex {
 public:
  /// A polygon and the number of the area that it is part of.
  struct Part {
    const Polygon* polygon;
    std::uint32_t area;
  };
  /// Copies what it needs.
  explicit GridIndex(const std::vector<Part>& parts);
  ~GridIndex();

  /// The lowest number of all areas that the point is in, borders counted in.
  [[nodiscard]] std::optional<std::uint32_t> lowestAt(Coordinate point) const;

 private:
  struct Tree;
  std::unique_ptr<const Tree> tree_;
};

}  // namespace lianqiao::places
