#include "expression/target_shape.h"

#include <algorithm>

#include "schema/schema.h"

namespace lianqiao::expression {
namespace {

constexpr int kDepth = 16;

bool allowsKind(const json::Value& type, json::Kind kind) {
  const std::string_view name = type.text();
  switch (kind) {
    case json::Kind::null:
      return name == "null";
    case json::Kind::boolean:
      return name == "boolean";
    case json::Kind::number:
      return name == "number" || name == "integer";
    case json::Kind::string:
      return name == "string";
    case json::Kind::array:
      return name == "array";
    case json::Kind::object:
      return name == "object";
  }
  return false;
}

}  // namespace

TargetShape TargetShape::of(const json::Value& schema) {
  TargetShape shape;
  shape.root_ = &schema;
  shape.collect(&schema, true);
  return shape;
}

void TargetShape::collect(const json::Value* schema, bool certain, int depth) {
  if (schema == nullptr || !schema->isObject() || depth > kDepth) return;
  parts_.push_back({schema, certain});
  if (const json::Value* ref = schema->find("$ref")) {
    collect(schema::resolvePointer(*root_, ref->text()), certain, depth + 1);
  }
  for (std::string_view word : {"allOf", "anyOf", "oneOf"}) {
    const json::Value* const list = schema->find(word);
    if (list == nullptr) continue;
    for (const json::Value& part : list->elements())
      collect(&part, certain && word == "allOf", depth + 1);
  }
  for (std::string_view word : {"then", "else"}) collect(schema->find(word), false, depth + 1);
}

std::optional<TargetShape> TargetShape::member(std::string_view name) const {
  TargetShape shape;
  shape.root_ = root_;
  bool closed = false;
  for (const auto& [schema, certain] : parts_) {
    const json::Value* const properties = schema->find("properties");
    const json::Value* const property = properties == nullptr ? nullptr : properties->find(name);
    if (property != nullptr) {
      shape.collect(property, certain);
      continue;
    }
    const json::Value* const additional = schema->find("additionalProperties");
    if (!certain || additional == nullptr || schema->find("patternProperties") != nullptr) continue;
    closed = closed || (additional->isBoolean() && !additional->boolean());
    shape.collect(additional, certain);
  }
  if (closed) return std::nullopt;
  return shape;
}

TargetShape TargetShape::items() const {
  TargetShape shape;
  shape.root_ = root_;
  for (const auto& [schema, certain] : parts_) shape.collect(schema->find("items"), certain);
  return shape;
}

std::vector<std::string_view> TargetShape::names() const {
  std::vector<std::string_view> names;
  for (const Part& part : parts_) {
    const json::Value* const properties = part.schema->find("properties");
    if (properties == nullptr) continue;
    for (const json::Member& member : properties->members()) {
      if (std::find(names.begin(), names.end(), member.name) == names.end())
        names.push_back(member.name);
    }
  }
  return names;
}

std::vector<std::string_view> TargetShape::required() const {
  std::vector<std::string_view> names;
  for (const auto& [schema, certain] : parts_) {
    const json::Value* const list = schema->find("required");
    if (!certain || list == nullptr) continue;
    for (const json::Value& name : list->elements()) names.push_back(name.text());
  }
  return names;
}

bool TargetShape::takes(json::Kind kind) const {
  return std::all_of(parts_.begin(), parts_.end(), [&](const Part& part) {
    const json::Value* const type = part.schema->find("type");
    if (!part.certain || type == nullptr) return true;
    if (!type->isArray()) return allowsKind(*type, kind);
    return std::any_of(type->elements().begin(), type->elements().end(),
                       [&](const json::Value& name) { return allowsKind(name, kind); });
  });
}

std::vector<std::string_view> TargetShape::allowedTexts() const {
  std::vector<std::string_view> texts;
  for (const auto& [schema, certain] : parts_) {
    if (!certain) continue;
    if (const json::Value* constant = schema->find("const")) texts.push_back(constant->text());
    const json::Value* const list = schema->find("enum");
    if (list == nullptr) continue;
    for (const json::Value& value : list->elements()) texts.push_back(value.text());
  }
  return texts;
}

bool TargetShape::excludes(std::string_view text) const {
  const std::vector<std::string_view> texts = allowedTexts();
  return !texts.empty() && std::find(texts.begin(), texts.end(), text) == texts.end();
}

}  // namespace lianqiao::expression
