#include "places/datum.h"

#include <cmath>
#include <numbers>

namespace lianqiao::places {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kXPi = kPi * 3000.0 / 180.0;
constexpr double kAxis = 6378245.0;
constexpr double kEccentricity = 0.00669342162296594323;

bool shifted(Coordinate p) {
  return p.lng >= 73.66 && p.lng <= 135.05 && p.lat >= 3.86 && p.lat <= 53.55;
}

double wave(double a, double v, double b, double w) { return a * std::sin(v) + b * std::sin(w); }

Coordinate offset(Coordinate p) {
  const double x = p.lng - 105.0;
  const double y = p.lat - 35.0;
  const double common = wave(20, 6 * x * kPi, 20, 2 * x * kPi) * 2 / 3;
  double lat =
      -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * std::sqrt(std::fabs(x)) + common;
  lat += wave(20, y * kPi, 40, y / 3 * kPi) * 2 / 3 +
         wave(160, y / 12 * kPi, 320, y * kPi / 30) * 2 / 3;
  double lng = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * std::sqrt(std::fabs(x)) + common;
  lng += wave(20, x * kPi, 40, x / 3 * kPi) * 2 / 3 +
         wave(150, x / 12 * kPi, 300, x / 30 * kPi) * 2 / 3;
  const double phi = p.lat / 180 * kPi;
  const double sine = std::sin(phi);
  const double magic = 1 - kEccentricity * sine * sine;
  const double root = std::sqrt(magic);
  return {lng * 180 / (kAxis / root * std::cos(phi) * kPi),
          lat * 180 / (kAxis * (1 - kEccentricity) / (magic * root) * kPi)};
}

Coordinate toGcj(Coordinate p) {
  if (!shifted(p)) return p;
  const Coordinate d = offset(p);
  return {p.lng + d.lng, p.lat + d.lat};
}

Coordinate fromGcj(Coordinate p) {
  if (!shifted(p)) return p;
  Coordinate guess = p;
  for (int i = 0; i < 10; ++i) {
    const Coordinate there = toGcj(guess);
    const double dLng = there.lng - p.lng;
    const double dLat = there.lat - p.lat;
    guess = {guess.lng - dLng, guess.lat - dLat};
    if (std::fabs(dLng) < 1e-9 && std::fabs(dLat) < 1e-9) break;
  }
  return guess;
}

Coordinate gcjToBd(Coordinate p) {
  const double z = std::sqrt(p.lng * p.lng + p.lat * p.lat) + 0.00002 * std::sin(p.lat * kXPi);
  const double theta = std::atan2(p.lat, p.lng) + 0.000003 * std::cos(p.lng * kXPi);
  return {z * std::cos(theta) + 0.0065, z * std::sin(theta) + 0.006};
}

Coordinate bdToGcjOnce(Coordinate p) {
  const double x = p.lng - 0.0065;
  const double y = p.lat - 0.006;
  const double z = std::sqrt(x * x + y * y) - 0.00002 * std::sin(y * kXPi);
  const double theta = std::atan2(y, x) - 0.000003 * std::cos(x * kXPi);
  return {z * std::cos(theta), z * std::sin(theta)};
}

Coordinate bdToGcj(Coordinate p) {
  Coordinate guess = bdToGcjOnce(p);
  for (int i = 0; i < 5; ++i) {
    const Coordinate there = gcjToBd(guess);
    guess = {guess.lng - (there.lng - p.lng), guess.lat - (there.lat - p.lat)};
  }
  return guess;
}

Datum merged(Datum datum) { return datum == Datum::cgcs2000 ? Datum::wgs84 : datum; }

bool inChina(double lng, double lat) { return lng >= 73 && lng <= 136 && lat >= 3 && lat <= 54; }

}  // namespace

std::optional<Datum> datumOf(std::string_view name) {
  for (Datum datum : {Datum::wgs84, Datum::cgcs2000, Datum::gcj02, Datum::bd09}) {
    if (nameOf(datum) == name) return datum;
  }
  return std::nullopt;
}

std::string_view nameOf(Datum datum) {
  switch (datum) {
    case Datum::cgcs2000:
      return "cgcs2000";
    case Datum::gcj02:
      return "gcj02";
    case Datum::bd09:
      return "bd09";
    default:
      return "wgs84";
  }
}

Coordinate convert(Coordinate point, Datum from, Datum to) {
  from = merged(from);
  to = merged(to);
  if (from == to) return point;
  const Coordinate gcj = from == Datum::wgs84  ? toGcj(point)
                         : from == Datum::bd09 ? bdToGcj(point)
                                               : point;
  if (to == Datum::gcj02) return gcj;
  return to == Datum::bd09 ? gcjToBd(gcj) : fromGcj(gcj);
}

Plausibility judge(Coordinate point) {
  const bool finite = std::isfinite(point.lng) && std::isfinite(point.lat);
  if (finite && inChina(point.lng, point.lat)) return Plausibility::good;
  if (finite && inChina(point.lat, point.lng)) return Plausibility::swapped;
  const bool inRange = finite && std::fabs(point.lng) <= 180 && std::fabs(point.lat) <= 90;
  return inRange ? Plausibility::outside_china : Plausibility::out_of_range;
}

std::string_view objectionTo(Coordinate point) {
  switch (judge(point)) {
    case Plausibility::swapped:
      return "longitude and latitude look swapped";
    case Plausibility::outside_china:
      return "the point lies outside China (longitude 73–136, latitude 3–54)";
    case Plausibility::out_of_range:
      return "these are no degrees (longitude up to 180, latitude up to 90)";
    default:
      return {};
  }
}

}  // namespace lianqiao::places
