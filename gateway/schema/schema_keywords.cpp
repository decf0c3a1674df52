#include <algorithm>
#include <array>

#include "schema/schema_compiler.h"

/// What each keyword of the subset leaves in a node.
namespace lianqiao::schema {
namespace {

ObjectRules& objectOf(SchemaNode& node) {
  if (!node.object) node.object = std::make_unique<ObjectRules>();
  return *node.object;
}

ArrayRules& arrayOf(SchemaNode& node) {
  if (!node.array) node.array = std::make_unique<ArrayRules>();
  return *node.array;
}

StringRules& stringOf(SchemaNode& node) {
  if (!node.string) node.string = std::make_unique<StringRules>();
  return *node.string;
}

Property& propertyOf(std::vector<Property>& properties, std::string_view name) {
  for (Property& property : properties) {
    if (property.name == name) return property;
  }
  properties.push_back({name});
  return properties.back();
}

}  // namespace

void SchemaCompiler::onType(SchemaNode& node, const json::Value& value, const std::string& path) {
  constexpr std::array<std::pair<std::string_view, std::uint8_t>, 7> kTypes{{
      {"null", typeBit(json::Kind::null)},
      {"boolean", typeBit(json::Kind::boolean)},
      {"number", typeBit(json::Kind::number)},
      {"string", typeBit(json::Kind::string)},
      {"array", typeBit(json::Kind::array)},
      {"object", typeBit(json::Kind::object)},
      {"integer", kIntegerBit},
  }};
  const std::span<const json::Value> wanted =
      value.isArray() ? value.elements() : std::span<const json::Value>(&value, 1);
  node.types = 0;
  for (const json::Value& name : wanted) {
    const auto* row = std::find_if(kTypes.begin(), kTypes.end(), [&name](const auto& type) {
      return name.isString() && type.first == name.text();
    });
    if (!wants(row != kTypes.end(), path,
               "one or several of null, boolean, integer, number, string, array, object")) {
      return;
    }
    node.types = static_cast<std::uint8_t>(node.types | row->second);
  }
}

void SchemaCompiler::onEnum(SchemaNode& node, const json::Value& value, const std::string& path) {
  if (!wants(value.isArray(), path, "an array")) return;
  node.allowed.emplace(value.elements().begin(), value.elements().end());
}

void SchemaCompiler::onConst(SchemaNode& node, const json::Value& value, const std::string&) {
  node.constant = value;
}

void SchemaCompiler::onProperties(SchemaNode& node, const json::Value& value,
                                  const std::string& path) {
  if (!wants(value.isObject(), path, "an object of schemas")) return;
  std::vector<Property> properties = objectOf(node).table.all();
  for (const json::Member& member : value.members()) {
    const NodeIndex index = compile(member.value, child(path, member.name));
    propertyOf(properties, member.name).node = index;
  }
  objectOf(node).table.build(std::move(properties));
}

void SchemaCompiler::onRequired(SchemaNode& node, const json::Value& value,
                                const std::string& path) {
  ObjectRules& rules = objectOf(node);
  for (std::string_view name : names(value, path)) {
    if (std::find(rules.required.begin(), rules.required.end(), name) == rules.required.end()) {
      rules.required.push_back(name);
    }
  }
  wants(rules.required.size() <= kMaxRequired, path, "at most 512 names");
  std::vector<Property> properties = rules.table.all();
  for (std::size_t i = 0; i < rules.required.size(); ++i) {
    propertyOf(properties, rules.required[i]).required = static_cast<std::uint32_t>(i);
  }
  rules.table.build(std::move(properties));
}

void SchemaCompiler::onPatternProperties(SchemaNode& node, const json::Value& value,
                                         const std::string& path) {
  if (!wants(value.isObject(), path, "an object of schemas")) return;
  for (const json::Member& member : value.members()) {
    const std::string here = child(path, member.name);
    PatternRule rule;
    rule.node = compile(member.value, here);
    if (pattern(rule, member.name, here)) objectOf(node).patterns.push_back(std::move(rule));
  }
}

void SchemaCompiler::onAdditionalProperties(SchemaNode& node, const json::Value& value,
                                            const std::string& path) {
  objectOf(node).additional = compile(value, path);
}

void SchemaCompiler::onPropertyNames(SchemaNode& node, const json::Value& value,
                                     const std::string& path) {
  objectOf(node).names = compile(value, path);
}

void SchemaCompiler::onDependentRequired(SchemaNode& node, const json::Value& value,
                                         const std::string& path) {
  if (!wants(value.isObject(), path, "an object of lists of names")) return;
  for (const json::Member& member : value.members()) {
    objectOf(node).dependent.emplace_back(member.name,
                                          names(member.value, child(path, member.name)));
  }
}

void SchemaCompiler::onItems(SchemaNode& node, const json::Value& value, const std::string& path) {
  if (!draft07_ || !value.isArray()) {
    arrayOf(node).items = compile(value, path);
    return;
  }
  const json::Value* rest = schema_->find("additionalItems");
  onPrefixItems(node, value, path);
  if (rest != nullptr) {
    arrayOf(node).items = compile(*rest, path.substr(0, path.rfind('/')) + "/additionalItems");
  }
}

void SchemaCompiler::onPrefixItems(SchemaNode& node, const json::Value& value,
                                   const std::string& path) {
  if (!wants(value.isArray(), path, "an array of schemas")) return;
  for (std::size_t i = 0; i < value.size(); ++i) {
    arrayOf(node).prefix.push_back(compile(value.elements()[i], child(path, i)));
  }
}

void SchemaCompiler::onUniqueItems(SchemaNode& node, const json::Value& value,
                                   const std::string& path) {
  if (!wants(value.kind() == json::Kind::boolean, path, "true or false")) return;
  arrayOf(node).unique = value.boolean();
}

void SchemaCompiler::onBound(SchemaNode& node, const json::Value& value, const std::string& path) {
  const std::optional<std::int64_t> number = value.integer();
  if (!wants(number.has_value() && *number >= 0, path, "a whole number, 0 or more")) return;
  Bounds& bounds = word_.ends_with("Items")        ? arrayOf(node).size
                   : word_.ends_with("Properties") ? objectOf(node).size
                                                   : stringOf(node).length;
  (word_.starts_with("min") ? bounds.min : bounds.max) = static_cast<std::size_t>(*number);
}

void SchemaCompiler::onPattern(SchemaNode& node, const json::Value& value,
                               const std::string& path) {
  if (!wants(value.isString(), path, "a regular expression")) return;
  PatternRule rule;
  if (pattern(rule, value.text(), path)) stringOf(node).pattern = std::move(rule);
}

void SchemaCompiler::onFormat(SchemaNode& node, const json::Value& value, const std::string& path) {
  const std::optional<Format> format = formatByName(value.text());
  if (!wants(
          value.isString() && format.has_value(), path,
          "one of date-time, date, resident-id, credit-code, phone, division-code, uri, email")) {
    return;
  }
  stringOf(node).format = format;
}

void SchemaCompiler::onNumber(SchemaNode& node, const json::Value& value, const std::string& path) {
  if (!wants(value.isNumber(), path, "a number")) return;
  if (!node.number) node.number = std::make_unique<NumberRules>();
  NumberRules& rules = *node.number;
  rules.source = schema_;
  const Decimal number(value.text());
  if (word_ == "minimum") {
    rules.minimum = number;
  } else if (word_ == "maximum") {
    rules.maximum = number;
  } else if (word_ == "exclusiveMinimum") {
    rules.exclusiveMinimum = number;
  } else if (word_ == "exclusiveMaximum") {
    rules.exclusiveMaximum = number;
  } else if (wants(!number.isZero() && !number.isNegative() && number.significantDigits() <= 18,
                   path, "a number above 0 with at most 18 significant digits")) {
    rules.multipleOf = number;
  }
}

void SchemaCompiler::onList(SchemaNode& node, const json::Value& value, const std::string& path) {
  std::vector<NodeIndex>& list = word_ == "allOf"   ? node.allOf
                                 : word_ == "anyOf" ? node.anyOf
                                                    : node.oneOf;
  if (!wants(value.isArray() && value.size() > 0, path, "an array of at least one schema")) return;
  for (std::size_t i = 0; i < value.size(); ++i) {
    list.push_back(compile(value.elements()[i], child(path, i)));
  }
}

void SchemaCompiler::onSingle(SchemaNode& node, const json::Value& value, const std::string& path) {
  NodeIndex& place = word_ == "not"    ? node.negated
                     : word_ == "if"   ? node.condition
                     : word_ == "then" ? node.consequence
                                       : node.alternative;
  place = compile(value, path);
}

}  // namespace lianqiao::schema
