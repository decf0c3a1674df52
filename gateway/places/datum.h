#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// Coordinate systems in use in China (protocols §7). Pure functions, thread-safe.
namespace lianqiao::places {

/// CGCS2000 differs from WGS-84 by centimetres and is taken as equal.
enum class Datum : std::uint8_t { wgs84, cgcs2000, gcj02, bd09 };

/// Degrees.
struct Coordinate {
  double lng = 0;
  double lat = 0;
};

std::optional<Datum> datumOf(std::string_view name);
std::string_view nameOf(Datum datum);

/// The ways back to WGS-84 and GCJ-02 are solved by iteration (error below 1e-8 degrees). Outside
/// the box of mainland China (73.66–135.05, 3.86–53.55) GCJ-02 has no shift.
Coordinate convert(Coordinate point, Datum from, Datum to);

enum class Plausibility : std::uint8_t { good, out_of_range, outside_china, swapped };
/// Whether a point can be what a Chinese platform means; `swapped`: it would be, with lng and lat
/// exchanged.
Plausibility judge(Coordinate point);
/// Why no Chinese platform can mean that point; empty where one can.
std::string_view objectionTo(Coordinate point);

}  // namespace lianqiao::places
