#pragma once

#include <string>

#include "config/gateway_config.h"
#include "http/call_request.h"
#include "lianqiao/http.h"
#include "lianqiao/result.h"

namespace lianqiao::http {

/// The HTTP proxy that calls of one peer leave through (RFC 9110 §7.6): http:// by requests in
/// absolute form, https:// through a tunnel (CONNECT). Speaks to the proxy itself without TLS and
/// shows Basic credentials where it has them. Immutable, thread-safe.
///
/// Errors that are the proxy's begin with "outbound.proxy: ": deliver.refused where it does not let
/// us through (401, 403, 405, 407; the peer is paused, no record is burnt), deliver.connect where
/// neither it nor the peer behind it can be reached, deliver.protocol where it does not speak HTTP.
class OutboundProxy {
 public:
  /// Settings without a host: it carries nothing.
  explicit OutboundProxy(config::ProxySettings settings);

  /// False where the call goes straight to the peer (config/reach).
  [[nodiscard]] bool carries(const ServerAddress& peer) const;
  /// This where calls to `peer` go through it, which `peer` then tells; nullptr where they go
  /// straight.
  const OutboundProxy* carry(ServerAddress& peer) const;

  [[nodiscard]] const ServerAddress& server() const { return server_; }
  /// The header line with our credentials, with its line break; empty without any.
  [[nodiscard]] const std::string& authorization() const { return authorization_; }
  /// Asks for a tunnel to `peer`.
  [[nodiscard]] std::string connectRequest(const ServerAddress& peer) const;

  /// An error of the way to the proxy, as one that names the setting and the peer behind.
  [[nodiscard]] Error failed(Error error, const ServerAddress& peer) const;
  /// What the proxy's own answer means for us; `status` is no success.
  [[nodiscard]] Error refusal(int status, const ServerAddress& peer) const;

 private:
  config::ProxySettings settings_;
  ServerAddress server_;
  std::string authorization_;
};

}  // namespace lianqiao::http
