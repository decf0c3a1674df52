#pragma once

#include "config/gateway_config.h"
#include "config/sources.h"

namespace lianqiao::config {

/// Ways on which every record would end as an exception, or none would ever come: what an inbound
/// mapping or a derivation makes and no route takes, outbound mappings of a peer that no route
/// leads to, a destination without outbound mapping for a type that a route brings it. Says nothing
/// about mappings that could not be read, nor of routes where routes.yaml has an error.
void lintRoutes(const GatewayConfig& config, const Sources& sources, yaml::Findings& findings);

}  // namespace lianqiao::config
