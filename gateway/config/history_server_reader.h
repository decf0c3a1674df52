#pragma once

#include <filesystem>

#include "config/gateway_config.h"
#include "config/secrets.h"
#include "yaml/map_reader.h"
#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// Those keys of `history` that say which PostgreSQL keeps it. `node` is that of `map`.
void readHistoryServer(const yaml::YamlNode* node, yaml::MapReader& map,
                       const std::filesystem::path& directory, const SecretSource& secrets,
                       HistorySettings& history, yaml::Findings& findings);

}  // namespace lianqiao::config
