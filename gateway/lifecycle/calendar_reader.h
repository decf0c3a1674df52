#pragma once

#include <optional>

#include "lifecycle/working_calendar.h"
#include "yaml/yaml_node.h"

namespace lianqiao::lifecycle {

/// calendar.yaml → the calendar. nullopt: findings were added. Format: config/README.md.
std::optional<WorkingCalendar> readCalendar(const yaml::YamlNode& root, yaml::Findings& findings);

}  // namespace lianqiao::lifecycle
