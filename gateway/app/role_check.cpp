#include "app/role_check.h"

#include <algorithm>
#include <set>

#include "app/offline_host.h"
#include "config/findings.h"
#include "config/place_of.h"
#include "plugin/guarded_call.h"

namespace lianqiao::app {
namespace {

/// "settings.url" or "settings.a or settings.b": addresses and folders that are not set.
std::string missingSettings(const Descriptor& adapter, const Settings& settings) {
  std::string names;
  for (const FieldSpec& field : adapter.settings) {
    const bool leadsSomewhere = field.kind == FieldKind::url || field.kind == FieldKind::path;
    if (!leadsSomewhere || settings.has(field.name)) continue;
    names.append(names.empty() ? "settings." : " or settings.").append(field.name);
  }
  return names.empty() ? "its settings" : names;
}

std::string fileOf(const config::PeerConfig& peer) { return "peers/" + peer.name + ".yaml"; }

class RoleCheck {
 public:
  RoleCheck(const config::Contents& reading, const config::AdapterLookup& adapter,
            config::Findings& findings)
      : reading_(reading), adapter_(adapter), findings_(findings), host_(clock_) {}

  void run() {
    for (const config::PeerConfig& peer : reading_.config.peers) {
      const Descriptor* const adapter = adapter_(peer.adapter);
      const bool known = adapter != nullptr && peer.enabled &&
                         !config::concern(findings_, fileOf(peer), "settings") &&
                         !config::concern(findings_, fileOf(peer), "adapter");
      if (known) check(peer, *adapter);
    }
    const config::Node* const routes =
        reading_.sources.routes ? reading_.sources.routes->find("routes") : nullptr;
    if (routes == nullptr) return;
    for (const config::Node& route : routes->items()) {
      const config::Node* const to = route.find("to");
      if (to == nullptr) continue;
      for (const config::Node& destination : to->items()) checkDestination(destination);
    }
  }

 private:
  enum class Made : std::uint8_t { none, some, refused };

  template <typename Factory>
  Made make(const config::PeerConfig& peer, std::string_view call, Factory factory) {
    if (factory == nullptr) return Made::none;
    auto role = plugin::guardedCall({peer.adapter, peer.name, call},
                                    [&] { return factory(peer.settings, host_); });
    if (role) return *role == nullptr ? Made::none : Made::some;
    // what refuses one role's settings refuses the others' as well
    if (!config::concern(findings_, fileOf(peer), "settings")) {
      const config::Node& root = *reading_.sources.peers.at(peer.name);
      config::Finding finding =
          config::placeOf(root, {"settings"})
              .finding("the adapter refuses these settings: " + role.error().detail,
                       "`lianqiao describe " + peer.adapter + "` shows what it takes");
      finding.path = "settings";
      findings_.add(std::move(finding));
    }
    return Made::refused;
  }

  void check(const config::PeerConfig& peer, const Descriptor& adapter) {
    const Made receiver = make(peer, "makeReceiver", adapter.makeReceiver);
    const Made source = make(peer, "makeSource", adapter.makeSource);
    const Made sink = make(peer, "makeSink", adapter.makeSink);
    if (sink == Made::none && adapter.makeSink != nullptr) withoutSink_.insert(peer.name);
    if (peer.inbound.mappings.empty() || receiver != Made::none || source != Made::none) return;
    if (adapter.makeReceiver == nullptr && adapter.makeSource == nullptr) return;
    const config::Node& root = *reading_.sources.peers.at(peer.name);
    findings_.add(config::placeOf(root, {"inbound", "mappings"})
                      .finding("nothing can come from this peer: it lacks " +
                                   missingSettings(adapter, peer.settings),
                               "set that, or take inbound.mappings out"));
  }

  void checkDestination(const config::Node& destination) {
    const std::string name(destination.text());
    const auto& peers = reading_.config.peers;
    const auto peer = std::find_if(peers.begin(), peers.end(),
                                   [&](const config::PeerConfig& one) { return one.name == name; });
    if (peer == peers.end() || peer->outbound.pull || !withoutSink_.contains(name)) return;
    findings_.add(destination.finding(
        "nothing can be sent to the peer '" + name + "': it lacks " +
            missingSettings(*adapter_(peer->adapter), peer->settings),
        "set that in peers/" + name + ".yaml, or let the peer fetch (outbound: {pull: true}), or " +
            "leave it out here"));
  }

  const config::Contents& reading_;
  const config::AdapterLookup& adapter_;
  config::Findings& findings_;
  base::SystemClock clock_;
  OfflineHost host_;
  std::set<std::string> withoutSink_;
};

}  // namespace

void checkRoles(const config::Contents& reading, const config::AdapterLookup& adapter,
                config::Findings& findings) {
  RoleCheck(reading, adapter, findings).run();
}

}  // namespace lianqiao::app
