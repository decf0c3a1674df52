#include "expression/expression_compiler.h"
#include "expression/grid_of.h"
#include "expression/origins.h"
#include "expression/point.h"
#include "expression/reading.h"

/// The part of ExpressionCompiler that reads coordinates and what lies there.
namespace lianqiao::expression {
namespace {

constexpr std::string_view kPointInKeys[] = {"lng", "lat", "datum", "pair", "order"};
constexpr std::string_view kPointOutKeys[] = {"of", "to", "part"};
constexpr std::string_view kPairOrders[] = {"lng_lat", "lat_lng"};
constexpr std::string_view kParts[] = {"both", "lng", "lat"};
constexpr std::string_view kDatums[] = {"wgs84", "gcj02", "bd09", "cgcs2000"};
constexpr std::string_view kGridKeys[] = {"code", "of", "lng", "lat", "datum", "pair", "order"};

}  // namespace

std::optional<places::Datum> ExpressionCompiler::compileDatum(const yaml::YamlNode& point,
                                                              std::string_view key) {
  const yaml::YamlNode* const node = point.find(key);
  if (node == nullptr) {
    findings_.add(point.finding("the point does not say its datum",
                                "add " + std::string(key) + ": wgs84, gcj02, bd09 or cgcs2000"));
    return std::nullopt;
  }
  const auto word = readWord(*node, kDatums, findings_);
  return word ? places::datumOf(kDatums[*word]) : std::nullopt;
}

std::unique_ptr<const Origin> ExpressionCompiler::compilePoint(const yaml::YamlNode& node,
                                                               SourceShape& shape) {
  if (node.find("of") != nullptr) return compilePointOut(node, shape);
  return compilePointIn(node, shape);
}

std::unique_ptr<const Origin> ExpressionCompiler::compilePointIn(const yaml::YamlNode& node,
                                                                 SourceShape& shape) {
  checkKeys(node, kPointInKeys, findings_);
  return compileCoordinates("point", node, shape);
}

/// lng and lat, or a pair, with the datum; other keys are the caller's.
std::unique_ptr<const Origin> ExpressionCompiler::compileCoordinates(std::string_view word,
                                                                     const yaml::YamlNode& node,
                                                                     SourceShape& shape) {
  const yaml::YamlNode* const lng = node.find("lng");
  const yaml::YamlNode* const lat = node.find("lat");
  const yaml::YamlNode* const pair = node.find("pair");
  const bool separate = lng != nullptr && lat != nullptr && pair == nullptr;
  const bool together = lng == nullptr && lat == nullptr && pair != nullptr;
  if (!node.isMap() || (!separate && !together)) {
    findings_.add(
        node.finding("`" + std::string(word) + "` needs lng and lat, or pair",
                     "write {" + std::string(word) + ": {lng: lng, lat: lat, datum: gcj02}}, say"));
    return nullptr;
  }
  auto origin = std::make_unique<PointIn>();
  const auto datum = compileDatum(node, "datum");
  if (!datum) return nullptr;
  origin->datum = *datum;
  if (together) {
    const yaml::YamlNode* const order = node.find("order");
    if (order == nullptr)
      findings_.add(node.finding("`pair` needs `order`", "add order: lng_lat or lat_lng"));
    else
      origin->latFirst = readWord(*order, kPairOrders, findings_) == 1u;
    origin->pair = compilePath(*pair, shape);
    origin->source = pair->text();
    return origin->pair ? std::move(origin) : nullptr;
  }
  const auto x = compilePath(*lng, shape);
  const auto y = compilePath(*lat, shape);
  if (!x || !y) return nullptr;
  origin->lng = *x;
  origin->lat = *y;
  origin->source = lng->text() + " and " + lat->text();
  return origin;
}

std::unique_ptr<const Origin> ExpressionCompiler::compilePointOut(const yaml::YamlNode& node,
                                                                  SourceShape& shape) {
  checkKeys(node, kPointOutKeys, findings_);
  auto origin = std::make_unique<PointOut>();
  const auto slot = compilePath(*node.find("of"), shape);
  const auto datum = compileDatum(node, "to");
  if (!slot || !datum) return nullptr;
  origin->point = *slot;
  origin->datum = *datum;
  origin->source = node.find("of")->text();
  if (const yaml::YamlNode* part = node.find("part")) {
    origin->part = static_cast<PointOut::Part>(readWord(*part, kParts, findings_).value_or(0));
  }
  return origin;
}

std::unique_ptr<const Origin> ExpressionCompiler::compileGridOf(const yaml::YamlNode& node,
                                                                SourceShape& shape) {
  checkKeys(node, kGridKeys, findings_);
  const yaml::YamlNode* const code = node.find("code");
  const yaml::YamlNode* const of = node.find("of");
  const bool coordinates =
      node.find("lng") != nullptr || node.find("lat") != nullptr || node.find("pair") != nullptr;
  if (!node.isMap() || (code == nullptr && of == nullptr && !coordinates) ||
      (of != nullptr && coordinates)) {
    findings_.add(node.finding("`grid_of` needs a code, a place, or both",
                               "write {grid_of: {lng: lng, lat: lat, datum: gcj02}}, "
                               "{grid_of: {of: data.location.point}} or {grid_of: {code: wgbh}}"));
    return nullptr;
  }
  if (!grids_) {
    findings_.add(node.finding("there are no grids to look in",
                               "name their folder in lianqiao.yaml: grids: {folder: grids}"));
    return nullptr;
  }
  auto origin = std::make_unique<GridOf>();
  origin->grids = grids_;
  if (code != nullptr) {
    origin->code = compilePath(*code, shape);
    origin->source = code->text();
    if (!origin->code) return nullptr;
  }
  if (of != nullptr) {
    const auto slot = compilePath(*of, shape);
    if (!slot) return nullptr;
    origin->place = std::make_unique<FromPath>(*slot);
  } else if (coordinates) {
    origin->place = compileCoordinates("grid_of", node, shape);
    if (!origin->place) return nullptr;
  }
  return origin;
}

}  // namespace lianqiao::expression
