#pragma once

#include <functional>
#include <memory>

#include "config/gateway_config.h"
#include "http/http_front.h"
#include "intake/work_pool.h"

namespace lianqiao::runtime {

/// The admin port: the house's HTTP front with few connections, for callers with the node's admin
/// token (`Authorization: Bearer`). A silent or dripping caller holds a descriptor for some seconds
/// and no thread; at the limit the one that waits longest goes. /health needs no token and is
/// answered by the front's own thread, so that it tells a busy port from a process that hangs.
/// Thread-safe but for stop().
class AdminPort {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  static constexpr std::size_t kConnections = 64;
  static constexpr int kThreads = 8;

  /// Binds and starts; fails with config.invalid. `handler` is called from kThreads threads.
  static Result<std::unique_ptr<AdminPort>> start(const config::Listener& listener,
                                                  const Secret& token, Handler handler);
  ~AdminPort();
  AdminPort(const AdminPort&) = delete;
  AdminPort& operator=(const AdminPort&) = delete;

  [[nodiscard]] std::uint16_t port() const { return front_->port(); }
  /// Waits for calls of the handler that are under way. Idempotent.
  void stop();

 private:
  AdminPort(const Secret& token, Handler handler);
  http::HttpFront::Admission admit(const HttpRequest& head);
  void handle(HttpRequest request, std::unique_ptr<http::Responder> responder);

  const std::string bearer_;
  const Handler handler_;
  http::Shares shares_;
  const std::shared_ptr<http::PeerLoad> load_ = std::make_shared<http::PeerLoad>();
  intake::WorkPool pool_;
  std::unique_ptr<http::HttpFront> front_;
};

}  // namespace lianqiao::runtime
