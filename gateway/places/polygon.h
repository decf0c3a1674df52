#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "places/datum.h"

/// Areas as the files of grids tell them. Plain data.
namespace lianqiao::places {

/// Its first point comes last again. Which way round does not matter.
using Ring = std::vector<Coordinate>;

/// The outer ring first, then its holes.
using Polygon = std::vector<Ring>;

/// In degrees.
struct Box {
  Coordinate southWest, northEast;
};

/// REQUIRES: the outer ring has a point.
inline Box boxOf(const Polygon& polygon) {
  Box box{polygon.front().front(), polygon.front().front()};
  for (const Coordinate& point : polygon.front()) {
    box.southWest.lng = std::min(box.southWest.lng, point.lng);
    box.southWest.lat = std::min(box.southWest.lat, point.lat);
    box.northEast.lng = std::max(box.northEast.lng, point.lng);
    box.northEast.lat = std::max(box.northEast.lat, point.lat);
  }
  return box;
}

/// One polygon of a grid; a grid may have several.
struct GridPolygon {
  std::string code;
  Polygon polygon;
  std::string file;     ///< For findings.
  std::string feature;  ///< For findings: `features[12]`.
};

}  // namespace lianqiao::places
