#pragma once

#include "config/gateway_config.h"
#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// Reads the section `reconcile` of a peer's file. `node` is null where there is none.
void readReconciliation(const yaml::YamlNode* node, PeerConfig& peer, yaml::Findings& findings);

}  // namespace lianqiao::config
