#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "expression/path.h"
#include "lianqiao/json.h"
#include "yaml/yaml_node.h"

/// Conditions on values: `when` of mappings and expressions, and what routes test.
namespace lianqiao::expression {

/// One test of one value. Texts are compared trimmed and half-width; a coded value by its code; of
/// an array it is enough that one element holds.
struct Test {
  enum class Operator : std::uint8_t { equals, one_of, prefix, present, absent };
  Operator op = Operator::present;
  std::vector<std::string> operands;  ///< Trimmed and half-width.

  /// `value` may be nullptr: absent.
  [[nodiscard]] bool holds(const json::Value* value) const;
};

/// Immutable and thread-safe.
class Condition {
 public:
  /// {path: x, equals|one_of|prefix|present|absent: …}, {all: […]}, {any: […]} or {not: {…}}. Paths
  /// are added to `shape`. nullopt: findings were added.
  static std::optional<Condition> compile(const yaml::YamlNode& node, SourceShape& shape,
                                          yaml::Findings& findings);

  [[nodiscard]] bool holds(const Slots& slots, std::size_t base) const;

 private:
  enum class Kind : std::uint8_t { test, all, any, none };
  static std::optional<Condition> compileTest(const yaml::YamlNode& node, SourceShape& shape,
                                              yaml::Findings& findings);
  static std::optional<Condition> compileGroup(const yaml::YamlNode& list, Kind kind,
                                               SourceShape& shape, yaml::Findings& findings);

  Kind kind_ = Kind::test;
  std::size_t slot_ = 0;
  Test test_;
  std::vector<Condition> parts_;
};

}  // namespace lianqiao::expression
