#pragma once

#include <string>

#include "config/gateway_config.h"
#include "config/secrets.h"
#include "lianqiao/descriptor.h"
#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// peers/<name>.yaml → PeerConfig. `adapter` may be nullptr (not loaded): its settings are then not
/// looked at. `gatewayProxy` is that of a peer which says nothing of one. Wrong values become
/// findings and stay at their defaults.
PeerConfig readPeer(const yaml::YamlNode& root, const std::string& name, const Descriptor* adapter,
                    const SecretSource& secrets, yaml::Findings& findings,
                    const ProxySettings& gatewayProxy = {});

/// The adapter that the file names, or empty.
std::string adapterOf(const yaml::YamlNode& root);

}  // namespace lianqiao::config
