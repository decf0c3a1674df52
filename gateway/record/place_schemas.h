#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "lianqiao/json.h"

/// The schemas that speak of one place of a record's data, references and alternatives followed.
/// The order is that of the schema. Pure functions; the Values live as long as `root`.
namespace lianqiao::record {

using PlaceSchemas = std::vector<const json::Value*>;

/// Adds `schema` and what it refers to.
void gatherSchemas(const json::Value& root, const json::Value* schema, PlaceSchemas& out);
/// Of the member of that name.
[[nodiscard]] PlaceSchemas memberSchemas(const json::Value& root, const PlaceSchemas& of,
                                         std::string_view name);
/// Of members that no schema names.
[[nodiscard]] PlaceSchemas otherMemberSchemas(const json::Value& root, const PlaceSchemas& of);
[[nodiscard]] PlaceSchemas elementSchemas(const json::Value& root, const PlaceSchemas& of,
                                          std::size_t index);

/// Public only where at least one schema says so and none says otherwise.
[[nodiscard]] bool isPublic(const PlaceSchemas& schemas);
/// By this text people look for the record: x-finds.
[[nodiscard]] bool finds(const PlaceSchemas& schemas);
/// The first x-mask; empty where there is none.
[[nodiscard]] std::string_view maskOf(const PlaceSchemas& schemas);

}  // namespace lianqiao::record
