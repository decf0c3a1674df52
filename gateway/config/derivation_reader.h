#pragma once

#include <vector>

#include "config/gateway_config.h"
#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// derivations.yaml → the rules, in file order. What is wrong becomes findings.
std::vector<Derivation> readDerivations(const yaml::YamlNode& root, yaml::Findings& findings);

}  // namespace lianqiao::config
