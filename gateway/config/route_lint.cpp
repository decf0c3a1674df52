#include "config/route_lint.h"

#include <algorithm>
#include <set>

#include "lianqiao/text.h"
#include "yaml/findings.h"
#include "yaml/scalar.h"
#include "yaml/texts_of.h"

namespace lianqiao::config {
namespace {

/// Records that an inbound mapping of a peer makes.
struct Made {
  const PeerConfig* peer;
  const yaml::YamlNode* place;  ///< Where the peer names the mapping.
  std::string mapping;
  std::string type;
};

bool same(std::string_view a, std::string_view b) {
  return halfWidth(trim(a)) == halfWidth(trim(b));
}

/// Could the condition hold of records whose `subject` is `value`? Yes for conditions on anything
/// else.
bool mayHold(const RouteCondition& condition, std::string_view subject, std::string_view value) {
  using enum RouteCondition::Operator;
  if (condition.path != subject) return true;
  switch (condition.op) {
    case present:
      return true;
    case absent:
      return false;
    case prefix:
      return std::any_of(condition.values.begin(), condition.values.end(),
                         [&](const std::string& one) { return value.starts_with(one); });
    case equals:
    case one_of:
      break;
  }
  return std::any_of(condition.values.begin(), condition.values.end(),
                     [&](const std::string& one) { return same(one, value); });
}

bool mayTake(const std::vector<RouteCondition>& when, const Made& made) {
  return std::all_of(when.begin(), when.end(), [&](const RouteCondition& condition) {
    return mayHold(condition, "type", made.type) && mayHold(condition, "peer", made.peer->name);
  });
}

class RouteLinter {
 public:
  RouteLinter(const GatewayConfig& config, const Sources& sources, yaml::Findings& findings)
      : config_(config), sources_(sources), findings_(findings) {}

  void run() {
    const yaml::YamlNode* const routes = sources_.routes->find("routes");
    if (routes == nullptr || routes->items().size() != config_.routes.size()) return;
    for (const PeerConfig& peer : config_.peers) {
      if (peer.enabled) collect(peer);
    }
    derive();
    for (const Made& made : made_) checkTaken(made);
    for (const PeerConfig& peer : config_.peers) checkReached(peer);
    for (std::size_t i = 0; i < config_.routes.size(); ++i)
      checkDestinations(config_.routes[i], routes->items()[i]);
  }

 private:
  [[nodiscard]] const yaml::YamlNode* readMapping(const std::string& name,
                                                  std::string_view direction) const {
    const auto at = sources_.mappings.find(name);
    if (at == sources_.mappings.end() || !at->second) return nullptr;
    const yaml::YamlNode* const own = at->second->find("direction");
    return own != nullptr && own->text() == direction ? &*at->second : nullptr;
  }

  void collect(const PeerConfig& peer) {
    const yaml::YamlNode& root = *sources_.peers.at(peer.name);
    const yaml::YamlNode* const inbound = root.find("inbound");
    const yaml::YamlNode* const list = inbound == nullptr ? nullptr : inbound->find("mappings");
    if (list == nullptr) return;
    for (const yaml::YamlNode& item : list->items()) {
      const yaml::YamlNode* const mapping = readMapping(item.text(), "inbound");
      const yaml::YamlNode* const type = mapping == nullptr ? nullptr : mapping->find("type");
      if (type == nullptr || type->text().empty()) continue;
      made_.push_back({&peer, &item, item.text(), type->text()});
    }
  }

  /// What rules make of it, and of that.
  void derive() {
    const yaml::YamlNode* const rules =
        sources_.derivations ? sources_.derivations->find("derivations") : nullptr;
    if (rules == nullptr || rules->items().size() != config_.derivations.size()) return;
    for (std::size_t i = 0; i < made_.size(); ++i) {
      for (std::size_t rule = 0; rule < config_.derivations.size(); ++rule) {
        const Derivation& derivation = config_.derivations[rule];
        const yaml::YamlNode* const place = rules->items()[rule].find("mapping");
        const yaml::YamlNode* const mapping = readMapping(derivation.mapping, "derived");
        const yaml::YamlNode* const type = mapping == nullptr ? nullptr : mapping->find("type");
        if (type == nullptr || place == nullptr || !mayTake(derivation.when, made_[i])) continue;
        const bool known = std::any_of(made_.begin(), made_.end(), [&](const Made& one) {
          return one.peer == made_[i].peer && one.place == place;
        });
        if (known) continue;
        made_.push_back({made_[i].peer, place, derivation.mapping, type->text()});
        if (derivation.once)
          made_.push_back({made_[i].peer, place, derivation.mapping, "work_order_step"});
      }
    }
  }

  void checkTaken(const Made& made) {
    if (std::any_of(config_.routes.begin(), config_.routes.end(),
                    [&](const Route& route) { return mayTake(route.when, made); }))
      return;
    findings_.add(made.place->finding(
        "no route takes what the mapping " + made.mapping + " makes (" + made.type +
            " of this peer): every record of it would become an exception",
        "add a route to routes.yaml whose `when` lets type: " + made.type + " pass, or mend one"));
  }

  void checkReached(const PeerConfig& peer) {
    if (!peer.enabled || peer.outbound.mappings.empty()) return;
    const bool reached =
        std::any_of(config_.routes.begin(), config_.routes.end(), [&](auto& route) {
          return std::find(route.to.begin(), route.to.end(), peer.name) != route.to.end();
        });
    if (reached) return;
    const yaml::YamlNode& root = *sources_.peers.at(peer.name);
    findings_.add(
        root.find("outbound")
            ->finding("this peer has outbound mappings, and no route leads to it",
                      "add it to `to` of a route in routes.yaml, or take outbound.mappings out"));
  }

  void checkDestinations(const Route& route, const yaml::YamlNode& node) {
    const yaml::YamlNode* const to = node.find("to");
    if (to == nullptr) return;
    std::set<std::string> types;
    for (const Made& made : made_) {
      if (mayTake(route.when, made)) types.insert(made.type);
    }
    for (const yaml::YamlNode& destination : to->items()) {
      for (const std::string& type : types) checkDestination(destination, type);
    }
  }

  void checkDestination(const yaml::YamlNode& destination, const std::string& type) {
    const auto peer = std::find_if(config_.peers.begin(), config_.peers.end(),
                                   [&](auto& one) { return one.name == destination.text(); });
    if (peer == config_.peers.end() || !peer->enabled || peer->outbound.mappings.empty()) return;
    for (const std::string& name : peer->outbound.mappings) {
      const yaml::YamlNode* const mapping = readMapping(name, "outbound");
      const yaml::YamlNode* const types = mapping == nullptr ? nullptr : mapping->find("type");
      if (types == nullptr) return;
      const std::vector<std::string> taken = yaml::textsOf(*types);
      if (std::find(taken.begin(), taken.end(), type) != taken.end()) return;
    }
    findings_.add(destination.finding(
        "this route brings records of type " + type + ", and no outbound mapping of the peer '" +
            peer->name + "' takes them: each would become an exception",
        "add " + type + " to the type of one, or let this route take other types only"));
  }

  const GatewayConfig& config_;
  const Sources& sources_;
  yaml::Findings& findings_;
  std::vector<Made> made_;
};

}  // namespace

void lintRoutes(const GatewayConfig& config, const Sources& sources, yaml::Findings& findings) {
  if (!sources.routes || config.routes.empty() || yaml::concern(findings, "routes.yaml")) return;
  RouteLinter(config, sources, findings).run();
}

}  // namespace lianqiao::config
