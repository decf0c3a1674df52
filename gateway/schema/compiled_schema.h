#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lianqiao/json.h"
#include "schema/decimal.h"
#include "schema/formats.h"

/// What a schema becomes: plain data that schema_compiler.cpp fills and schema_check.cpp walks.
namespace lianqiao::schema {

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex kNoNode = std::numeric_limits<NodeIndex>::max();
inline constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();
inline constexpr std::size_t kMaxRequired = 512;

/// Bits of SchemaNode::types: one per json::Kind, and integer beside number.
inline constexpr std::uint8_t kIntegerBit = 64;
inline constexpr std::uint8_t kAnyType = 127;
constexpr std::uint8_t typeBit(json::Kind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

struct Property {
  std::string_view name;
  NodeIndex node = kNoNode;              ///< kNoNode: only named by `required`.
  std::uint32_t required = kUnrequired;  ///< Its place in ObjectRules::required.
  static constexpr std::uint32_t kUnrequired = std::numeric_limits<std::uint32_t>::max();
};

/// Open addressing over the names that a schema knows; at most half full.
class PropertyTable {
 public:
  void build(std::vector<Property> properties);
  [[nodiscard]] const Property* find(std::string_view name) const;
  [[nodiscard]] const std::vector<Property>& all() const { return properties_; }

 private:
  [[nodiscard]] static std::size_t slotOf(std::string_view name);
  std::vector<Property> properties_;
  std::vector<std::uint16_t> slots_;  ///< Index + 1; 0 = free.
};

struct Bounds {
  std::size_t min = 0;
  std::size_t max = kUnbounded;
};

struct PatternRule {
  std::unique_ptr<RE2> expression;
  std::string_view text;  ///< As the schema wrote it.
  NodeIndex node = kNoNode;
};

struct ObjectRules {
  PropertyTable table;
  std::vector<std::string_view> required;
  std::vector<PatternRule> patterns;
  NodeIndex additional = kNoNode;
  NodeIndex names = kNoNode;
  Bounds size;
  std::vector<std::pair<std::string_view, std::vector<std::string_view>>> dependent;
};

struct ArrayRules {
  std::vector<NodeIndex> prefix;
  NodeIndex items = kNoNode;
  Bounds size;
  bool unique = false;
};

struct StringRules {
  Bounds length;  ///< In code points.
  std::optional<PatternRule> pattern;
  std::optional<Format> format;
};

struct NumberRules {
  std::optional<Decimal> minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf;
  const json::Value* source = nullptr;  ///< For the words of a message.
};

struct SchemaNode {
  std::uint8_t types = kAnyType;
  bool never = false;  ///< The schema `false`.
  std::optional<std::vector<json::Value>> allowed;
  std::optional<json::Value> constant;
  std::unique_ptr<ObjectRules> object;
  std::unique_ptr<ArrayRules> array;
  std::unique_ptr<StringRules> string;
  std::unique_ptr<NumberRules> number;
  std::vector<NodeIndex> allOf, anyOf, oneOf;
  NodeIndex ref = kNoNode, negated = kNoNode;
  NodeIndex condition = kNoNode, consequence = kNoNode, alternative = kNoNode;
  bool combines = false;  ///< Any of the three lines above is in use.
};

struct CompiledSchema {
  std::string text;
  json::Document document;
  std::vector<SchemaNode> nodes;
  NodeIndex root = 0;
};

}  // namespace lianqiao::schema
