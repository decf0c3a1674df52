#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "config/gateway_config.h"
#include "lianqiao/http.h"
#include "lianqiao/result.h"

namespace lianqiao::admin {

/// The admin port: few trusted callers with the node's admin token (`Authorization: Bearer`), so
/// Poco's server is enough here. /health needs no token.
class Server {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  /// Binds and starts; fails with config.invalid. `handler` is called from several threads.
  static Result<std::unique_ptr<Server>> start(const config::Listener& listener,
                                               const Secret& token, Handler handler);
  virtual ~Server() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  virtual void stop() = 0;
};

}  // namespace lianqiao::admin
