#pragma once

#include <string_view>

#include "config/gateway_config.h"
#include "config/secrets.h"
#include "config/sources.h"

/// The secrets of the example county stand in everybody's checkout: they prove nothing.
namespace lianqiao::config {

/// True for the value of every `*.example` file that was ever shipped; known by its digest, so that
/// it is found under any name and in the environment, too.
bool isPublishedSecret(std::string_view value);

/// Finds published secrets of peers that are switched on and of lianqiao.yaml: errors where
/// listen.peers is open to others, else warnings, but in the folder that deploy/quickstart has made
/// (`.quickstart`).
void lintPublishedSecrets(const GatewayConfig& config, const Sources& sources,
                          const SecretSource& secrets, yaml::Findings& errors,
                          yaml::Findings& warnings);

}  // namespace lianqiao::config
