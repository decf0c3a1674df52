#include "cli/mock_peer_server.h"

#include <charconv>
#include <cstdio>

#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/signing.h"
#include "setup/offline_host.h"

namespace lianqiao::cli {
namespace {

/// Host and port that an http URL names.
Result<config::Listener> listenerOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  std::string_view place = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  place = place.substr(0, place.find('/'));
  config::Listener listener;
  const std::size_t colon = place.rfind(':');
  listener.address = place.substr(0, colon);
  listener.port = 80;
  if (colon != std::string_view::npos) {
    const std::string_view digits = place.substr(colon + 1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), listener.port);
    if (read.ec != std::errc()) {
      return Error{codes::kConfig, "\"" + std::string(url) + "\" names no port to listen at."};
    }
  }
  if (listener.address == "localhost") listener.address = "127.0.0.1";
  return listener;
}

}  // namespace

MockPeerServer::MockPeerServer(const config::PeerConfig& peer, Options options)
    : peer_(peer),
      options_(std::move(options)),
      gatewayUrl_(options_.gateway + "/v1/peers/" + peer.name) {}

MockPeerServer::~MockPeerServer() { stop(); }

Result<std::unique_ptr<MockPeerServer>> MockPeerServer::start(const config::PeerConfig& peer,
                                                              const Descriptor& adapter,
                                                              const Options& options) {
  if (adapter.makeMock == nullptr) {
    return Error{codes::kConfig, "Adapter " + peer.adapter + " has no mock."};
  }
  std::unique_ptr<MockPeerServer> server(new MockPeerServer(peer, options));
  server->mock_ = adapter.makeMock(peer.settings);
  auto client = http::HttpClient::make(peer.outbound.tls, server->clock_);
  if (!client) return client.error();
  server->client_ = std::move(client).value();
  std::string place = options.listen;
  if (place.empty() && peer.settings.has("url")) place = peer.settings.text("url");
  if (!place.empty()) {
    auto listener = listenerOf(place);
    if (!listener) return listener.error();
    auto* self = server.get();
    auto front = http::HttpFront::start(
        *listener, {},
        [](const HttpRequest&) {
          return http::HttpFront::Admission{16u << 20, std::nullopt};
        },
        [self](const HttpRequest& request, std::unique_ptr<http::Responder> responder) {
          self->answer(request, std::move(responder));
        });
    if (!front) return front.error();
    server->front_ = std::move(front).value();
    server->address_ = "http://" + listener->address + ":" + std::to_string(server->front_->port());
  } else {
    server->address_ = "(no address: it only sends)";
  }
  server->driver_ =
      base::startThread("mock-" + peer.name, [self = server.get()](const std::stop_token&) {
        self->mock_->drive(*self);
        const base::Lock lock(self->mutex_);
        if (!self->stopping_ && self->options_.records > 0) self->log("has sent all");
      });
  return server;
}

void MockPeerServer::stop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  stopped_.notifyAll();
  if (driver_.joinable()) driver_.join();
  if (front_) front_->stop(std::chrono::milliseconds(200));
}

std::string MockPeerServer::takenText() const {
  const MockPeer::Taken taken = mock_->taken();
  std::string out = R"({"peer":)";
  json::writeText(peer_.name, out);
  return out + R"(,"distinct":)" + std::to_string(taken.distinct) + R"(,"doubled":)" +
         std::to_string(taken.doubled) + R"(,"refused":)" + std::to_string(taken.refused) + '}';
}

void MockPeerServer::answer(const HttpRequest& request,
                            std::unique_ptr<http::Responder> responder) {
  HttpResponse response;
  if (request.path == "/mock/taken") {
    response.body = takenText();
    response.headers.add("Content-Type", "application/json");
  } else if (options_.failPercent > 0 &&
             seen_.fetch_add(1) * 61 % 100 < static_cast<std::uint64_t>(options_.failPercent)) {
    response.status = seen_ % 2 == 0 ? 500 : 503;
  } else {
    response = mock_->handle(request, now());
  }
  responder->send(std::move(response));
}

Result<HttpResponse> MockPeerServer::send(const HttpCall& call) {
  HttpCall signedCall = call;
  using Kind = config::CallerAuth::Kind;
  if (peer_.auth.kind == Kind::token && !peer_.auth.tokens.empty()) {
    signedCall.headers.set("Authorization", "Bearer " + peer_.auth.tokens.front().reveal());
  } else if (peer_.auth.kind == Kind::hmac) {
    sign(peer_.auth.identity, now(), nonce(8), signedCall);
  }
  return client_->send(signedCall, clock_.steady() + std::chrono::seconds(10));
}

std::string MockPeerServer::nonce(std::size_t bytes) { return setup::randomHex(bytes); }

bool MockPeerServer::pause(std::chrono::milliseconds time) {
  const auto until = base::realNow() + time;
  const base::Lock lock(mutex_);
  while (!stopping_) {
    if (!stopped_.waitUntil(mutex_, until)) return true;
  }
  return false;
}

void MockPeerServer::log(std::string_view message) {
  std::fprintf(stderr, "%s: %.*s\n", peer_.name.c_str(), static_cast<int>(message.size()),
               message.data());
}

}  // namespace lianqiao::cli
