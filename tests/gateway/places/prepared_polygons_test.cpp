#include "places/prepared_polygons.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace lianqiao::places {
namespace {

/// One of them alone, asked by degrees.
class Prepared {
 public:
  explicit Prepared(const Polygon& polygon) : box_(boxOf(polygon)) { all_.add(polygon); }
  [[nodiscard]] bool covers(Coordinate point) const {
    const bool inBox = point.lng >= box_.southWest.lng && point.lng <= box_.northEast.lng &&
                       point.lat >= box_.southWest.lat && point.lat <= box_.northEast.lat;
    return inBox && all_.covers(0, FixedPoint::of(point));
  }

 private:
  const Box box_;
  PreparedPolygons all_;
};

const Ring kSquare = {{114, 33}, {115, 33}, {115, 34}, {114, 34}, {114, 33}};
const Ring kHole = {
    {114.25, 33.25}, {114.25, 33.75}, {114.75, 33.75}, {114.75, 33.25}, {114.25, 33.25}};

TEST(PreparedPolygons, KnowsWithinAndWithout) {
  const Prepared square({kSquare});
  EXPECT_TRUE(square.covers({114.5, 33.5}));
  EXPECT_FALSE(square.covers({113.5, 33.5}));
  EXPECT_FALSE(square.covers({115.5, 33.5}));
  EXPECT_FALSE(square.covers({114.5, 32.5}));
  EXPECT_FALSE(square.covers({114.5, 34.5}));
}

TEST(PreparedPolygons, CountsBordersAndCornersAsWithin) {
  const Prepared square({kSquare});
  for (const Coordinate point :
       {Coordinate{114, 33}, Coordinate{115, 34}, Coordinate{114, 33.5}, Coordinate{115, 33.5},
        Coordinate{114.5, 33}, Coordinate{114.5, 34}})
    EXPECT_TRUE(square.covers(point)) << point.lng << ' ' << point.lat;
}

TEST(PreparedPolygons, LeavesOutHoles) {
  const Prepared ring({kSquare, kHole});
  EXPECT_FALSE(ring.covers({114.5, 33.5}));
  EXPECT_TRUE(ring.covers({114.1, 33.5}));
  EXPECT_TRUE(ring.covers({114.25, 33.5})) << "on the border of the hole";
}

TEST(PreparedPolygons, PassesThroughCornersOnce) {
  // The line to the east of each point meets one corner exactly.
  const Prepared diamond({{{114, 33}, {115, 34}, {114, 35}, {113, 34}, {114, 33}}});
  EXPECT_TRUE(diamond.covers({113.5, 34}));
  EXPECT_FALSE(diamond.covers({112.5, 34}));
  EXPECT_FALSE(diamond.covers({113, 33}));
  EXPECT_FALSE(diamond.covers({113, 35}));
}

/// The even-odd rule over all edges, as books have it.
bool evenOdd(const Ring& ring, Coordinate p) {
  bool inside = false;
  for (std::size_t i = 1; i < ring.size(); ++i) {
    const Coordinate a = ring[i - 1];
    const Coordinate b = ring[i];
    if ((a.lat > p.lat) == (b.lat > p.lat)) continue;
    if (p.lng < a.lng + (b.lng - a.lng) * (p.lat - a.lat) / (b.lat - a.lat)) inside = !inside;
  }
  return inside;
}

/// As exactly as places are kept.
Coordinate rounded(double lng, double lat) {
  return {std::round(lng * 1e7) / 1e7, std::round(lat * 1e7) / 1e7};
}

TEST(PreparedPolygons, AgreesWithTheEvenOddRuleOnManyPoints) {
  std::mt19937 random(7);
  for (const int corners : {5, 50, 2000}) {
    Ring star;
    for (int i = 0; i < corners; ++i) {
      const double angle = 2 * std::numbers::pi * i / corners;
      const double radius = 0.3 + 0.7 * std::uniform_real_distribution<>(0, 1)(random);
      star.push_back(rounded(114 + radius * std::cos(angle), 33 + radius * std::sin(angle)));
    }
    star.push_back(star.front());
    const Prepared prepared({star});
    std::uniform_real_distribution<> off(-1.1, 1.1);
    int within = 0;
    for (int i = 0; i < 20'000; ++i) {
      const Coordinate point = rounded(114 + off(random), 33 + off(random));
      const bool wanted = evenOdd(star, point);
      within += wanted ? 1 : 0;
      ASSERT_EQ(prepared.covers(point), wanted) << corners << ": " << point.lng << ' ' << point.lat;
    }
    EXPECT_GT(within, 1000);
  }
}

TEST(PreparedPolygons, KeepsManyApart) {
  PreparedPolygons all;
  EXPECT_EQ(all.add({kSquare}), 0u);
  EXPECT_EQ(all.add({kSquare, kHole}), 1u);
  EXPECT_EQ(all.add({{{113, 33}, {115, 33}, {114, 35}, {113, 33}}}), 2u);
  const FixedPoint middle = FixedPoint::of({114.5, 33.5});
  EXPECT_TRUE(all.covers(0, middle));
  EXPECT_FALSE(all.covers(1, middle));
  EXPECT_TRUE(all.covers(2, middle));
}

}  // namespace
}  // namespace lianqiao::places
