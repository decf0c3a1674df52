#include "places/grids.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <thread>

#include "conformance/test_data.h"
#include "gateway/places/lattice.h"
#include "lianqiao/json.h"

namespace lianqiao::places {
namespace {

Polygon squareAt(double lng, double lat, double size) {
  return {{{lng, lat}, {lng + size, lat}, {lng + size, lat + size}, {lng, lat + size}, {lng, lat}}};
}

TEST(Grids, FindsTheGridOfEveryPlace) {
  const Lattice lattice(60, 50, 8);
  const Grids grids(lattice.polygons(), Datum::wgs84);
  EXPECT_EQ(grids.size(), 3000u);
  for (int column = 0; column < 60; ++column) {
    for (int row = 0; row < 50; ++row)
      ASSERT_EQ(grids.codeAt(Lattice::middleOf(column, row), Datum::wgs84),
                Lattice::codeOf(column, row));
  }
  for (const Coordinate nowhere : {Coordinate{113, 33}, Coordinate{1e9, 33}, Coordinate{NAN, NAN}})
    EXPECT_EQ(grids.codeAt(nowhere, Datum::wgs84), "");
}

TEST(Grids, LeavesNoGapBetweenNeighbours) {
  const Grids grids(Lattice(10, 10, 8).polygons(), Datum::wgs84);
  std::mt19937 random(3);
  std::uniform_real_distribution<> along(0.005, 0.095);
  for (int i = 0; i < 20'000; ++i) {
    const Coordinate place{Lattice::kWest + along(random), Lattice::kSouth + along(random)};
    ASSERT_NE(grids.codeAt(place, Datum::wgs84), "") << place.lng << ' ' << place.lat;
  }
}

TEST(Grids, AnswersTheLowestCodeOnABorderAndInAnOverlap) {
  const std::vector<GridPolygon> polygons = {{"B", squareAt(114.1, 33, 0.1), "", ""},
                                             {"A", squareAt(114.2, 33, 0.1), "", ""},
                                             {"C", squareAt(114.15, 33.05, 0.1), "", ""}};
  const Grids grids(polygons, Datum::wgs84);
  EXPECT_EQ(grids.codeAt({114.2, 33.02}, Datum::wgs84), "A") << "on the border of A and B";
  EXPECT_EQ(grids.codeAt({114.16, 33.06}, Datum::wgs84), "B") << "in B and C";
  EXPECT_EQ(grids.codeAt({114.21, 33.06}, Datum::wgs84), "A") << "in A and C";
  EXPECT_EQ(grids.codeAt({114.2, 33.12}, Datum::wgs84), "C");
}

TEST(Grids, JoinsThePolygonsOfOneCode) {
  const Grids grids({{"A", squareAt(114, 33, 0.1), "", ""}, {"A", squareAt(115, 33, 0.1), "", ""}},
                    Datum::wgs84);
  EXPECT_EQ(grids.size(), 1u);
  EXPECT_EQ(grids.codeAt({114.05, 33.05}, Datum::wgs84), "A");
  EXPECT_EQ(grids.codeAt({115.05, 33.05}, Datum::wgs84), "A");
  EXPECT_EQ(grids.codeAt({114.5, 33.05}, Datum::wgs84), "");
}

TEST(Grids, KnowsItsCodes) {
  const Grids grids({{"A", squareAt(114, 33, 0.1), "", ""}}, Datum::wgs84);
  EXPECT_TRUE(grids.has("A"));
  EXPECT_FALSE(grids.has("B"));
  EXPECT_FALSE(grids.has(""));
}

TEST(Grids, ConvertsPlacesToTheDatumOfTheFiles) {
  for (const Datum files : {Datum::wgs84, Datum::cgcs2000, Datum::gcj02, Datum::bd09}) {
    const Coordinate middle = convert({114.031, 33.011}, Datum::wgs84, files);
    // 60 m wide: each datum but CGCS2000 lies hundreds of metres off
    const Grids grids({{"A", squareAt(middle.lng - 0.0003, middle.lat - 0.0003, 0.0006), "", ""}},
                      files);
    for (const Datum asked : {Datum::wgs84, Datum::cgcs2000, Datum::gcj02, Datum::bd09})
      EXPECT_EQ(grids.codeAt(convert({114.031, 33.011}, Datum::wgs84, asked), asked), "A")
          << nameOf(files) << ' ' << nameOf(asked);
    if (files != Datum::wgs84 && files != Datum::cgcs2000) {
      EXPECT_EQ(grids.codeAt({114.031, 33.011}, files), "") << nameOf(files);
    }
  }
}

TEST(Grids, MayBeAskedByManyThreads) {
  const Lattice lattice(30, 30, 8);
  const Grids grids(lattice.polygons(), Datum::wgs84);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&grids, t] {
      for (int i = 0; i < 2000; ++i) {
        const int column = (i * 7 + t) % 30;
        const int row = (i * 11 + t) % 30;
        EXPECT_EQ(grids.codeAt(Lattice::middleOf(column, row), Datum::wgs84),
                  Lattice::codeOf(column, row));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Grids, AgreesWithTheSharedPointsInCounties) {
  LIANQIAO_NEEDS_DATA("geo/counties_4_prefectures_gcj02.geojson");
  yaml::Findings errors;
  yaml::Findings warnings;
  const auto grids =
      Grids::load({test::sharedData("geo"), "geo", "code", Datum::gcj02, 100}, errors, warnings);
  // The folder holds a list of points, too, which is none of grids.
  ASSERT_EQ(errors.all().size(), 1u);
  EXPECT_EQ(errors.all()[0].file, "geo/point_in_county_60.json");
  EXPECT_EQ(grids, nullptr);

  const GridFiles files{test::sharedData("geo"), "geo", "code", Datum::gcj02, 100};
  std::vector<GridPolygon> counties = readGridFiles(files, errors, warnings);
  std::erase_if(counties, [](const GridPolygon& one) { return one.code.ends_with("00"); });
  const Grids made(counties, Datum::gcj02);
  const std::string text = test::readFile(test::sharedData("geo/point_in_county_60.json"));
  json::Document document;
  ASSERT_TRUE(json::parse(text, document).ok());
  for (const json::Value& point : document.root.find("points")->elements()) {
    const Coordinate place{*point.find("lng")->number(), *point.find("lat")->number()};
    std::string wanted;
    for (const json::Value& county : point.find("counties")->elements()) wanted = county.text();
    EXPECT_EQ(made.codeAt(place, Datum::gcj02), wanted) << place.lng << ' ' << place.lat;
    EXPECT_EQ(made.codeAt(convert(place, Datum::gcj02, Datum::wgs84), Datum::wgs84), wanted);
  }
}

}  // namespace
}  // namespace lianqiao::places
