#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "places/polygon.h"

namespace lianqiao::places {

/// A county cut into columns × rows grids: every border wavers, is drawn with `steps` edges, and is
/// the same points for both neighbours. Codes are 4116<column><row>, three digits each.
class Lattice {
 public:
  static constexpr double kWest = 114.0;
  static constexpr double kSouth = 33.0;
  static constexpr double kCell = 0.01;

  Lattice(int columns, int rows, int steps) : columns_(columns), rows_(rows), steps_(steps) {}

  [[nodiscard]] std::vector<GridPolygon> polygons() const {
    std::vector<GridPolygon> all;
    for (int column = 0; column < columns_; ++column) {
      for (int row = 0; row < rows_; ++row)
        all.push_back({codeOf(column, row), {ringOf(column, row)}, "lattice", {}});
    }
    return all;
  }

  [[nodiscard]] static std::string codeOf(int column, int row) {
    return "4116" + std::to_string(1000 + column).substr(1) + std::to_string(1000 + row).substr(1);
  }
  /// Within the grid, whatever its borders do.
  [[nodiscard]] static Coordinate middleOf(int column, int row) {
    return {kWest + (column + 0.5) * kCell, kSouth + (row + 0.5) * kCell};
  }

 private:
  [[nodiscard]] static double waver(int x, int y, int salt) {
    auto mixed = static_cast<std::uint32_t>(x * 73856093 ^ y * 19349663 ^ salt * 83492791);
    mixed = (mixed ^ (mixed >> 13)) * 1274126177u;
    return (static_cast<double>(mixed % 2001) / 1000.0 - 1) * 0.2 * kCell;
  }
  /// In steps of a border, from the lattice's south-west.
  [[nodiscard]] Coordinate at(int x, int y) const {
    return {kWest + x * kCell / steps_ + (x % steps_ == 0 ? waver(x, y, 1) : 0),
            kSouth + y * kCell / steps_ + (y % steps_ == 0 ? waver(x, y, 2) : 0)};
  }
  [[nodiscard]] Ring ringOf(int column, int row) const {
    Ring ring;
    const int west = column * steps_;
    const int south = row * steps_;
    for (int i = 0; i < steps_; ++i) ring.push_back(at(west + i, south));
    for (int i = 0; i < steps_; ++i) ring.push_back(at(west + steps_, south + i));
    for (int i = 0; i < steps_; ++i) ring.push_back(at(west + steps_ - i, south + steps_));
    for (int i = 0; i < steps_; ++i) ring.push_back(at(west, south + steps_ - i));
    ring.push_back(ring.front());
    return ring;
  }

  int columns_, rows_, steps_;
};

}  // namespace lianqiao::places
