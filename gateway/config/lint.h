#pragma once

#include "config/gateway_config.h"
#include "config/load.h"
#include "config/sources.h"

namespace lianqiao::config {

/// What no single file can tell: references between files, and combinations that cannot work or are
/// open to the world. `sources` gives the places; nothing is said about a file that could not be
/// read.
void lint(const GatewayConfig& config, const Sources& sources, const AdapterLookup& adapter,
          yaml::Findings& findings);

/// What works and yet is unsafe, one sentence each; no finding, for a proxy before the gateway may
/// make it safe, or it may be meant.
[[nodiscard]] std::vector<std::string> cautions(const GatewayConfig& config);

}  // namespace lianqiao::config
