#pragma once

#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// The shape of calendar.yaml: `zone`, `holidays` and `workdays` (lists of real dates YYYY-MM-DD,
/// none of them twice or in both). Nothing reads the calendar yet; a wrong one is refused all the
/// same.
void checkCalendar(const yaml::YamlNode& root, yaml::Findings& findings);

}  // namespace lianqiao::config
