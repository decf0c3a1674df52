#include "config/proxy_lint.h"

#include <algorithm>
#include <optional>

#include "config/reach.h"
#include "yaml/findings.h"
#include "yaml/place_of.h"
#include "yaml/scalar.h"

namespace lianqiao::config {
namespace {

/// What an adapter calls is a setting of kind url; sockets of its own are no affair of the proxy.
bool hasUrl(const PeerConfig& peer, const Descriptor& adapter) {
  return std::any_of(adapter.settings.begin(), adapter.settings.end(), [&](const FieldSpec& field) {
    return field.kind == FieldKind::url && peer.settings.has(field.name);
  });
}

/// Why no call of this peer could go through a proxy; nullopt where one could.
std::optional<std::string> whyUnused(const PeerConfig& peer, const Descriptor& adapter) {
  const bool asks = adapter.makeSource != nullptr || adapter.makeSession != nullptr;
  if (!asks && adapter.makeSink != nullptr && peer.outbound.pull)
    return "the peer fetches from its outbox (outbound.pull) and is never called";
  if (!asks && adapter.makeSink == nullptr)
    return "the adapter " + peer.adapter + " takes what the peer sends and never calls it";
  if (hasUrl(peer, adapter)) return std::nullopt;
  if (adapter.makeSession != nullptr)
    return "the adapter " + peer.adapter + " holds a connection of its own, which goes straight";
  return "no setting of this peer is a URL that could be called";
}

std::string placeOfProxy(const ProxySettings& proxy) {
  return proxy.host + ':' + std::to_string(proxy.port);
}

/// `own`: outbound.proxy of the peer; nullptr where it has that of lianqiao.yaml.
void tellUnused(const PeerConfig& peer, const Descriptor& adapter, const yaml::YamlNode& root,
                const yaml::YamlNode* own, const std::string& why, yaml::Findings& warnings) {
  if (own != nullptr) {
    warnings.add(
        own->finding("nothing goes through this proxy: " + why, "take outbound.proxy out"));
  } else if (adapter.makeSession != nullptr) {
    // Of the others nobody expects a call.
    warnings.add(
        yaml::placeOf(root, {"adapter"})
            .finding("outbound.proxy of lianqiao.yaml does nothing for this peer: " + why,
                     "let " + peer.name +
                         " through the firewall, and write proxy: none below outbound here"));
  }
}

void lookAtAddresses(const PeerConfig& peer, const Descriptor& adapter, const yaml::YamlNode& root,
                     bool own, yaml::Findings& warnings) {
  const ProxySettings& proxy = peer.outbound.proxy;
  // One on this machine means the same machine by these names.
  if (isLoopback(proxy.host)) return;
  for (const FieldSpec& field : adapter.settings) {
    if (field.kind != FieldKind::url || !peer.settings.has(field.name)) continue;
    const std::string_view host = yaml::hostOf(peer.settings.text(field.name));
    if (!isLoopback(host) || !carries(proxy, host)) continue;
    const std::string where = own ? "in outbound.proxy" : "in outbound.proxy of lianqiao.yaml";
    warnings.add(yaml::placeOf(root, {"settings", field.name})
                     .finding("the proxy " + placeOfProxy(proxy) + " is asked for " +
                                  std::string(host) + ", and takes that for itself",
                              "write no_proxy: [localhost, 127.0.0.0/8, \"::1\"] " + where +
                                  ", or proxy: none below outbound here"));
  }
}

}  // namespace

void lintProxies(const GatewayConfig& config, const Sources& sources, const AdapterLookup& adapter,
                 const yaml::Findings& errors, yaml::Findings& warnings) {
  for (const PeerConfig& peer : config.peers) {
    const Descriptor* const descriptor = adapter ? adapter(peer.adapter) : nullptr;
    if (descriptor == nullptr || !peer.enabled || peer.outbound.proxy.host.empty()) continue;
    if (yaml::concern(errors, "peers/" + peer.name + ".yaml", "settings")) continue;
    const yaml::YamlNode& root = *sources.peers.at(peer.name);
    const yaml::YamlNode* const outbound = root.find("outbound");
    const yaml::YamlNode* const own = outbound == nullptr ? nullptr : outbound->find("proxy");
    if (const auto why = whyUnused(peer, *descriptor)) {
      tellUnused(peer, *descriptor, root, own, *why, warnings);
    } else {
      lookAtAddresses(peer, *descriptor, root, own != nullptr, warnings);
    }
  }
}

}  // namespace lianqiao::config
