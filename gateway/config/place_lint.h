#pragma once

#include "config/gateway_config.h"
#include "config/load.h"
#include "config/sources.h"

namespace lianqiao::config {

/// What the machine has in the way of a configuration: one port twice, a folder that two
/// peers would empty, a folder that is a file or that this user may not write into (the data
/// folder, and each setting of kind path of a peer that is switched on). A folder that is not there
/// yet is none of the latter. Changes nothing.
void lintPlaces(const GatewayConfig& config, const Sources& sources, const AdapterLookup& adapter,
                yaml::Findings& findings);

}  // namespace lianqiao::config
