#pragma once

#include <string>

#include "config/gateway_config.h"
#include "expression/event_shape.h"
#include "expression/expression_compiler.h"
#include "pipeline/sent_values.h"
#include "yaml/yaml_node.h"

/// What an outbound mapping reads, held against the schemas of the records that it takes. Used
/// while compiling only.
namespace lianqiao::pipeline {

using expression::EventShape;
using expression::SchemaIndex;

/// Of a derived mapping the same, for the records of its rules. Finds paths that no record has,
/// values that no record has in conditions, and what SentValues finds. An error where the field, or
/// the mapping, can then only fail; a warning where something else may stand in: another path of
/// `first:`, a default, the rest of a template. Mistakes of the language itself are
/// MappingCompiler's.
class OutboundCheck {
 public:
  /// All must outlive it.
  OutboundCheck(const config::GatewayConfig& config, const SchemaIndex& schemas,
                const expression::CodeTables& tables, yaml::Findings& errors,
                yaml::Findings& warnings)
      : config_(config),
        schemas_(schemas),
        errors_(errors),
        warnings_(warnings),
        values_(config, tables, errors, warnings) {}

  /// Of every outbound and derived mapping.
  void run();

 private:
  void check(const std::string& name, const yaml::YamlNode& mapping);
  void checkDerived(const std::string& name, const yaml::YamlNode& mapping);
  void fields(const yaml::YamlNode& node, const EventShape& scope);
  void field(const yaml::YamlNode& expression, const EventShape& scope);
  void read(const yaml::YamlNode& expression, const EventShape& scope, bool filled);
  void readMap(const yaml::YamlNode& expression, const EventShape& scope, bool filled);
  void each(const yaml::YamlNode& expression, const EventShape& scope, bool filled);
  void choice(const yaml::YamlNode& expression, const EventShape& scope, bool filled);
  void path(const yaml::YamlNode& place, std::string_view text, const EventShape& scope,
            bool filled);
  void condition(const yaml::YamlNode& node, const EventShape& scope, bool binding);
  void test(const yaml::YamlNode& node, const EventShape& scope, bool binding);
  void requiredOfAll(const yaml::YamlNode& expression, const EventShape& scope);
  void add(bool certain, yaml::Finding finding);
  [[nodiscard]] std::string records() const;

  const config::GatewayConfig& config_;
  const SchemaIndex& schemas_;
  yaml::Findings& errors_;
  yaml::Findings& warnings_;
  SentValues values_;
  std::vector<std::string> types_;  ///< Of the mapping that is looked at.
  bool derived_ = false;            ///< It makes a record.
};

}  // namespace lianqiao::pipeline
