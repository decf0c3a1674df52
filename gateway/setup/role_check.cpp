#include "setup/role_check.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "lianqiao/ascii.h"
#include "plugin/guarded_call.h"
#include "setup/offline_host.h"
#include "yaml/findings.h"
#include "yaml/place_of.h"

namespace lianqiao::setup {
namespace {

bool leadsSomewhere(const FieldSpec& field) {
  return field.kind == FieldKind::url || field.kind == FieldKind::path;
}

/// "settings.url" or "settings.a or settings.b": of the addresses and folders that are not set
/// those that alone make `hasRole`, else all.
std::string missingSettings(const Descriptor& adapter, const Settings& settings,
                            const std::filesystem::path& folder,
                            const std::function<bool(const Settings&)>& hasRole) {
  std::string all, enough;
  for (const FieldSpec& field : adapter.settings) {
    if (!leadsSomewhere(field) || settings.has(field.name)) continue;
    Settings more = settings;
    const bool url = field.kind == FieldKind::url;
    more.set(std::string(field.name), url ? "http://127.0.0.1/" : (folder / "x").string());
    for (std::string* names : {&all, &enough}) {
      if (names == &enough && !hasRole(more)) continue;
      names->append(names->empty() ? "settings." : " or settings.").append(field.name);
    }
  }
  return !enough.empty() ? enough : !all.empty() ? all : "its settings";
}

/// Where the word stands in the text; npos where it does not.
std::size_t placeOfWord(std::string_view word, std::string_view text) {
  const auto inner = [](char c) { return isLetter(c) || isDigit(c) || c == '_'; };
  std::size_t at = text.find(word);
  for (; at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !inner(text[at - 1])) && (end == text.size() || !inner(text[end]))) break;
  }
  return at;
}

/// The setting that the adapter's words name first, or all of them.
const yaml::YamlNode& placeOfRefusal(const yaml::YamlNode& root, const Descriptor& adapter,
                                     std::string_view words) {
  const yaml::YamlNode* place = &yaml::placeOf(root, {"settings"});
  std::size_t first = std::string_view::npos;
  for (const FieldSpec& field : adapter.settings) {
    const yaml::YamlNode& own = yaml::placeOf(root, {"settings", field.name});
    const std::size_t at = placeOfWord(field.name, words);
    if (own.path() != "settings." + std::string(field.name) || at >= first) continue;
    first = at;
    place = &own;
  }
  return *place;
}

std::string fileOf(const config::PeerConfig& peer) { return "peers/" + peer.name + ".yaml"; }

class RoleCheck {
 public:
  RoleCheck(const config::Contents& reading, const config::AdapterLookup& adapter,
            yaml::Findings& findings)
      : reading_(reading), adapter_(adapter), findings_(findings) {}

  void run() {
    for (const config::PeerConfig& peer : reading_.config.peers) {
      const Descriptor* const adapter = adapter_(peer.adapter);
      const bool known = adapter != nullptr && peer.enabled &&
                         !yaml::concern(findings_, fileOf(peer), "settings") &&
                         !yaml::concern(findings_, fileOf(peer), "adapter");
      if (known) check(peer, *adapter);
    }
    const yaml::YamlNode* const routes =
        reading_.sources.routes ? reading_.sources.routes->find("routes") : nullptr;
    if (routes == nullptr) return;
    for (const yaml::YamlNode& route : routes->items()) {
      const yaml::YamlNode* const to = route.find("to");
      if (to == nullptr) continue;
      for (const yaml::YamlNode& destination : to->items()) checkDestination(destination);
    }
  }

 private:
  enum class Made : std::uint8_t { none, some, refused };

  template <typename Factory>
  Made make(const config::PeerConfig& peer, std::string_view call, Factory factory) {
    if (factory == nullptr) return Made::none;
    auto role = plugin::guardedCall({peer.adapter, peer.name, call},
                                    [&] { return factory(peer.settings, *host_); });
    if (role) return *role == nullptr ? Made::none : Made::some;
    // what refuses one role's settings refuses the others' as well
    if (!yaml::concern(findings_, fileOf(peer), "settings")) {
      const yaml::YamlNode& root = *reading_.sources.peers.at(peer.name);
      const yaml::YamlNode& place =
          placeOfRefusal(root, *adapter_(peer.adapter), role.error().detail);
      yaml::Finding finding =
          place.finding("the adapter refuses these settings: " + role.error().detail,
                        "`lianqiao describe " + peer.adapter + "` shows what it takes");
      if (!finding.path.starts_with("settings")) finding.path = "settings";
      findings_.add(std::move(finding));
    }
    return Made::refused;
  }

  template <typename Factory>
  bool makes(const config::PeerConfig& peer, Factory factory, const Settings& settings) {
    if (factory == nullptr) return false;
    auto role = plugin::guardedCall({peer.adapter, peer.name, "make"},
                                    [&] { return factory(settings, *host_); });
    return role && *role != nullptr;
  }

  void check(const config::PeerConfig& peer, const Descriptor& adapter) {
    host_.emplace(clock_);
    const Made receiver = make(peer, "makeReceiver", adapter.makeReceiver);
    const Made source = make(peer, "makeSource", adapter.makeSource);
    const Made session = make(peer, "makeSession", adapter.makeSession);
    const Made sink = make(peer, "makeSink", adapter.makeSink);
    if (sink == Made::none && adapter.makeSink != nullptr) withoutSink_.insert(peer.name);
    const Made counterpart = make(peer, "makeCounterpart", adapter.makeCounterpart);
    if (peer.reconcile.daily && counterpart == Made::none) nobodyToAsk(peer, adapter);
    const bool comes = receiver != Made::none || source != Made::none || session != Made::none;
    if (peer.inbound.mappings.empty() || comes) return;
    if (adapter.makeReceiver == nullptr && adapter.makeSource == nullptr &&
        adapter.makeSession == nullptr)
      return;
    const auto brings = [&](const Settings& settings) {
      return makes(peer, adapter.makeReceiver, settings) ||
             makes(peer, adapter.makeSource, settings) ||
             makes(peer, adapter.makeSession, settings);
    };
    const yaml::YamlNode& root = *reading_.sources.peers.at(peer.name);
    findings_.add(
        yaml::placeOf(root, {"inbound", "mappings"})
            .finding("nothing can come from this peer: it lacks " +
                         missingSettings(adapter, peer.settings, host_->dataDirectory(), brings),
                     "set that, or take inbound.mappings out"));
  }

  void nobodyToAsk(const config::PeerConfig& peer, const Descriptor& adapter) {
    const yaml::YamlNode& root = *reading_.sources.peers.at(peer.name);
    findings_.add(
        yaml::placeOf(root, {"reconcile", "daily"})
            .finding(
                "this peer cannot be asked each day what it holds",
                adapter.makeCounterpart == nullptr
                    ? "its adapter has no role counterpart: take daily out, the peer may ask us"
                    : "set the address of its list or manifest: lianqiao describe " +
                          peer.adapter));
  }

  void checkDestination(const yaml::YamlNode& destination) {
    const std::string& name = destination.text();
    const auto& peers = reading_.config.peers;
    const auto peer = std::find_if(peers.begin(), peers.end(),
                                   [&](const config::PeerConfig& one) { return one.name == name; });
    if (peer == peers.end() || peer->outbound.pull || !withoutSink_.contains(name)) return;
    const Descriptor& adapter = *adapter_(peer->adapter);
    host_.emplace(clock_);
    const auto takes = [&](const Settings& settings) {
      return makes(*peer, adapter.makeSink, settings);
    };
    findings_.add(destination.finding(
        "nothing can be sent to the peer '" + name + "': it lacks " +
            missingSettings(adapter, peer->settings, host_->dataDirectory(), takes),
        "set that in peers/" + name + ".yaml, or let the peer fetch (outbound: {pull: true}), or " +
            "leave it out here"));
  }

  const config::Contents& reading_;
  const config::AdapterLookup& adapter_;
  yaml::Findings& findings_;
  base::SystemClock clock_;
  /// One for each peer: roles of two peers have nothing in common.
  std::optional<OfflineHost> host_;
  std::set<std::string> withoutSink_;
};

}  // namespace

void checkRoles(const config::Contents& reading, const config::AdapterLookup& adapter,
                yaml::Findings& findings) {
  RoleCheck(reading, adapter, findings).run();
}

}  // namespace lianqiao::setup
