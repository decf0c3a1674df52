#pragma once

#include "config/load.h"

namespace lianqiao::config {

/// Set times of deliveries that cannot keep what other settings promise: those of a peer to which
/// nothing is sent are errors; those that clash with retention or the retry policy are warned of.
void lintSchedules(const GatewayConfig& config, const Sources& sources,
                   const AdapterLookup& adapter, yaml::Findings& errors, yaml::Findings& warnings);

}  // namespace lianqiao::config
