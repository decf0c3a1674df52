#pragma once

#include "config/gateway_config.h"
#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// Reads the section `reconcile` of a peer's file. `node` is null where there is none.
void readReconciliation(const yaml::YamlNode* node, PeerConfig& peer, yaml::Findings& findings);

/// Minutes after midnight of "HH:MM"; nothing for any other text.
[[nodiscard]] std::optional<std::chrono::minutes> minutesOfDay(std::string_view text);

}  // namespace lianqiao::config
