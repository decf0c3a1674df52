#include "gateway/pipeline/mapping_fixture.h"
#include "gateway/places/lattice.h"

namespace lianqiao::pipeline {
namespace {

using places::Datum;
using places::Lattice;

/// A county of 3 × 3 grids whose files are in GCJ-02.
class GridOfTest : public ::testing::Test {
 protected:
  GridOfTest() {
    bench_.grids = std::make_shared<const places::Grids>(Lattice(3, 3, 8).polygons(), Datum::gcj02);
  }
  static std::string at(places::Coordinate place) {
    return R"({"id":"1","lng":)" + std::to_string(place.lng) + R"(,"lat":")" +
           std::to_string(place.lat) + "\"}";
  }
  static std::string grid(int column, int row) {
    return R"({"grid":")" + Lattice::codeOf(column, row) + "\"}";
  }
  /// The middle of a grid, as its files tell it.
  const places::Coordinate middle_ = Lattice::middleOf(1, 2);
  MappingBench bench_;
};

TEST_F(GridOfTest, FindsTheGridOfAPlaceInThePeersDatum) {
  for (const Datum datum : {Datum::wgs84, Datum::cgcs2000, Datum::gcj02, Datum::bd09}) {
    ASSERT_TRUE(bench_.compileFields("  grid: {grid_of: {lng: lng, lat: lat, datum: " +
                                     std::string(places::nameOf(datum)) + "}}\n"))
        << bench_.shown();
    EXPECT_EQ(bench_.run(at(places::convert(middle_, Datum::gcj02, datum))), grid(1, 2));
  }
}

TEST_F(GridOfTest, IsAbsentOutsideOfEveryGridAndWithoutAPlace) {
  ASSERT_TRUE(
      bench_.compileFields("  id: id\n  grid: {grid_of: {lng: lng, lat: lat, datum: gcj02}}\n"));
  EXPECT_EQ(bench_.run(at({113.5, 33})), R"({"id":"1"})");
  EXPECT_EQ(bench_.run(R"({"id":"1"})"), R"({"id":"1"})");
  ASSERT_TRUE(bench_.compileFields(
      "  grid: {grid_of: {lng: lng, lat: lat, datum: gcj02}, default: none}\n"));
  EXPECT_EQ(bench_.run(at({113.5, 33})), R"({"grid":"none"})");
}

TEST_F(GridOfTest, RefusesWhatIsNoPlace) {
  ASSERT_TRUE(bench_.compileFields("  grid: {grid_of: {lng: lng, lat: lat, datum: gcj02}}\n"));
  EXPECT_EQ(bench_.run(at({33, 114})),
            "normalize.bad_coordinate /data/grid: lng and lat: longitude and latitude look "
            "swapped\n");
}

TEST_F(GridOfTest, ReadsAPairAndAPointOfAnEvent) {
  ASSERT_TRUE(
      bench_.compileFields("  grid: {grid_of: {pair: xy, order: lat_lng, datum: gcj02}}\n"));
  EXPECT_EQ(bench_.run(R"({"id":"1","xy":"33.025,114.015"})"), grid(1, 2));
  ASSERT_TRUE(bench_.compileFields("  grid: {grid_of: {of: point}}\n"));
  const auto wgs = places::convert(middle_, Datum::gcj02, Datum::wgs84);
  EXPECT_EQ(bench_.run(R"({"id":"1","point":{"lng":)" + std::to_string(wgs.lng) + R"(,"lat":)" +
                       std::to_string(wgs.lat) + R"(,"datum":"wgs84"}})"),
            grid(1, 2));
  EXPECT_EQ(bench_.run(R"({"id":"1","point":{"lng":113,"lat":33,"datum":"wgs84",
                           "original":{"lng":114.015,"lat":33.025,"datum":"gcj02"}}})"),
            grid(1, 2))
      << "what was told in the datum of the files is taken as it was told";
}

TEST_F(GridOfTest, TakesAGivenCodeThatThereIs) {
  ASSERT_TRUE(
      bench_.compileFields("  grid: {grid_of: {code: wgbh, lng: lng, lat: lat, datum: gcj02}}\n"));
  EXPECT_EQ(bench_.run(R"({"id":"1","wgbh":" 4116000001 ","lng":114.015,"lat":33.025})"),
            grid(0, 1));
  EXPECT_EQ(bench_.run(R"({"id":"1","wgbh":"","lng":114.015,"lat":33.025})"), grid(1, 2));
  EXPECT_EQ(bench_.run(R"({"id":"1","wgbh":"4117","lng":114.015,"lat":33.025})"),
            "normalize.unmapped_code /data/grid: wgbh: no file of the grids has the code `4117`\n");
}

TEST_F(GridOfTest, LeavesThePlaceWithTheRest) {
  ASSERT_TRUE(
      bench_.compile("mapping: m\ndirection: inbound\ntype: thing\nrecord: {key: [id]}\n"
                     "fields:\n  grid: {grid_of: {lng: lng, lat: lat, datum: gcj02}}\n"
                     "rest: sourceFields\n"))
      << bench_.shown();
  EXPECT_EQ(bench_.run(R"({"id":"1","lng":114.015,"lat":33.025})", true),
            R"({"grid":"4116001002","sourceFields":{"lng":"114.015","lat":"33.025"}})");
}

TEST_F(GridOfTest, IsRefusedWithoutGridsAndWithoutAPlace) {
  EXPECT_FALSE(bench_.compileFields("  grid: {grid_of: {datum: gcj02}}\n"));
  EXPECT_NE(bench_.shown().find("`grid_of` needs a code, a place, or both"), std::string::npos);
  EXPECT_FALSE(bench_.compileFields("  grid: {grid_of: {lng: lng, lat: lat}}\n"));
  EXPECT_NE(bench_.shown().find("the point does not say its datum"), std::string::npos);
  bench_.grids = nullptr;
  EXPECT_FALSE(bench_.compileFields("  grid: {grid_of: {code: wgbh}}\n"));
  EXPECT_NE(bench_.shown().find("there are no grids to look in"), std::string::npos);
}

}  // namespace
}  // namespace lianqiao::pipeline
