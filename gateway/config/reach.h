#pragma once

#include <string_view>

#include "config/gateway_config.h"

/// Whom a place reaches, and by which way. Pure functions, thread-safe.
namespace lianqiao::config {

/// True for an address or a name that only this machine reaches: 127.0.0.0/8, ::1, localhost and
/// the names below it.
[[nodiscard]] bool isLoopback(std::string_view host);

/// False where calls to `host` go straight to it: no proxy is named, or `no_proxy` names the host.
/// A name is compared as it is written: it is the proxy that resolves it.
[[nodiscard]] bool carries(const ProxySettings& proxy, std::string_view host);

}  // namespace lianqiao::config
