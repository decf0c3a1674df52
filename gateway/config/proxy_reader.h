#pragma once

#include "config/gateway_config.h"
#include "config/secrets.h"

namespace lianqiao::config {

/// `outbound.proxy` of lianqiao.yaml or a peer file: url, user, password, no_proxy. `node` null:
/// `proxy` stays as it is. A peer may also write `none` (`mayBeNone`).
void readProxy(const yaml::YamlNode* node, bool mayBeNone, const SecretSource& secrets,
               ProxySettings& proxy, yaml::Findings& findings);

}  // namespace lianqiao::config
