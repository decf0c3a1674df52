#include "http/http_front.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>

#include <utility>

#include "http/front_loop.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {

namespace {

constexpr int kBacklog = 1024;

}  // namespace

Result<std::unique_ptr<HttpFront>> HttpFront::start(const config::Listener& listener,
                                                    const config::IntakeLimits& limits, Admit admit,
                                                    Handler handler) {
  std::shared_ptr<TlsServer> tls;
  if (!listener.tls.certificate.empty()) {
    auto made = TlsServer::make(listener.tls);
    if (!made) return std::move(made).error();
    tls = std::move(made).value();
  }
  const std::string where = listener.address + ":" + std::to_string(listener.port);
  try {
    const Poco::Net::SocketAddress address(listener.address, listener.port);
    Poco::Net::ServerSocket socket;
    socket.bind(address, true, false);
    socket.listen(kBacklog);
    socket.setBlocking(false);
    FrontContext context;
    context.limits = limits;
    context.trustedProxies = listener.trustedProxies;
    context.admit = std::move(admit);
    context.handler = std::move(handler);
    context.mailbox = std::make_shared<Mailbox>();
    auto front = std::make_unique<FrontLoop>(socket, std::move(tls), std::move(context));
    front->run();
    return std::unique_ptr<HttpFront>(std::move(front));
  } catch (const Poco::Exception& e) {
    return Error{codes::kConfig, "listener: cannot listen on " + where + ": " + e.displayText() +
                                     "; choose a free port and an address of this machine"};
  }
}

}  // namespace lianqiao::http
