#pragma once

#include <optional>

#include "lifecycle/deadline_rules.h"
#include "lifecycle/life_cycle_reader.h"
#include "record/schema_set.h"
#include "yaml/yaml_node.h"

namespace lianqiao::lifecycle {

/// deadlines.yaml → the limits. Types and steps are those of `cycles`, fields those of `schemas`.
/// nullopt: findings were added. Format: config/README.md.
std::optional<DeadlineRules> readDeadlines(const yaml::YamlNode& root, const LifeCycles& cycles,
                                           const record::SchemaSet& schemas,
                                           yaml::Findings& findings);

}  // namespace lianqiao::lifecycle
