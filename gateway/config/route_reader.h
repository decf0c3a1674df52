#pragma once

#include <vector>

#include "config/gateway_config.h"
#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// The map below `when`. What is wrong becomes findings.
std::vector<RouteCondition> readConditions(const yaml::YamlNode& when, yaml::Findings& findings);

/// routes.yaml → the routes, in file order. What is wrong becomes findings.
std::vector<Route> readRoutes(const yaml::YamlNode& root, yaml::Findings& findings);

}  // namespace lianqiao::config
