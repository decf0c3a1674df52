#include "record/leaf_classes.h"

#include <algorithm>

namespace lianqiao::record {
namespace {

LeafClasses::Mask maskNamed(std::string_view name) {
  using Mask = LeafClasses::Mask;
  if (name == "name") return Mask::name;
  if (name == "phone") return Mask::phone;
  if (name == "id") return Mask::id;
  if (name == "address") return Mask::address;
  return name == "key" ? Mask::key : Mask::none;
}

const LeafClasses::Place& unknownPlace() {
  static const LeafClasses::Place kUnknown;
  return kUnknown;
}

}  // namespace

const LeafClasses::Place* LeafClasses::Place::member(std::string_view name) const {
  const auto found = members.find(name);
  const Place* place = found == members.end() ? others : found->second;
  return place == nullptr ? &unknownPlace() : place;
}

const LeafClasses::Place* LeafClasses::Place::element(std::size_t index) const {
  const Place* place = index < firstOnes.size() ? firstOnes[index] : elements;
  return place == nullptr ? &unknownPlace() : place;
}

/// A place is known by the schemas that speak of it: so a schema that refers to itself ends.
struct LeafClasses::Compiler {
  const json::Value& schema;
  std::vector<std::unique_ptr<Place>>& places;
  std::map<PlaceSchemas, Place*> known{};
  std::vector<PlaceSchemas> open{};

  const Place* placeOf(const PlaceSchemas& schemas) {
    if (schemas.empty()) return nullptr;
    const auto [found, fresh] = known.try_emplace(schemas, nullptr);
    if (fresh) {
      found->second = places.emplace_back(std::make_unique<Place>()).get();
      open.push_back(schemas);
    }
    return found->second;
  }

  void fill(const PlaceSchemas& schemas, Place& place) {
    place.isPublic = record::isPublic(schemas);
    place.mask = maskNamed(maskOf(schemas));
    place.finds = record::finds(schemas);
    std::size_t first = 0;
    for (const json::Value* one : schemas) {
      if (const json::Value* properties = one->find("properties"))
        for (const json::Member& member : properties->members())
          place.members[std::string(member.name)] =
              placeOf(memberSchemas(schema, schemas, member.name));
      if (const json::Value* prefix = one->find("prefixItems"))
        first = std::max(first, prefix->size());
    }
    place.others = placeOf(otherMemberSchemas(schema, schemas));
    for (std::size_t i = 0; i < first; ++i)
      place.firstOnes.push_back(placeOf(elementSchemas(schema, schemas, i)));
    place.elements = placeOf(elementSchemas(schema, schemas, first));
  }
};

LeafClasses::LeafClasses(const json::Value& schema) {
  Compiler compiler{schema, places_};
  PlaceSchemas top;
  gatherSchemas(schema, &schema, top);
  root_ = compiler.placeOf(top);
  while (!compiler.open.empty()) {
    const PlaceSchemas schemas = std::move(compiler.open.back());
    compiler.open.pop_back();
    compiler.fill(schemas, *compiler.known[schemas]);
  }
  if (root_ == nullptr) root_ = &unknownPlace();
}

}  // namespace lianqiao::record
