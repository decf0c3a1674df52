#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "places/polygon.h"
#include "yaml/yaml_node.h"

namespace lianqiao::places {

/// Where the grids of a county are told.
struct GridFiles {
  std::filesystem::path folder;  ///< Of GeoJSON, *.json and *.geojson; not those below it.
  std::string shown;             ///< The folder's name in findings.
  std::string codeProperty = "code";
  Datum datum = Datum::wgs84;
  double overlapTolerance = 100;  ///< Square metres: borders that two people drew differ.
};

/// Bounds of what is read; what exceeds one is an error.
inline constexpr std::size_t kMostFiles = 20'000;
inline constexpr std::size_t kMostFileBytes = 64u << 20;
inline constexpr std::size_t kMostPolygons = 200'000;
inline constexpr std::size_t kMostPoints = 5'000'000;

/// Every polygon that can be used, in the order of files and features: FeatureCollections and
/// single Features with Polygons or MultiPolygons (RFC 7946). A file that cannot be read as such is
/// an error. A feature without code, or a polygon with a flaw, is left out and is a warning.
std::vector<GridPolygon> readGridFiles(const GridFiles& files, yaml::Findings& errors,
                                       yaml::Findings& warnings);

}  // namespace lianqiao::places
