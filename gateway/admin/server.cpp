#include "admin/server.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>

#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao::admin {
namespace {

namespace net = Poco::Net;

constexpr std::size_t kMostBody = 64 << 10;

HttpRequest convert(net::HTTPServerRequest& from) {
  HttpRequest request;
  request.method = from.getMethod();
  request.target = from.getURI();
  const std::size_t mark = request.target.find('?');
  request.path = percentDecode(std::string_view(request.target).substr(0, mark), false);
  if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
  for (const auto& [name, value] : from) request.headers.add(name, value);
  request.remoteAddress = from.clientAddress().toString();
  return request;
}

class Handler : public net::HTTPRequestHandler {
 public:
  Handler(const Server::Handler& handler, const Secret& token) : handler_(handler), token_(token) {}

  void handleRequest(net::HTTPServerRequest& from, net::HTTPServerResponse& to) override {
    // Poco 1.11 would read an unread body as the next request.
    to.setKeepAlive(false);
    HttpRequest request = convert(from);
    HttpResponse response;
    if (from.getContentLength64() > static_cast<std::int64_t>(kMostBody) ||
        from.getChunkedTransferEncoding()) {
      response.status = 413;
      response.body =
          R"({"error":{"code":"intake.too_large","message":"The admin API takes no such body."}})";
    } else if (request.path != "/health" && !allowed(request)) {
      response.status = 401;
      response.headers.add("WWW-Authenticate", "Bearer");
      response.body =
          R"({"error":{"code":"intake.unauthenticated","message":"The admin API needs the node's admin token."}})";
    } else {
      response = handler_(request);
    }
    to.setStatusAndReason(static_cast<net::HTTPResponse::HTTPStatus>(response.status));
    for (const auto& [name, value] : response.headers.all()) to.set(name, value);
    to.setContentLength64(static_cast<std::int64_t>(response.body.size()));
    to.send() << response.body;
  }

 private:
  bool allowed(const HttpRequest& request) const {
    return equalConstantTime(request.headers.get("Authorization"), "Bearer " + token_.reveal());
  }

  const Server::Handler& handler_;
  const Secret& token_;
};

class PocoServer final : public Server {
 public:
  PocoServer(net::ServerSocket socket, Secret token, Server::Handler handler)
      : token_(std::move(token)),
        handler_(std::move(handler)),
        port_(socket.address().port()),
        pool_("admin", 1, 8) {
    auto* params = new net::HTTPServerParams;  // owned by the server
    params->setMaxThreads(8);
    params->setKeepAlive(false);
    params->setTimeout(Poco::Timespan(10, 0));
    server_ = std::make_unique<net::HTTPServer>(new Factory(*this), pool_, socket,
                                                params);  // owns the factory
    server_->start();
  }
  ~PocoServer() override { stop(); }

  std::uint16_t port() const override { return port_; }
  void stop() override {
    if (!server_) return;
    server_->stopAll(true);
    pool_.joinAll();  // stopAll does not wait for handlers: they use what their owner ends next
    server_.reset();
  }

 private:
  struct Factory : net::HTTPRequestHandlerFactory {
    explicit Factory(PocoServer& owner) : server(owner) {}
    net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
      return new ::lianqiao::admin::Handler(server.handler_, server.token_);
    }
    PocoServer& server;
  };

  const Secret token_;
  const Server::Handler handler_;
  const std::uint16_t port_;
  Poco::ThreadPool pool_;
  std::unique_ptr<net::HTTPServer> server_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const config::Listener& listener, const Secret& token,
                                              Handler handler) {
  try {
    net::ServerSocket socket;
    socket.bind(net::SocketAddress(listener.address, listener.port), true, false);
    socket.listen(64);
    return std::unique_ptr<Server>(std::make_unique<PocoServer>(socket, token, std::move(handler)));
  } catch (const Poco::Exception& exception) {
    return Error{std::string(codes::kConfig), "The admin port " + listener.address + ":" +
                                                  std::to_string(listener.port) +
                                                  " cannot be opened: " + exception.displayText() +
                                                  ". Choose another in listen.admin."};
  }
}

}  // namespace lianqiao::admin
