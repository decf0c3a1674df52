#include "places/grid_files.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "lianqiao/ascii.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"
#include "places/polygon_check.h"

namespace lianqiao::places {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostCodeBytes = 64;

class GridFileReader {
 public:
  GridFileReader(const GridFiles& files, yaml::Findings& errors, yaml::Findings& warnings)
      : files_(files), errors_(errors), warnings_(warnings) {}

  std::vector<GridPolygon> run() {
    for (const fs::path& path : paths()) {
      file_ = files_.shown + "/" + path.filename().string();
      feature_.clear();
      if (!readFile(path)) break;
    }
    return std::move(polygons_);
  }

 private:
  void refuse(std::string message, std::string remedy) {
    errors_.add({file_, {}, feature_, std::move(message), std::move(remedy)});
  }
  void leaveOut(std::string message, std::string remedy) {
    warnings_.add({file_, {}, feature_, std::move(message), std::move(remedy)});
  }

  std::vector<fs::path> paths() {
    std::vector<fs::path> found;
    std::error_code error;
    file_ = files_.shown;
    fs::directory_iterator at(files_.folder, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      const std::string extension = lowered(at->path().extension().string());
      const bool hidden = at->path().filename().string().starts_with('.');
      if (!hidden && (extension == ".json" || extension == ".geojson")) found.push_back(at->path());
      if (found.size() <= kMostFiles) continue;
      refuse("the folder has more than " + std::to_string(kMostFiles) + " files",
             "join files into FeatureCollections");
      return {};
    }
    if (error) {
      refuse("the folder cannot be read: " + error.message(),
             "name one that the gateway's user may read: grids: {folder: …}");
    } else if (found.empty()) {
      refuse("the folder has no file of grids", "put *.geojson into it, or take grids: out");
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  /// False: a bound is reached, and nothing more is read.
  bool readFile(const fs::path& path) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (!error && size > kMostFileBytes) {
      refuse("the file is larger than " + std::to_string(kMostFileBytes >> 20) + " MiB",
             "split it into several");
      return true;
    }
    std::ifstream in(path, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    if (!in || error) {
      refuse("the file cannot be read", "make it one that the gateway's user may read");
      return true;
    }
    const std::string_view text = withoutMark(whole);
    if (const auto parsed =
            json::parse(text, document_, {.bytes = kMostFileBytes, .values = 2 * kMostPoints});
        !parsed) {
      refuse("this is no JSON: " + parsed.error().detail, "export it as GeoJSON in UTF-8");
      return true;
    }
    return readRoot(document_.root);
  }

  /// Editors of Windows put it before UTF-8.
  static std::string_view withoutMark(std::string_view text) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
  }

  bool readRoot(const json::Value& root) {
    const json::Value* const type = root.find("type");
    const json::Value* const features = root.find("features");
    if (type != nullptr && type->text() == "Feature") return readFeature(root);
    if (type == nullptr || type->text() != "FeatureCollection" || features == nullptr ||
        !features->isArray()) {
      refuse("this is no GeoJSON of grids",
             "write {\"type\": \"FeatureCollection\", \"features\": […]}, or one Feature");
      return true;
    }
    for (std::size_t i = 0; i < features->size(); ++i) {
      feature_ = "features[" + std::to_string(i) + "]";
      if (!readFeature(features->elements()[i])) return false;
    }
    return true;
  }

  bool readFeature(const json::Value& feature) {
    const json::Value* const properties = feature.find("properties");
    const json::Value* const code =
        properties == nullptr ? nullptr : properties->find(files_.codeProperty);
    code_ = code == nullptr ? std::string() : std::string(trim(code->text()));
    if (code_.empty() || code_.size() > kMostCodeBytes) {
      leaveOut(code_.empty()
                   ? "the grid has no code in its property `" + files_.codeProperty + "`"
                   : "the code is longer than " + std::to_string(kMostCodeBytes) + " bytes",
               "add it, or name the property that has it: grids: {code: …}");
      return true;
    }
    const json::Value* const geometry = feature.find("geometry");
    const json::Value* const type = geometry == nullptr ? nullptr : geometry->find("type");
    const json::Value* const all = geometry == nullptr ? nullptr : geometry->find("coordinates");
    const std::string_view kind = type == nullptr ? std::string_view() : type->text();
    if (all == nullptr || !all->isArray() || (kind != "Polygon" && kind != "MultiPolygon")) {
      leaveOut("grid " + code_ + " has no area", "draw it as a Polygon or a MultiPolygon");
      return true;
    }
    if (kind == "Polygon") return readPolygon(*all);
    for (const json::Value& one : all->elements()) {
      if (!readPolygon(one)) return false;
    }
    return true;
  }

  bool readPolygon(const json::Value& rings) {
    Polygon polygon;
    std::string_view flaw = rings.size() == 0 ? "it has no border" : "";
    for (const json::Value& one : rings.elements()) {
      Ring ring;
      if (flaw.empty()) flaw = readRing(one, ring);
      points_ += ring.size();
      polygon.push_back(std::move(ring));
    }
    if (points_ > kMostPoints || polygons_.size() == kMostPolygons) {
      refuse("there are more than " + std::to_string(kMostPoints) + " points, or " +
                 std::to_string(kMostPolygons) + " polygons, in all files",
             "simplify the borders: a metre is exact enough");
      return false;
    }
    if (flaw.empty()) flaw = flawOf(polygon);
    if (flaw.empty()) {
      polygons_.push_back({code_, std::move(polygon), file_, feature_});
    } else {
      leaveOut("a polygon of grid " + code_ + " is not used: " + std::string(flaw),
               "mend it where it was drawn; until then no place is in it");
    }
    return true;
  }

  /// Returns what is wrong with it. One that is left open is closed.
  static std::string_view readRing(const json::Value& points, Ring& ring) {
    for (const json::Value& point : points.elements()) {
      const auto pair = point.elements();
      const auto lng = pair.size() < 2 ? std::nullopt : pair[0].number();
      const auto lat = pair.size() < 2 ? std::nullopt : pair[1].number();
      if (!lng || !lat) return "a point of it is no pair of numbers";
      const Coordinate read{*lng, *lat};
      if (const std::string_view objection = objectionTo(read); !objection.empty())
        return objection;
      ring.push_back(read);
    }
    if (ring.size() < 3) return "it has fewer than three points";
    const Coordinate first = ring.front();
    if (ring.back().lng != first.lng || ring.back().lat != first.lat) ring.push_back(first);
    return {};
  }

  const GridFiles& files_;
  yaml::Findings& errors_;
  yaml::Findings& warnings_;
  json::Document document_;
  std::vector<GridPolygon> polygons_;
  std::size_t points_ = 0;
  std::string file_, feature_, code_;  // that are read now
};

}  // namespace

std::vector<GridPolygon> readGridFiles(const GridFiles& files, yaml::Findings& errors,
                                       yaml::Findings& warnings) {
  return GridFileReader(files, errors, warnings).run();
}

}  // namespace lianqiao::places
