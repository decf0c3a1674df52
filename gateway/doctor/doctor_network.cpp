#include "base/clock.h"
#include "doctor/doctor.h"
#include "http/peer_connection.h"
#include "lianqiao/codes.h"

namespace lianqiao::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;

void callUp(const config::PeerConfig& peer, const std::string& url, Checkup& checkup) {
  const auto read = http::readUrl(url);
  if (!read)
    return checkup.fail("peer " + peer.name + ": " + read.error().detail,
                        "correct the address in peers/" + peer.name + ".yaml");
  std::shared_ptr<http::TlsClient> tls;
  if (read->endpoint.tls) {
    auto made = http::TlsClient::make(peer.outbound.tls);
    if (!made)
      return checkup.fail("peer " + peer.name + ": " + made.error().detail, "correct outbound.tls");
    tls = std::move(made).value();
  }
  const base::SystemClock clock;
  const auto connection =
      http::PeerConnection::open(read->endpoint, tls, clock.steady() + kPatience, clock);
  if (connection.ok())
    return checkup.ok("peer " + peer.name + ": " + read->endpoint.name() + " can be reached");
  checkup.fail("peer " + peer.name + ": " + connection.error().detail,
               connection.error().code == codes::kTls
                   ? "compare the certificate and outbound.tls.authority; look at both clocks"
                   : "name, firewall, proxy, or the peer is down; its records would wait");
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
