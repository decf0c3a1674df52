#pragma once

#include <string>
#include <vector>

#include "config/gateway_config.h"
#include "config/secrets.h"
#include "yaml/yaml_node.h"

/// lianqiao.yaml → the parts of GatewayConfig that are not of one peer. Keys are those of the
/// structs in snake_case; gateway_config.h says what they mean and their defaults.
namespace lianqiao::config {

/// `config.directory` must be set: relative paths begin there. Wrong values become findings and
/// stay at their defaults.
void readGateway(const yaml::YamlNode& root, const SecretSource& secrets, GatewayConfig& config,
                 yaml::Findings& findings);

/// `adapters:` alone.
std::vector<std::string> readAdapters(const yaml::YamlNode& root, yaml::Findings& findings);

}  // namespace lianqiao::config
