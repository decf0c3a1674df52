#include "record/place_schemas.h"

#include <algorithm>

#include "schema/schema.h"

namespace lianqiao::record {
namespace {

constexpr std::size_t kMostReferences = 32;

void gather(const json::Value& root, const json::Value* schema, std::size_t depth,
            PlaceSchemas& out) {
  if (schema == nullptr || !schema->isObject() || depth > kMostReferences) return;
  out.push_back(schema);
  if (const json::Value* ref = schema->find("$ref"); ref != nullptr) {
    gather(root, schema::resolvePointer(root, ref->text()), depth + 1, out);
  }
  for (std::string_view list : {"allOf", "anyOf", "oneOf"}) {
    const json::Value* schemas = schema->find(list);
    if (schemas == nullptr) continue;
    for (const json::Value& part : schemas->elements()) gather(root, &part, depth + 1, out);
  }
  for (std::string_view single : {"then", "else"}) {
    gather(root, schema->find(single), depth + 1, out);
  }
}

}  // namespace

void gatherSchemas(const json::Value& root, const json::Value* schema, PlaceSchemas& out) {
  gather(root, schema, 0, out);
}

PlaceSchemas memberSchemas(const json::Value& root, const PlaceSchemas& of, std::string_view name) {
  PlaceSchemas result;
  bool named = false;
  for (const json::Value* schema : of) {
    const json::Value* properties = schema->find("properties");
    const json::Value* property = properties == nullptr ? nullptr : properties->find(name);
    named = named || property != nullptr;
    gather(root, property, 0, result);
  }
  return named ? result : otherMemberSchemas(root, of);
}

PlaceSchemas otherMemberSchemas(const json::Value& root, const PlaceSchemas& of) {
  PlaceSchemas result;
  for (const json::Value* schema : of) {
    gather(root, schema->find("additionalProperties"), 0, result);
  }
  return result;
}

PlaceSchemas elementSchemas(const json::Value& root, const PlaceSchemas& of, std::size_t index) {
  PlaceSchemas result;
  for (const json::Value* schema : of) {
    const json::Value* prefix = schema->find("prefixItems");
    if (prefix != nullptr && index < prefix->size()) {
      gather(root, &prefix->elements()[index], 0, result);
    } else {
      gather(root, schema->find("items"), 0, result);
    }
  }
  return result;
}

bool isPublic(const PlaceSchemas& schemas) {
  bool stated = false;
  for (const json::Value* schema : schemas) {
    const json::Value* word = schema->find("x-class");
    if (word == nullptr) continue;
    if (word->text() != "public") return false;
    stated = true;
  }
  return stated;
}

bool finds(const PlaceSchemas& schemas) {
  return std::any_of(schemas.begin(), schemas.end(), [](const json::Value* schema) {
    const json::Value* word = schema->find("x-finds");
    return word != nullptr && word->boolean();
  });
}

std::string_view maskOf(const PlaceSchemas& schemas) {
  for (const json::Value* schema : schemas) {
    if (const json::Value* word = schema->find("x-mask"); word != nullptr) return word->text();
  }
  return {};
}

}  // namespace lianqiao::record
