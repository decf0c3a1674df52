#include "base/clock.h"
#include "doctor/doctor.h"
#include "http/http_client.h"
#include "http/peer_connection.h"
#include "lianqiao/codes.h"

namespace lianqiao::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;

std::string remedyOf(const Error& error, bool carried) {
  if (error.code == codes::kTls)
    return "compare the certificate and outbound.tls.authority; look at both clocks";
  if (carried) return "look at outbound.proxy, and at the proxy itself; its records would wait";
  return "name, firewall, a proxy that is needed (outbound.proxy), or the peer is down; its "
         "records would wait";
}

/// Answers that proxies do not give in a peer's place, unlike 403 and 5xx.
bool isSurelyThePeers(int status) { return status < 400 || status == 404 || status == 405; }

/// HEAD changes nothing at the peer, and `/` is no address of records.
void askThrough(const config::PeerConfig& peer, const http::CallUrl& url, const base::Clock& clock,
                Checkup& checkup) {
  const std::string start = "peer " + peer.name + ": ";
  const auto client = http::HttpClient::make(peer.outbound.tls, clock, peer.outbound.proxy);
  if (!client) return checkup.fail(start + client.error().detail, "correct outbound.tls");
  HttpCall call;
  call.method = "HEAD";
  call.url = "http://" + std::string(url.authority) + "/";
  const auto answer = (*client)->send(call, clock.steady() + kPatience);
  if (!answer) return checkup.fail(start + answer.error().detail, remedyOf(answer.error(), true));
  const std::string proxy = http::OutboundProxy(peer.outbound.proxy).server().place();
  const std::string what = start + "HEAD " + call.url + " through the proxy " + proxy +
                           " was answered " + std::to_string(answer->status);
  if (isSurelyThePeers(answer->status)) return checkup.ok(what);
  checkup.warn(what + "; whether the proxy says so or the peer cannot be told",
               "ask the proxy's operators whether it lets us through; `curl -I -x http://" + proxy +
                   " " + call.url + "` shows the whole answer");
}

void callUp(const config::PeerConfig& peer, const std::string& url, Checkup& checkup) {
  const auto read = http::readUrl(url);
  if (!read)
    return checkup.fail("peer " + peer.name + ": " + read.error().detail,
                        "correct the address in peers/" + peer.name + ".yaml");
  std::shared_ptr<http::TlsClient> tls;
  if (read->server.tls) {
    auto made = http::TlsClient::make(peer.outbound.tls);
    if (!made)
      return checkup.fail("peer " + peer.name + ": " + made.error().detail, "correct outbound.tls");
    tls = std::move(made).value();
  }
  const base::SystemClock clock;
  const http::OutboundProxy settings(peer.outbound.proxy);
  http::ServerAddress server = read->server;
  const http::OutboundProxy* proxy = settings.carry(server);
  // In clear the proxy connects to the peer only for a request.
  if (proxy != nullptr && tls == nullptr) return askThrough(peer, *read, clock, checkup);
  const auto connection =
      http::PeerConnection::open(server, tls, clock.steady() + kPatience, clock, proxy);
  const std::string start = "peer " + peer.name + ": ";
  if (connection.ok()) return checkup.ok(start + server.name() + " can be reached");
  checkup.fail(start + connection.error().detail, remedyOf(connection.error(), proxy != nullptr));
}

}  // namespace

void lookAtPeers(const config::GatewayConfig& config, const setup::AdapterSet& adapters,
                 Checkup& checkup) {
  for (const config::PeerConfig& peer : config.peers) {
    if (!peer.enabled) continue;
    const Descriptor* adapter = adapters.find(peer.adapter);
    if (adapter == nullptr) continue;
    for (const FieldSpec& field : adapter->settings)
      if (field.kind == FieldKind::url && peer.settings.has(field.name))
        callUp(peer, peer.settings.text(field.name), checkup);
  }
}

}  // namespace lianqiao::doctor
