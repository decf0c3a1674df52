#pragma once

#include <filesystem>

#include "config/gateway_config.h"
#include "config/secrets.h"
#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// The key `redis` of lianqiao.yaml; nullptr is an empty map. `directory`: of the configuration.
void readRedis(const yaml::YamlNode* node, const std::filesystem::path& directory,
               const SecretSource& secrets, RedisSettings& redis, yaml::Findings& findings);

}  // namespace lianqiao::config
