#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lifecycle/life_cycle.h"
#include "record/schema_set.h"
#include "yaml/yaml_node.h"

namespace lianqiao::lifecycle {

/// One file → the life cycle of `type`. nullopt: findings were added. Format: schemas/README.md.
/// `types`: what `moved_by` is held to; nullptr: it is not.
std::optional<LifeCycle> readLifeCycle(const yaml::YamlNode& root, std::string_view type,
                                       yaml::Findings& findings,
                                       const record::SchemaSet* types = nullptr);

/// By type. nullopt: its file is there and wrong, which was told.
using LifeCycles = std::map<std::string, std::optional<LifeCycle>, std::less<>>;

/// Of all files `<type>.lifecycle.yaml` in `schemas` and in its folder `datasets`. They are called
/// `schemas/<file>` in findings. A folder that is absent holds none. No type of record moves two.
LifeCycles loadLifeCycles(const std::filesystem::path& schemas, yaml::Findings& findings,
                          const record::SchemaSet* types = nullptr);

}  // namespace lianqiao::lifecycle
