#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "places/grid_files.h"
#include "places/grid_index.h"

namespace lianqiao::places {

/// The grids (网格) of a county: which one a place is in, and which there are. Immutable and
/// thread-safe once it is made.
class Grids {
 public:
  /// Reads a folder. What cannot be read becomes errors, and the answer is then null. What is left
  /// out and what overlaps become warnings; all else is used.
  static std::shared_ptr<const Grids> load(const GridFiles& files, yaml::Findings& errors,
                                           yaml::Findings& warnings);
  /// Of polygons without flaw.
  Grids(const std::vector<GridPolygon>& polygons, Datum datum);

  /// The code of the grid that the point is in; on a border, and where grids overlap, the lowest of
  /// the codes; empty: it is in none. The view lives as long as this.
  [[nodiscard]] std::string_view codeAt(Coordinate point, Datum datum) const;
  /// Whether there is a grid of that code.
  [[nodiscard]] bool has(std::string_view code) const;
  /// In which the files tell the borders; a place that is told in it needs no conversion.
  [[nodiscard]] Datum datum() const { return datum_; }
  [[nodiscard]] std::size_t size() const { return codes_.size(); }

 private:
  std::vector<std::string> codes_;  // sorted: the lowest number is the lowest code
  Datum datum_;
  GridIndex index_;
};

}  // namespace lianqiao::places
