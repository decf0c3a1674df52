#include "places/datum.h"

#include <gtest/gtest.h>

#include "conformance/test_data.h"
#include "lianqiao/json.h"

namespace lianqiao::places {
namespace {

constexpr double kTolerance = 1e-6;

void expectNear(Coordinate got, Coordinate wanted, const std::string& what) {
  EXPECT_NEAR(got.lng, wanted.lng, kTolerance) << what;
  EXPECT_NEAR(got.lat, wanted.lat, kTolerance) << what;
}

TEST(Datum, ConvertsThePublishedPoints) {
  struct Row {
    Datum from, to;
    Coordinate in, out;
  };
  const Row rows[] = {
      {Datum::wgs84, Datum::gcj02, {116.404, 39.915}, {116.41024449916938, 39.91640428150164}},
      {Datum::wgs84, Datum::gcj02, {114.031, 33.011}, {114.03690525390567, 33.009211651437674}},
      {Datum::wgs84, Datum::gcj02, {113.6254, 34.7466}, {113.6314466644585, 34.74541745147574}},
      {Datum::wgs84, Datum::gcj02, {121.4737, 31.2304}, {121.47822305927693, 31.22845773757727}},
      {Datum::gcj02, Datum::bd09, {116.404, 39.915}, {116.41036949371029, 39.92133699351022}},
      {Datum::gcj02, Datum::bd09, {114.031, 33.011}, {114.03751564615204, 33.01698512523088}},
      {Datum::bd09, Datum::gcj02, {116.404, 39.915}, {116.39762729119315, 39.90865673957631}},
      {Datum::gcj02, Datum::wgs84, {114.031, 33.011}, {114.02510881586076, 33.012803088770774}},
      {Datum::gcj02, Datum::wgs84, {113.6254, 34.7466}, {113.61935757274676, 34.747787391784456}}};
  for (const Row& row : rows) {
    expectNear(convert(row.in, row.from, row.to), row.out,
               std::string(nameOf(row.from)) + " to " + std::string(nameOf(row.to)));
  }
}

TEST(Datum, AgreesWithTheSharedVectorsWithinAMicrodegree) {
  LIANQIAO_NEEDS_DATA("vectors/coordinates_20.json");
  const std::string content = test::readFile(test::sharedData("vectors/coordinates_20.json"));
  json::Document document;
  ASSERT_TRUE(json::parse(content, document).ok());
  const auto at = [](const json::Value& row, const char* name) {
    const auto pair = row.find(name)->elements();
    return Coordinate{*pair[0].number(), *pair[1].number()};
  };
  for (const json::Value& row : document.root.find("points")->elements()) {
    if (row.find("disputed_bounds")->boolean()) continue;
    const std::string name(row.find("name")->text());
    const Coordinate wgs = at(row, "wgs84");
    expectNear(convert(wgs, Datum::wgs84, Datum::gcj02), at(row, "gcj02"), name);
    expectNear(convert(wgs, Datum::wgs84, Datum::bd09), at(row, "bd09"), name);
    expectNear(convert(at(row, "gcj02"), Datum::gcj02, Datum::wgs84), wgs, name);
    expectNear(convert(at(row, "gcj02"), Datum::gcj02, Datum::wgs84), at(row, "gcj02_to_wgs84"),
               name);
    // the libraries undo BD-09 in one step and stop up to a microdegree short of the point they
    // came from
    expectNear(convert(at(row, "bd09"), Datum::bd09, Datum::wgs84), wgs, name);
  }
}

TEST(Datum, ComesBackToTheSamePointAllOverChina) {
  for (double lng = 75; lng < 134; lng += 3.7) {
    for (double lat = 5; lat < 53; lat += 2.9) {
      const Coordinate p{lng, lat};
      const Coordinate gcj =
          convert(convert(p, Datum::wgs84, Datum::gcj02), Datum::gcj02, Datum::wgs84);
      EXPECT_NEAR(gcj.lng, lng, 1e-8);
      EXPECT_NEAR(gcj.lat, lat, 1e-8);
      expectNear(convert(convert(p, Datum::wgs84, Datum::bd09), Datum::bd09, Datum::wgs84), p,
                 "bd09");
    }
  }
}

TEST(Datum, TheEdgeOfTheBoxIsShiftedAndBeyondItNothingIs) {
  const auto isShifted = [](Coordinate p) {
    const Coordinate gcj = convert(p, Datum::wgs84, Datum::gcj02);
    return gcj.lng != p.lng && gcj.lat != p.lat;
  };
  for (Coordinate edge : {Coordinate{73.66, 35}, {135.05, 35}, {110, 3.86}, {110, 53.55}})
    EXPECT_TRUE(isShifted(edge)) << edge.lng << " " << edge.lat;
  for (Coordinate p : {Coordinate{73.65, 35}, {135.06, 35}, {110, 3.85}, {110, 53.56}})
    EXPECT_FALSE(isShifted(p)) << p.lng << " " << p.lat;
}

TEST(Datum, TakesCgcs2000AsWgs84) {
  const Coordinate p = convert({114.031, 33.011}, Datum::cgcs2000, Datum::wgs84);
  EXPECT_EQ(p.lng, 114.031);
  EXPECT_EQ(p.lat, 33.011);
}

TEST(Datum, TellsSwappedFromImpossiblePoints) {
  EXPECT_EQ(judge({114.03, 33.01}), Plausibility::good);
  EXPECT_EQ(judge({33.01, 114.03}), Plausibility::swapped);
  EXPECT_EQ(judge({0, 0}), Plausibility::outside_china);
  EXPECT_EQ(judge({-74.0, 40.7}), Plausibility::outside_china);
  EXPECT_EQ(judge({500000, 3600000}), Plausibility::out_of_range);
}

TEST(Datum, IsKnownByItsName) {
  EXPECT_EQ(datumOf("gcj02"), Datum::gcj02);
  EXPECT_EQ(datumOf("WGS84"), std::nullopt);
}

}  // namespace
}  // namespace lianqiao::places
