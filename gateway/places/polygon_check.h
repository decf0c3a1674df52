#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "places/polygon.h"

/// What is wrong with areas. Pure functions; slow, for the time of compiling.
namespace lianqiao::places {

/// What makes a polygon one of which nobody can say what is in it; empty: nothing.
std::string_view flawOf(const Polygon& polygon);

/// Two polygons of different grids that overlap.
struct Overlap {
  std::size_t one, other;  ///< Places in what was given.
  double squareMetres;
};

/// Bounds of one search: more is not told.
inline constexpr std::size_t kMostOverlaps = 100;
inline constexpr std::size_t kMostPairs = 200'000;

/// Those by more than `tolerance` square metres. `whole` becomes false where a bound ended the
/// search.
std::vector<Overlap> overlapsOf(const std::vector<GridPolygon>& polygons, double tolerance,
                                bool& whole);

}  // namespace lianqiao::places
