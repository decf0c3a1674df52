#include "http/http_client.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "http/answer_parser.h"
#include "http/call_request.h"
#include "http/peer_connection.h"
#include "http/readable.h"
#include "http/tls_client.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxIdlePerServer = 32;
constexpr auto kMaxIdleTime = 55s;
/// How long no connection is kept to a peer that has said something unasked.
constexpr auto kDistrust = 10min;

/// What one attempt on one connection came to.
struct Exchange {
  Result<HttpResponse> result;
  bool untouched = false;  ///< Failed without a byte of an answer, and not by the clock.
  bool reusable = false;
  bool surprised = false;  ///< The peer said something that nobody had asked for.
};

Error protocolError(const ServerAddress& server, std::string_view why) {
  return {codes::kProtocol, server.name() + ": " + std::string(why)};
}

Exchange failed(Error error, bool untouched) { return {std::move(error), untouched}; }

Error spokeFirst(const ServerAddress& server) {
  return protocolError(server,
                       "it sent something before it had the request; is this an HTTP server?");
}

/// Of an answer that broke. Who refuses without reading the whole request often breaks its own by
/// that: then the refusal counts, for with deliver.protocol it would be asked again and again.
Error broken(Error error, int status) {
  if (status == 401 || status == 403) error.code = codes::kRefused;
  return error;
}

Result<HttpResponse> readable(HttpResponse answer, const ServerAddress& server,
                              const HttpCall& call) {
  if (auto done = makeReadable(answer, call.maxAnswerBytes); !done)
    return broken(protocolError(server, done.error().detail), answer.status);
  return answer;
}

Error lost(const PeerConnection& connection, const ServerAddress& server, bool begun, int status) {
  const std::string known = status == 0 ? "" : " (HTTP " + std::to_string(status) + ")";
  Error error = protocolError(
      server, "the connection broke " +
                  (begun ? "in the middle of the answer" + known : "before an answer") + ": " +
                  connection.problem());
  // Since TLS 1.3 a peer refuses our certificate only after the handshake, by an alert.
  if (connection.problem().find(" alert ") != std::string::npos) error.code = codes::kTls;
  return broken(std::move(error), status);
}

/// `reader`: the proxy that reads the call, or nullptr.
Exchange attempt(PeerConnection& connection, const ServerAddress& server, const HttpCall& call,
                 std::string_view request, Deadline deadline, const OutboundProxy* reader) {
  AnswerParser parser(call.method == "HEAD", call.maxAnswerBytes);
  const auto late = [&](std::string_view doing) {
    return failed(
        {codes::kDeliverTimeout, server.name() + " took too long to " + std::string(doing)}, false);
  };
  const PeerConnection::State sent = connection.send(request, deadline);
  if (sent == PeerConnection::State::late) return late("take the request");
  // A peer that refuses early breaks what is still being sent; its answer may be there all the
  // same.
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    std::size_t bytes = 0;
    AnswerParser::State state = AnswerParser::State::need_more;
    switch (connection.receive(buffer.data(), buffer.size(), bytes, deadline)) {
      case PeerConnection::State::late:
        return late(parser.begun() ? "finish its answer" : "answer");
      case PeerConnection::State::lost:
        return failed(lost(connection, server, parser.begun(), parser.status()), !parser.begun());
      case PeerConnection::State::closed: {
        const bool begun = parser.begun();
        state = parser.end();
        if (state == AnswerParser::State::broken) {
          return failed(broken(protocolError(server, parser.problem()), parser.status()), !begun);
        }
        return {readable(parser.take(), server, call)};
      }
      default:
        state = parser.feed({buffer.data(), bytes});
    }
    // The one answer that is surely the proxy's. What follows it is of no use, and often cut.
    if (reader != nullptr && parser.status() == 407)
      return failed(reader->refusal(407, server), false);
    if (state == AnswerParser::State::broken)
      return failed(broken(protocolError(server, parser.problem()), parser.status()), false);
    if (state == AnswerParser::State::complete) {
      const bool reusable = sent == PeerConnection::State::ok && parser.reusable();
      return {readable(parser.take(), server, call), false, reusable, parser.followed()};
    }
  }
}

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::make(const config::TlsSettings& tls,
                                                     const base::Clock& clock,
                                                     const config::ProxySettings& proxy) {
  std::unique_ptr<HttpClient> client(new HttpClient(tls, clock, proxy));
  if (!tls.certificate.empty() || !tls.key.empty() || !tls.clientAuthority.empty()) {
    if (auto made = client->tlsClient(); !made) return std::move(made).error();
  }
  return client;
}

HttpClient::HttpClient(config::TlsSettings tls, const base::Clock& clock,
                       const config::ProxySettings& proxy)
    : settings_(std::move(tls)), proxy_(proxy), clock_(clock) {}

HttpClient::~HttpClient() = default;

Result<std::shared_ptr<TlsClient>> HttpClient::tlsClient() {
  const base::Lock lock(mutex_);
  if (tls_ == nullptr) {
    auto made = TlsClient::make(settings_);
    if (!made) return std::move(made).error();
    tls_ = std::move(made).value();
  }
  return tls_;
}

Result<std::unique_ptr<PeerConnection>> HttpClient::connect(const ServerAddress& server,
                                                            const OutboundProxy* proxy,
                                                            Deadline deadline) {
  std::shared_ptr<TlsClient> tls;
  if (server.tls) {
    auto made = tlsClient();
    if (!made) return std::move(made).error();
    tls = std::move(made).value();
  }
  return PeerConnection::open(server, tls, deadline, clock_, proxy);
}

std::unique_ptr<PeerConnection> HttpClient::takeIdle(const std::string& key) {
  for (;;) {
    std::unique_ptr<PeerConnection> connection;
    {
      const base::Lock lock(mutex_);
      const auto found = kept_.find(key);
      if (found == kept_.end() || found->second.idle.empty()) return nullptr;
      connection = std::move(found->second.idle.back());
      found->second.idle.pop_back();
    }
    if (clock_.steady() - connection->idleSince >= kMaxIdleTime) continue;
    const auto silence = connection->silence();
    if (silence == PeerConnection::Silence::kept) return connection;
    if (silence == PeerConnection::Silence::broken) distrust(key);
  }
}

void HttpClient::keep(const std::string& key, std::unique_ptr<PeerConnection> connection) {
  connection->idleSince = clock_.steady();
  std::vector<std::unique_ptr<PeerConnection>> closed;
  const base::Lock lock(mutex_);
  Kept& kept = kept_[key];
  if (connection->idleSince < kept.distrustedUntil) return;
  // The newest are used again: those of a busier hour stand in front, and would stay for good.
  const auto fresh = std::find_if(kept.idle.begin(), kept.idle.end(), [&](const auto& other) {
    return connection->idleSince - other->idleSince < kMaxIdleTime;
  });
  std::move(kept.idle.begin(), fresh, std::back_inserter(closed));
  kept.idle.erase(kept.idle.begin(), fresh);
  if (kept.idle.size() < kMaxIdlePerServer) kept.idle.push_back(std::move(connection));
}

void HttpClient::distrust(const std::string& key) {
  std::vector<std::unique_ptr<PeerConnection>> closed;
  const base::Lock lock(mutex_);
  Kept& kept = kept_[key];
  kept.distrustedUntil = clock_.steady() + kDistrust;
  closed.swap(kept.idle);
}

Result<HttpResponse> HttpClient::send(const HttpCall& call, Deadline deadline) {
  auto url = readUrl(call.url);
  if (!url) return url.error();
  ServerAddress& server = url->server;
  const OutboundProxy* proxy = proxy_.carry(server);
  const OutboundProxy* reader = server.tls ? nullptr : proxy;
  const auto request = writeRequest(call, *url, reader);
  if (!request) return request.error();
  const std::string key = server.key();
  const auto attemptOn = [&](std::unique_ptr<PeerConnection> connection) {
    Exchange made = attempt(*connection, server, call, *request, deadline, reader);
    if (made.surprised) distrust(key);
    if (made.reusable) keep(key, std::move(connection));
    return made;
  };
  if (auto connection = takeIdle(key); connection != nullptr) {
    Exchange first = attemptOn(std::move(connection));
    if (!first.untouched) return std::move(first.result);
  }
  auto opened = connect(server, proxy, deadline);
  if (!opened) return std::move(opened).error();
  if ((*opened)->silence() == PeerConnection::Silence::broken) return spokeFirst(server);
  if (!(*opened)->problem().empty()) return lost(**opened, server, false, 0);
  return attemptOn(std::move(opened).value()).result;
}

}  // namespace lianqiao::http
