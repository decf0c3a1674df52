#include "config/lint.h"

#include <algorithm>
#include <map>
#include <set>

#include "config/reach.h"
#include "lianqiao/text.h"
#include "yaml/findings.h"
#include "yaml/place_of.h"
#include "yaml/scalar.h"
#include "yaml/texts_of.h"

namespace lianqiao::config {
namespace {

template <typename Map>
std::vector<std::string_view> namesOf(const Map& map) {
  std::vector<std::string_view> names;
  names.reserve(map.size());
  for (const auto& entry : map) names.push_back(entry.first);
  return names;
}

std::string nearOr(std::string_view word, const std::vector<std::string_view>& names,
                   std::string otherwise) {
  const std::string_view near = closest(word, names);
  return near.empty() ? std::move(otherwise) : "did you mean '" + std::string(near) + "'?";
}

std::string_view nameOf(CallerAuth::Kind kind) {
  switch (kind) {
    case CallerAuth::Kind::none:
      return "none";
    case CallerAuth::Kind::token:
      return "token";
    case CallerAuth::Kind::hmac:
      return "hmac";
    case CallerAuth::Kind::adapter:
      return "adapter";
  }
  return {};
}

/// The item of a list of texts that says `text`, or the list.
const yaml::YamlNode& itemOf(const yaml::YamlNode& list, std::string_view text) {
  for (const yaml::YamlNode& item : list.items()) {
    if (item.text() == text) return item;
  }
  return list;
}

class Linter {
 public:
  Linter(const GatewayConfig& config, const Sources& sources, const AdapterLookup& adapter,
         yaml::Findings& findings)
      : config_(config), sources_(sources), adapter_(adapter), findings_(findings) {}

  void run() {
    checkReach();
    if (sources_.peers.empty()) {
      add({"peers", {}, {}, "there is no peer", "create peers/<name>.yaml"});
    }
    for (const PeerConfig& peer : config_.peers) checkPeer(peer, *sources_.peers.at(peer.name));
    if (sources_.routes) checkRoutes();
    checkUnusedMappings();
  }

 private:
  void add(yaml::Finding finding) { findings_.add(std::move(finding)); }
  /// Of the value itself, not of what is in it.
  [[nodiscard]] bool isToldOf(std::string_view file, std::string_view path) const {
    return std::any_of(
        findings_.all().begin(), findings_.all().end(),
        [&](const yaml::Finding& finding) { return finding.file == file && finding.path == path; });
  }
  [[nodiscard]] const Descriptor* adapterOf(const PeerConfig& peer) const {
    return adapter_ ? adapter_(peer.adapter) : nullptr;
  }
  [[nodiscard]] const PeerConfig* peerOf(std::string_view name) const {
    const auto at = std::find_if(config_.peers.begin(), config_.peers.end(),
                                 [&](const PeerConfig& peer) { return peer.name == name; });
    return at == config_.peers.end() ? nullptr : &*at;
  }
  [[nodiscard]] bool isRoutedTo(const PeerConfig& peer) const {
    return !sources_.routes ||
           std::any_of(config_.routes.begin(), config_.routes.end(), [&](const Route& route) {
             return std::find(route.to.begin(), route.to.end(), peer.name) != route.to.end();
           });
  }

  void checkReach();
  void checkPeer(const PeerConfig& peer, const yaml::YamlNode& root);
  void checkAdapter(const PeerConfig& peer, const yaml::YamlNode& root);
  void checkInbound(const PeerConfig& peer, const Descriptor& adapter, const yaml::YamlNode& root);
  void checkAuth(const PeerConfig& peer, const Descriptor& adapter, const yaml::YamlNode& root);
  void checkMappings(const std::vector<std::string>& names, const yaml::YamlNode& root,
                     std::string_view direction);
  void checkReached(const std::vector<std::string>& names, const yaml::YamlNode& list);
  void checkRoutes();
  void checkDestination(const std::string& name, const yaml::YamlNode& place);
  void checkUnusedMappings();

  const GatewayConfig& config_;
  const Sources& sources_;
  const AdapterLookup& adapter_;
  yaml::Findings& findings_;
};

void Linter::checkReach() {
  if (!sources_.gateway || isLoopback(config_.adminListener.address)) return;
  add(yaml::placeOf(*sources_.gateway, {"listen", "admin", "address"})
          .finding("the admin port has one token and no TLS, and this address is open to others",
                   "give it 127.0.0.1, and put a proxy with TLS before it"));
}

void Linter::checkPeer(const PeerConfig& peer, const yaml::YamlNode& root) {
  checkMappings(peer.inbound.mappings, root, "inbound");
  checkMappings(peer.outbound.mappings, root, "outbound");
  checkReached(peer.inbound.mappings, yaml::placeOf(root, {"inbound", "mappings"}));
  checkReached(peer.outbound.mappings, yaml::placeOf(root, {"outbound", "mappings"}));
  if (sources_.gateway && !config_.retry.contains(peer.outbound.retry)) {
    add(yaml::placeOf(root, {"outbound", "retry"})
            .finding("there is no retry policy '" + peer.outbound.retry + "'",
                     nearOr(peer.outbound.retry, namesOf(config_.retry),
                            "describe it in lianqiao.yaml below retry")));
  }
  if (peer.inbound.body > config_.intake.body) {
    add(yaml::placeOf(root, {"inbound", "body"})
            .finding("this is more than the intake takes of anybody",
                     "lower it, or raise intake.body in lianqiao.yaml"));
  }
  checkAdapter(peer, root);
  const Descriptor* adapter = adapterOf(peer);
  if (adapter == nullptr || !peer.enabled) return;
  checkInbound(peer, *adapter, root);
  checkAuth(peer, *adapter, root);
}

void Linter::checkAdapter(const PeerConfig& peer, const yaml::YamlNode& root) {
  if (peer.adapter.empty() || !sources_.gateway) return;
  const yaml::YamlNode& place = yaml::placeOf(root, {"adapter"});
  const auto& list = config_.adapters;
  if (std::find(list.begin(), list.end(), peer.adapter) == list.end()) {
    // one of the list that could not be loaded may be this one, misspelt there
    std::vector<std::string_view> names(list.begin(), list.end());
    const std::string_view near = closest(peer.adapter, names);
    if (adapter_ && !near.empty() && adapter_(near) == nullptr) return;
    add(place.finding("the adapter '" + peer.adapter + "' is not in the list of adapters",
                      nearOr(peer.adapter, names, "add it to adapters in lianqiao.yaml")));
  } else if (adapterOf(peer) == nullptr) {
    add(place.finding("the adapter '" + peer.adapter + "' could not be loaded",
                      "see what was found about it, or look for it in the folder of adapters"));
  }
}

void Linter::checkInbound(const PeerConfig& peer, const Descriptor& adapter,
                          const yaml::YamlNode& root) {
  const bool takes = adapter.makeReceiver != nullptr || adapter.makeSource != nullptr ||
                     adapter.makeSession != nullptr;
  const yaml::YamlNode* inbound = root.find("inbound");
  const bool unreachable = !peer.outbound.pull && adapter.makeSink == nullptr;
  if (!takes && inbound != nullptr) {
    add(inbound->finding("the adapter '" + peer.adapter + "' brings nothing in",
                         "leave inbound out"));
  } else if (takes && peer.inbound.mappings.empty() && (inbound != nullptr || unreachable)) {
    if (isToldOf(root.file(), "inbound.mappings")) return;
    add((inbound == nullptr ? root : *inbound)
            .finding("no inbound mapping: nothing that comes from this peer could become a record",
                     "name at least one below inbound.mappings"));
  } else if (peer.inbound.mappings.empty() && !isRoutedTo(peer)) {
    add(root.finding("the peer does nothing: it has no inbound mapping and no route leads to it",
                     "add a mapping or a route, or write enabled: false"));
  }
}

void Linter::checkAuth(const PeerConfig& peer, const Descriptor& adapter,
                       const yaml::YamlNode& root) {
  using Kind = CallerAuth::Kind;
  const bool receives = adapter.makeReceiver != nullptr && !peer.inbound.mappings.empty();
  const yaml::YamlNode* auth = root.find("auth");
  const yaml::YamlNode& place = yaml::placeOf(root, {"auth", "kind"});
  if (auth == nullptr) {
    if (!receives && !peer.outbound.pull) return;
    add(root.finding(
        "the key 'auth' is missing: who may call in this peer's name?",
        adapter.authenticatesCallers
            ? "write auth: {kind: adapter}"
            : "write auth: {kind: token, tokens: [\"${env:NAME}\"]}; or {kind: none} where "
              "everybody may"));
    return;
  }
  if (place.text() != nameOf(peer.auth.kind)) return;
  if (peer.auth.kind == Kind::adapter && !adapter.authenticatesCallers) {
    add(place.finding("the adapter '" + peer.adapter + "' does not prove its callers",
                      "write kind: token or kind: hmac"));
  }
  if (peer.auth.kind == Kind::adapter && peer.outbound.pull) {
    add(yaml::placeOf(root, {"outbound", "pull"})
            .finding("an adapter proves who sends, not who fetches: anybody could empty the outbox",
                     "let the platform fetch as a second peer with kind: token or kind: hmac"));
  }
  if (peer.auth.kind != Kind::adapter && adapter.authenticatesCallers && receives) {
    add(place.finding("the adapter '" + peer.adapter + "' proves its callers itself",
                      "write auth: {kind: adapter}"));
  }
  const bool open = !isLoopback(config_.peersListener.address) &&
                    config_.peersListener.tls.clientAuthority.empty();
  if (peer.auth.kind == Kind::none && open && (receives || peer.outbound.pull)) {
    add(place.finding(
        "anybody who reaches " + config_.peersListener.address + " could send in this peer's name",
        "write kind: token or kind: hmac, or give listen.peers a loopback address"));
  }
}

void Linter::checkMappings(const std::vector<std::string>& names, const yaml::YamlNode& root,
                           std::string_view direction) {
  const yaml::YamlNode& list = yaml::placeOf(root, {direction, "mappings"});
  for (const std::string& name : names) {
    const auto mapping = sources_.mappings.find(name);
    if (mapping != sources_.mappings.end()) {
      const yaml::YamlNode* const own =
          mapping->second ? mapping->second->find("direction") : nullptr;
      const bool other =
          own != nullptr && own->text() != direction &&
          (own->text() == "inbound" || own->text() == "outbound" || own->text() == "derived");
      if (other)
        add(itemOf(list, name)
                .finding("the mapping " + name + " is not " + std::string(direction),
                         "mend its `direction`, or name it on the other side"));
      continue;
    }
    add(itemOf(list, name)
            .finding(
                "there is no mapping '" + name + "'",
                nearOr(name, namesOf(sources_.mappings), "create mappings/" + name + ".yaml")));
  }
}

/// Of several mappings the first that takes a record is used: behind one without `when` nothing of
/// its types comes to another.
void Linter::checkReached(const std::vector<std::string>& names, const yaml::YamlNode& list) {
  std::map<std::string, std::string> takenBy;
  for (const std::string& name : names) {
    const auto mapping = sources_.mappings.find(name);
    const yaml::YamlNode* const root =
        mapping != sources_.mappings.end() && mapping->second ? &*mapping->second : nullptr;
    const yaml::YamlNode* const type = root == nullptr ? nullptr : root->find("type");
    if (type == nullptr) continue;
    const yaml::YamlNode* const direction = root->find("direction");
    // an inbound mapping takes items, whatever type it makes of them
    const bool inbound = direction != nullptr && direction->text() == "inbound";
    std::vector<std::string> types = inbound ? std::vector<std::string>{""} : yaml::textsOf(*type);
    const bool reached = std::any_of(types.begin(), types.end(),
                                     [&](const auto& one) { return !takenBy.contains(one); });
    if (!reached && !types.empty()) {
      const std::string& before = takenBy.at(types.front());
      add(itemOf(list, name)
              .finding("nothing comes to this mapping: " + before +
                           " stands before it, has no `when`, and takes everything",
                       "put this one before it, or give " + before + " a `when`"));
    }
    if (root->find("when") != nullptr) continue;
    for (const std::string& one : types) takenBy.emplace(one, name);
  }
}

void Linter::checkRoutes() {
  const yaml::YamlNode* list = sources_.routes->find("routes");
  if (list == nullptr) return;
  if (list->isList() && list->items().empty()) {
    add(list->finding("there is no route: every record would become an exception",
                      "add `- {name: …, when: {…}, to: […]}`"));
  }
  for (const yaml::YamlNode& route : list->items()) {
    if (const yaml::YamlNode* to = route.find("to")) {
      for (const yaml::YamlNode& item : to->items()) checkDestination(item.text(), item);
    }
    const yaml::YamlNode* when = route.find("when");
    const yaml::YamlNode* from = when == nullptr ? nullptr : when->find("peer");
    if (from == nullptr || from->isMap() || from->isNull()) continue;
    const auto check = [this](const yaml::YamlNode& one) {
      if (!one.isScalar() || sources_.peers.contains(one.text())) return;
      add(one.finding(
          "there is no peer " + yaml::shown(one.text()),
          nearOr(one.text(), namesOf(sources_.peers), "the condition never holds; leave it out")));
    };
    if (from->isScalar()) check(*from);
    for (const yaml::YamlNode& item : from->items()) check(item);
  }
}

void Linter::checkDestination(const std::string& name, const yaml::YamlNode& place) {
  if (!std::holds_alternative<std::string>(yaml::parseName(name))) return;
  if (!sources_.peers.contains(name)) {
    add(place.finding("there is no peer '" + name + "'",
                      nearOr(name, namesOf(sources_.peers), "create peers/" + name + ".yaml")));
    return;
  }
  const PeerConfig* peer = peerOf(name);
  if (peer == nullptr) return;
  if (!peer->enabled) {
    add(place.finding("the peer '" + name + "' is switched off",
                      "leave it out here, or write enabled: true in peers/" + name + ".yaml"));
    return;
  }
  const Descriptor* adapter = adapterOf(*peer);
  if (adapter != nullptr && adapter->makeSink == nullptr && !peer->outbound.pull) {
    add(place.finding("nothing can be sent to the peer '" + name + "': the adapter '" +
                          peer->adapter + "' has no sink",
                      "let the peer fetch (outbound: {pull: true}), or take another"));
  }
}

void Linter::checkUnusedMappings() {
  std::set<std::string> used;
  for (const PeerConfig& peer : config_.peers) {
    used.insert(peer.inbound.mappings.begin(), peer.inbound.mappings.end());
    used.insert(peer.outbound.mappings.begin(), peer.outbound.mappings.end());
  }
  for (const Derivation& rule : config_.derivations) used.insert(rule.mapping);
  const bool allRead =
      std::all_of(sources_.peers.begin(), sources_.peers.end(), [this](const auto& peer) {
        return peer.second && !isToldOf(peer.second->file(), "inbound.mappings") &&
               !isToldOf(peer.second->file(), "outbound.mappings");
      });
  if (!allRead || (sources_.derivations && yaml::concern(findings_, "derivations.yaml"))) return;
  for (const auto& [name, root] : sources_.mappings) {
    if (used.contains(name)) continue;
    const yaml::YamlNode* const direction = root ? root->find("direction") : nullptr;
    const bool derived = direction != nullptr && direction->text() == "derived";
    add({"mappings/" + name + ".yaml",
         {},
         {},
         derived ? "no derivation uses this mapping" : "no peer uses this mapping",
         std::string(derived ? "name it in derivations.yaml"
                             : "name it below a peer's inbound.mappings or outbound.mappings") +
             ", or move the file out of this folder"});
  }
}

}  // namespace

std::vector<std::string> cautions(const GatewayConfig& config) {
  std::vector<std::string> out;
  if (!config.redis.sentinels.empty() && config.redis.minReplicas == 0) {
    out.emplace_back(
        "Replicas follow the primary a little later, so a fail-over may lose records "
        "that were answered: set redis.min_replicas.");
  }
  if (config.redis.sentinels.size() == 1) {
    out.emplace_back(
        "redis.sentinels lists one only: while it is away no fail-over can be "
        "followed. List all of them.");
  }
  const Listener& listener = config.peersListener;
  if (isLoopback(listener.address) || !listener.tls.certificate.empty()) return out;
  for (const PeerConfig& peer : config.peers) {
    if (!peer.enabled || peer.auth.kind != CallerAuth::Kind::token) continue;
    out.push_back("The token of peer " + peer.name + " comes in the clear to " + listener.address +
                  ": give listen.peers tls, or put a proxy with TLS before it.");
  }
  return out;
}

void lint(const GatewayConfig& config, const Sources& sources, const AdapterLookup& adapter,
          yaml::Findings& findings) {
  Linter(config, sources, adapter, findings).run();
}

}  // namespace lianqiao::config
