#pragma once

#include <string_view>
#include <vector>

#include "expression/record_clause.h"
#include "record/schema_set.h"
#include "yaml/yaml_node.h"

namespace lianqiao::lifecycle {

/// The map below `when` of a limit for `type`: `peer`, `priority` or `data.<field>`, each as in
/// routes. What is wrong, and what no record of the type has, becomes findings.
std::vector<expression::RecordClause> readClauses(const yaml::YamlNode& when, std::string_view type,
                                                  const record::SchemaSet& schemas,
                                                  yaml::Findings& findings);

}  // namespace lianqiao::lifecycle
