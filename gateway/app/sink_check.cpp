#include "app/sink_check.h"

#include <algorithm>

#include "app/offline_host.h"
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

class SinkCheck {
 public:
  SinkCheck(const config::Contents& reading, const config::AdapterLookup& adapter)
      : reading_(reading), adapter_(adapter), host_(clock_) {}

  void check(const config::Node& destination, config::Findings& findings) {
    const std::string name(destination.text());
    const auto& peers = reading_.config.peers;
    const auto peer = std::find_if(peers.begin(), peers.end(),
                                   [&](const config::PeerConfig& one) { return one.name == name; });
    if (peer == peers.end() || !peer->enabled || peer->outbound.pull) return;
    const Descriptor* adapter = adapter_(peer->adapter);
    if (adapter == nullptr || adapter->makeSink == nullptr) return;
    auto sink = plugin::guardedCall({peer->adapter, name, "makeSink"},
                                    [&] { return adapter->makeSink(peer->settings, host_); });
    if (!sink || *sink != nullptr) return;
    findings.add(destination.finding(
        "nothing can be sent to the peer '" + name + "': it lacks " +
            missingSettings(*adapter, peer->settings),
        "set that in peers/" + name + ".yaml, or let the peer fetch (outbound: {pull: true}), or " +
            "leave it out here"));
  }

 private:
  const config::Contents& reading_;
  const config::AdapterLookup& adapter_;
  base::SystemClock clock_;
  OfflineHost host_;
};

}  // namespace

void checkSinks(const config::Contents& reading, const config::AdapterLookup& adapter,
                config::Findings& findings) {
  const config::Node* routes =
      reading.sources.routes ? reading.sources.routes->find("routes") : nullptr;
  if (routes == nullptr) return;
  SinkCheck check(reading, adapter);
  for (const config::Node& route : routes->items()) {
    const config::Node* to = route.find("to");
    if (to == nullptr) continue;
    for (const config::Node& destination : to->items()) check.check(destination, findings);
  }
}

}  // namespace lianqiao::app
