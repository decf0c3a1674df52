#pragma once

#include "config/load.h"

namespace lianqiao::config {

/// Warns of a proxy by which no call of its peer goes, and of addresses of this machine that would
/// be called through a proxy elsewhere. Says nothing about peers that are switched off or whose
/// settings have `errors`.
void lintProxies(const GatewayConfig& config, const Sources& sources, const AdapterLookup& adapter,
                 const yaml::Findings& errors, yaml::Findings& warnings);

}  // namespace lianqiao::config
