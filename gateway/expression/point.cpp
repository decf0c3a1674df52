#include "expression/point.h"

#include <cmath>

#include "expression/clean.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::expression {
namespace {

using places::convert;
using places::Coordinate;
using places::Datum;
using places::datumOf;
using places::nameOf;
using places::objectionTo;

/// A number as JSON, from a number or a text.
json::Value asNumber(const json::Value& value, Run& run) {
  std::string buffer;
  const auto text = value.isObject() ? std::nullopt : scalarText(value);
  if (!text) return {};
  const auto lexeme = readNumber(*text, buffer);
  return lexeme ? json::Value::ofNumber(run.keep(*lexeme).text()) : json::Value();
}

/// Seven places are a centimetre: more would feign precision that a conversion does not have.
json::Value rounded(double degrees, Run& run) {
  return run.output.number(std::round(degrees * 1e7) / 1e7);
}

json::Value pointObject(json::Value lng, json::Value lat, Datum datum, Run& run) {
  const json::Member members[] = {
      {"lng", lng}, {"lat", lat}, {"datum", json::Value::ofText(nameOf(datum))}};
  return run.output.object(members);
}

json::Value slotOf(Run& run, const Scope& scope, std::size_t slot) {
  const json::Value* const value = run.workspace.slots[scope.base + slot];
  if (value == nullptr) return {};
  run.workspace.uses.take(*value);
  return *value;
}

}  // namespace

json::Value PointIn::take(Run& run, const Scope& scope) const {
  if (pair) {
    const json::Value text = slotOf(run, scope, *pair);
    return isAbsent(text) ? json::Value() : convertPair(text, run, scope);
  }
  const json::Value first = slotOf(run, scope, lng);
  const json::Value second = slotOf(run, scope, lat);
  if (isAbsent(first) && isAbsent(second)) return {};
  return converted(first, second, run, scope);
}

json::Value PointIn::convertPair(const json::Value& text, Run& run, const Scope& scope) const {
  std::string buffer;
  const std::string_view whole = comparable(text.text(), buffer);
  const std::size_t cut = whole.find_first_of(",; ");
  if (cut == std::string_view::npos) {
    run.fail(codes::kBadCoordinate, scope.place,
             source + " holds no two numbers with a comma between");
    return {};
  }
  const json::Value first = run.keep(trim(whole.substr(0, cut)));
  const json::Value second = run.keep(trim(whole.substr(cut + 1)));
  return latFirst ? converted(second, first, run, scope) : converted(first, second, run, scope);
}

json::Value PointIn::converted(const json::Value& first, const json::Value& second, Run& run,
                               const Scope& scope) const {
  const json::Value x = asNumber(first, run);
  const json::Value y = asNumber(second, run);
  if (!x.isNumber() || !y.isNumber()) {
    run.fail(codes::kBadCoordinate, scope.place,
             source + ": longitude and latitude must both be numbers in degrees");
    return {};
  }
  const Coordinate given{x.number().value_or(NAN), y.number().value_or(NAN)};
  if (const std::string_view objection = objectionTo(given); !objection.empty()) {
    run.fail(codes::kBadCoordinate, scope.place, source + ": " + std::string(objection));
    return {};
  }
  if (datum == Datum::wgs84) return pointObject(x, y, datum, run);
  const Coordinate made = convert(given, datum, Datum::wgs84);
  const bool same = datum == Datum::cgcs2000;
  const json::Member members[] = {{"lng", same ? x : rounded(made.lng, run)},
                                  {"lat", same ? y : rounded(made.lat, run)},
                                  {"datum", json::Value::ofText(nameOf(Datum::wgs84))},
                                  {"original", pointObject(x, y, datum, run)}};
  return run.output.object(members);
}

json::Value PointOut::take(Run& run, const Scope& scope) const {
  const json::Value value = slotOf(run, scope, point);
  if (value.isNull()) return {};
  const json::Value* from = &value;
  const json::Value* const original = value.find("original");
  const auto datumIn = [](const json::Value& v) {
    const json::Value* const name = v.find("datum");
    return name == nullptr ? std::nullopt : datumOf(name->text());
  };
  if (original != nullptr && datumIn(*original) == datum) from = original;
  const json::Value* const lng = from->find("lng");
  const json::Value* const lat = from->find("lat");
  const std::optional<Datum> system = datumIn(*from);
  if (lng == nullptr || lat == nullptr || !lng->isNumber() || !lat->isNumber() || !system) {
    run.fail(codes::kBadCoordinate, scope.place, source + " is no point with lng, lat and datum");
    return {};
  }
  json::Value x = *lng;
  json::Value y = *lat;
  if (*system != datum) {
    const Coordinate made =
        convert({x.number().value_or(NAN), y.number().value_or(NAN)}, *system, datum);
    x = rounded(made.lng, run);
    y = rounded(made.lat, run);
  }
  if (part == Part::lng) return x;
  if (part == Part::lat) return y;
  const json::Member members[] = {{"lng", x}, {"lat", y}};
  return run.output.object(members);
}

}  // namespace lianqiao::expression
