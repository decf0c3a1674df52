#include "places/grid_files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "places/grids.h"
#include "support/temporary_folder.h"
#include "yaml/findings.h"

namespace lianqiao::places {
namespace {

/// A folder of GeoJSON that a test writes, and what is found in it.
class GridFilesTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
  }
  /// A feature of one ring, "114 33, 115 33, …".
  static std::string feature(const std::string& code, const std::string& ring) {
    std::string points;
    std::string number;
    for (const char c : ring + ",") {
      if (c == ',') {
        points += (points.empty() ? "[" : ",[") + number + "]";
        number.clear();
      } else if (c != ' ') {
        number += c;
      } else if (!number.empty()) {
        number += ',';
      }
    }
    return R"({"type":"Feature","properties":{"code":")" + code +
           R"("},"geometry":{"type":"Polygon","coordinates":[[)" + points + "]]}}";
  }
  static std::string collection(const std::string& features) {
    return R"({"type":"FeatureCollection","features":[)" + features + "]}";
  }
  std::shared_ptr<const Grids> load() {
    return Grids::load({folder_.path(), "grids", property_, Datum::wgs84, 100}, errors_, warnings_);
  }
  [[nodiscard]] std::string found() const { return yaml::toText(errors_, warnings_); }

  static constexpr const char* kSquare = "114 33, 114.1 33, 114.1 33.1, 114 33.1, 114 33";

  test::TemporaryFolder folder_;
  std::string property_ = "code";
  yaml::Findings errors_, warnings_;
};

TEST_F(GridFilesTest, ReadsCollectionsAndSingleFeaturesOfAFolder) {
  write("a.geojson", collection(feature("A", kSquare) + "," +
                                feature("B", "115 33, 115.1 33, 115.1 33.1, 115 33")));
  write("c.json", "\xEF\xBB\xBF" + feature("C", "116 33, 116.1 33, 116.1 33.1, 116 33.1"));
  write("notes.txt", "no grid");
  const auto grids = load();
  ASSERT_NE(grids, nullptr) << found();
  EXPECT_EQ(found(), "");
  EXPECT_EQ(grids->size(), 3u);
  EXPECT_EQ(grids->codeAt({116.05, 33.05}, Datum::wgs84), "C") << "left open, and closed";
}

TEST_F(GridFilesTest, ReadsHolesAndSeveralPolygons) {
  write("a.json", R"({"type":"Feature","properties":{"code":7},"geometry":{"type":"MultiPolygon",
    "coordinates":[[[[114,33],[115,33],[115,34],[114,34],[114,33]],
                    [[114.4,33.4],[114.4,33.6],[114.6,33.6],[114.6,33.4],[114.4,33.4]]],
                   [[[116,33,12.5],[117,33,12],[117,34,12],[116,33,12.5]]]]}})");
  const auto grids = load();
  ASSERT_NE(grids, nullptr) << found();
  EXPECT_EQ(grids->codeAt({114.2, 33.5}, Datum::wgs84), "7");
  EXPECT_EQ(grids->codeAt({114.5, 33.5}, Datum::wgs84), "");
  EXPECT_EQ(grids->codeAt({116.9, 33.5}, Datum::wgs84), "7");
}

TEST_F(GridFilesTest, TakesTheCodeFromTheNamedProperty) {
  property_ = "网格编码";
  write("a.json", R"({"type":"Feature","properties":{"网格编码":" 4116 "},"geometry":
    {"type":"Polygon","coordinates":[[[114,33],[115,33],[115,34],[114,33]]]}})");
  const auto grids = load();
  ASSERT_NE(grids, nullptr) << found();
  EXPECT_TRUE(grids->has("4116"));
}

TEST_F(GridFilesTest, NamesABorderThatCrossesItselfAndUsesTheRest) {
  write("a.json", collection(feature("A", kSquare) + "," +
                             feature("B", "115 33, 116 34, 116 33, 115 34, 115 33")));
  const auto grids = load();
  ASSERT_NE(grids, nullptr);
  EXPECT_EQ(
      found(),
      "grids/a.json: warning: features[1]: a polygon of grid B is not used: its border "
      "crosses or touches itself; mend it where it was drawn; until then no place is in it\n");
  EXPECT_TRUE(grids->has("A"));
  EXPECT_FALSE(grids->has("B"));
}

TEST_F(GridFilesTest, NamesAnOverlapByItsAreaAndUsesBoth) {
  // 0.001 by 0.1 degrees: about 93 m by 11,132 m
  write("a.json", feature("B", kSquare));
  write("b.json", collection(feature("A", "114.099 33, 114.2 33, 114.2 33.1, 114.099 33.1")));
  const auto grids = load();
  ASSERT_NE(grids, nullptr);
  ASSERT_EQ(warnings_.all().size(), 1u) << found();
  const yaml::Finding& finding = warnings_.all()[0];
  EXPECT_EQ(finding.file, "grids/b.json");
  EXPECT_EQ(finding.path, "features[0]");
  EXPECT_NE(finding.message.find("grid A overlaps grid B (grids/a.json) by 1039"),
            std::string::npos)
      << finding.message;
  EXPECT_EQ(grids->codeAt({114.0995, 33.05}, Datum::wgs84), "A");
  EXPECT_EQ(grids->codeAt({114.05, 33.05}, Datum::wgs84), "B");
}

TEST_F(GridFilesTest, BearsWhatTwoHandsDrew) {
  // a tenth of a metre over 557 m
  write("a.json",
        collection(feature("A", kSquare) + "," +
                   feature("B", "114.099999 33, 114.2 33, 114.2 33.005, 114.099999 33.005")));
  ASSERT_NE(load(), nullptr);
  EXPECT_EQ(found(), "");
}

TEST_F(GridFilesTest, LeavesOutWhatIsNoGridAndNamesIt) {
  write(
      "a.json",
      collection(R"({"type":"Feature","properties":{"name":"x"},"geometry":null},)" +
                 feature("A", "33 114, 33.1 114, 33.1 114.1, 33 114") + "," +
                 feature("B", "38512345.2 3712345.6, 38512445.2 3712345.6, 38512445.2 3712445.6") +
                 R"(,{"type":"Feature","properties":{"code":"C"},"geometry":
                      {"type":"Point","coordinates":[114,33]}},)" +
                 feature("D", "114 33, 114.1 33") + "," + feature("E", kSquare)));
  const auto grids = load();
  ASSERT_NE(grids, nullptr);
  const std::string all = found();
  for (const char* told :
       {"features[0]: the grid has no code in its property `code`",
        "features[1]: a polygon of grid A is not used: longitude and latitude look swapped",
        "features[2]: a polygon of grid B is not used: these are no degrees",
        "features[3]: grid C has no area",
        "features[4]: a polygon of grid D is not used: it has fewer than three points"})
    EXPECT_NE(all.find(told), std::string::npos) << told << "\n" << all;
  EXPECT_EQ(grids->size(), 1u);
}

TEST_F(GridFilesTest, RefusesFilesThatAreNoGeoJson) {
  write("a.json", "{\"type\":");
  write("b.json", R"({"type":"Topology"})");
  EXPECT_EQ(load(), nullptr);
  EXPECT_NE(found().find("grids/a.json: this is no JSON: "), std::string::npos) << found();
  EXPECT_NE(found().find("grids/b.json: this is no GeoJSON of grids"), std::string::npos);
}

TEST_F(GridFilesTest, RefusesAFolderWithoutFiles) {
  EXPECT_EQ(load(), nullptr);
  EXPECT_NE(found().find("the folder has no file of grids"), std::string::npos) << found();
}

TEST_F(GridFilesTest, EndsTheSearchForOverlapsAtItsBound) {
  std::string features;
  for (int i = 0; i < 20; ++i)
    features += (i == 0 ? "" : ",") + feature("G" + std::to_string(i), kSquare);
  write("a.json", collection(features));
  ASSERT_NE(load(), nullptr);
  EXPECT_EQ(warnings_.all().size(), 101u);
  EXPECT_NE(found().find("too many grids overlap"), std::string::npos);
}

}  // namespace
}  // namespace lianqiao::places
