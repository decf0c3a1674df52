#include "expression/grid_of.h"

#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::expression {
namespace {

struct ToldPlace {
  places::Coordinate at;
  places::Datum datum;
};

/// {lng, lat, datum}
std::optional<ToldPlace> toldPlace(const json::Value* point) {
  const auto number = [&](std::string_view name) {
    const json::Value* const value = point == nullptr ? nullptr : point->find(name);
    return value == nullptr ? std::nullopt : value->number();
  };
  const auto lng = number("lng");
  const auto lat = number("lat");
  const json::Value* const name = point == nullptr ? nullptr : point->find("datum");
  const auto datum = name == nullptr ? std::nullopt : places::datumOf(name->text());
  if (!lng || !lat || !datum) return std::nullopt;
  return ToldPlace{{*lng, *lat}, *datum};
}

}  // namespace

json::Value GridOf::take(Run& run, const Scope& scope) const {
  const json::Value* const given = code ? run.workspace.slots[scope.base + *code] : nullptr;
  if (given != nullptr && !isAbsent(*given)) {
    const std::string_view text = trim(scalarText(*given).value_or(std::string_view()));
    if (!grids->has(text)) {
      run.fail(codes::kUnmappedCode, scope.place,
               source + ": no file of the grids has the code `" + std::string(text) + "`");
      return {};
    }
    run.workspace.uses.takeText(*given);
    return run.keep(text);
  }
  if (!place) return {};
  const json::Value point = place->take(run, scope);
  // A code tells no place: where nothing else takes it, it stays with the rest.
  run.workspace.uses.lose();
  if (point.isNull()) return {};
  const std::string_view found = codeAt(point);
  return found.empty() ? json::Value() : run.keep(found);
}

/// As it was told, where that is in the datum of the grids: no conversion is exact.
std::string_view GridOf::codeAt(const json::Value& point) const {
  const auto original = toldPlace(point.find("original"));
  const auto told = original && original->datum == grids->datum() ? original : toldPlace(&point);
  return told ? grids->codeAt(told->at, told->datum) : std::string_view();
}

}  // namespace lianqiao::expression
