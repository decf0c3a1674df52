#pragma once

#include <optional>

#include "expression/expression.h"
#include "places/datum.h"

/// Coordinates between peers and records. Immutable and thread-safe.
namespace lianqiao::expression {

/// A peer's coordinates to {lng, lat, datum: wgs84, original: {lng, lat, datum}}; `original` only
/// where the peer's datum is another one. Refuses points outside China and swapped ones.
class PointIn final : public Origin {
 public:
  std::size_t lng = 0;
  std::size_t lat = 0;
  std::optional<std::size_t> pair;  ///< One text with both instead: "114.03,33.01".
  bool latFirst = false;
  places::Datum datum = places::Datum::wgs84;
  std::string source;
  json::Value take(Run& run, const Scope& scope) const override;

 private:
  json::Value convertPair(const json::Value& text, Run& run, const Scope& scope) const;
  json::Value converted(const json::Value& first, const json::Value& second, Run& run,
                        const Scope& scope) const;
};

/// A record's point to a peer's datum: {lng, lat}, or one of the two. The original numbers go out
/// where they are in that datum.
class PointOut final : public Origin {
 public:
  enum class Part : std::uint8_t { both, lng, lat };
  std::size_t point = 0;
  places::Datum datum = places::Datum::wgs84;
  Part part = Part::both;
  std::string source;
  json::Value take(Run& run, const Scope& scope) const override;
};

}  // namespace lianqiao::expression
