#include "runtime/reload_plan.h"

#include <algorithm>
#include <array>

namespace lianqiao::runtime {
namespace {

/// Keys of lianqiao.yaml that parts hold from the start of the process.
constexpr std::array<std::string_view, 11> kNodeKeys = {
    "node",  "data",      "plugins", "listen", "intake",    "redis",
    "spool", "retention", "history", "steps",  "references"};

const config::PeerConfig* find(const std::vector<config::PeerConfig>& peers,
                               const std::string& name) {
  const auto at = std::find_if(peers.begin(), peers.end(),
                               [&](const config::PeerConfig& peer) { return peer.name == name; });
  return at == peers.end() ? nullptr : &*at;
}

}  // namespace

ReloadPlan::ReloadPlan(const setup::Setup& running, const std::filesystem::path& directory)
    : running_(running), adapters_(running.adapters) {
  yaml::Findings findings;
  // Compiled for its findings alone: what is kept is compiled in settle().
  setup::Inspection seen = setup::inspect(directory, adapters_, findings);
  reading_ = std::move(seen.reading);
  deadlines_ = std::move(seen.deadlines);
  reports_ = std::move(seen.reports);
  digests_ = setup::digestsOf(reading_);
  findings_ = findingsByPeer(findings, digests_, running_.digests);
  for (const yaml::Finding& finding : findings_.whole) report_.findings.add(finding);
  if (!report_.refusedWhole()) compare();
}

const config::PeerConfig* ReloadPlan::readPeer(const std::string& name) const {
  return find(reading_.config.peers, name);
}

const config::PeerConfig* ReloadPlan::runningPeer(const std::string& name) const {
  return find(running_.config.peers, name);
}

void ReloadPlan::compare() {
  for (const auto& [name, node] : reading_.sources.peers) {
    ReloadOutcome& outcome = report_.peers[name];
    const bool runs = runningPeer(name) != nullptr;
    if (const auto its = findings_.peers.find(name); its != findings_.peers.end()) {
      outcome.refuse(runs ? "it goes on with its former configuration" : "it is not added");
      for (const yaml::Finding& finding : its->second) outcome.findings.add(finding);
      continue;
    }
    const setup::PeerDigests& digest = digests_.peers.at(name);
    const auto former = running_.digests.peers.find(name);
    if (!runs || former == running_.digests.peers.end()) {
      outcome.result = Result::added;
    } else if (digest.own != former->second.own || digest.meaning != former->second.meaning) {
      outcome.result = Result::applied;
    }
  }
  for (const config::PeerConfig& peer : running_.config.peers) {
    if (reading_.sources.peers.contains(peer.name)) continue;
    ReloadOutcome& outcome = report_.peers[peer.name];
    outcome.result = Result::removed;
    outcome.detail = "what is owed to it stays in the queue and is shown by status";
  }
  if (digests_.routes != running_.digests.routes) report_.routes.result = Result::applied;
  compareNode();
}

void ReloadPlan::compareNode() {
  for (const std::string_view key : kNodeKeys) {
    const auto digestOf = [&](const setup::ConfigDigests& digests) {
      const auto found = digests.gateway.find(std::string(key));
      return found == digests.gateway.end() ? std::string() : found->second;
    };
    if (digestOf(digests_) != digestOf(running_.digests)) report_.restart.emplace_back(key);
  }
}

std::vector<const config::PeerConfig*> ReloadPlan::toMake() const {
  std::vector<const config::PeerConfig*> changed;
  for (const auto& [name, outcome] : report_.peers) {
    const bool takesNew =
        outcome.result == Result::added ||
        (outcome.result == Result::applied &&
         digests_.peers.at(name).own != running_.digests.peers.find(name)->second.own);
    if (takesNew) changed.push_back(readPeer(name));
  }
  return changed;
}

config::RetryPolicy ReloadPlan::retryOf(const config::PeerConfig& peer) const {
  const auto policy = reading_.config.retry.find(peer.outbound.retry);
  return policy == reading_.config.retry.end() ? config::RetryPolicy{} : policy->second;
}

const Descriptor& ReloadPlan::adapterOf(const config::PeerConfig& peer) const {
  return *adapters_.find(peer.adapter);
}

void ReloadPlan::refuse(const std::string& peer, std::string why) {
  report_.peers[peer].refuse(std::move(why) + (runningPeer(peer) == nullptr
                                                   ? " It is not added."
                                                   : " It goes on as it was."));
}

const config::PeerConfig* ReloadPlan::effective(const std::string& name) const {
  const auto outcome = report_.peers.find(name);
  if (outcome == report_.peers.end() || outcome->second.result == Result::removed) return nullptr;
  return outcome->second.result == Result::refused ? runningPeer(name) : readPeer(name);
}

bool ReloadPlan::canBeOwed(const std::string& name) const {
  const config::PeerConfig* peer = effective(name);
  return peer != nullptr && peer->enabled &&
         (peer->outbound.pull || adapterOf(*peer).makeSink != nullptr);
}

std::optional<std::string> ReloadPlan::unreachable(const std::vector<config::Route>& routes) const {
  for (const config::Route& route : routes) {
    for (const std::string& to : route.to) {
      if (!canBeOwed(to)) return to;
    }
  }
  return std::nullopt;
}

void ReloadPlan::settleRoutes() {
  const auto refused = unreachable(reading_.config.routes);
  if (!refused) return;
  report_.routes.refuse("they lead to " + *refused +
                        ", whose change is refused; the former routes stay");
  // Then nobody may go to whom the former routes lead. Each turn refuses one more peer.
  while (const auto needed = unreachable(running_.config.routes)) {
    if (report_.peers[*needed].result == Result::refused) return;
    refuse(*needed, "The former routes stay in force and lead to it.");
  }
}

setup::Setup ReloadPlan::compose() const {
  setup::Setup next;
  next.adapters = adapters_;
  next.warnings = reading_.warnings;
  next.deadlines = deadlines_;
  next.reports = reports_;
  next.config = running_.config;
  next.config.retry = reading_.config.retry;
  next.config.proxy = reading_.config.proxy;
  next.config.adapters = reading_.config.adapters;
  next.config.schemas = reading_.config.schemas;
  next.config.grids = reading_.config.grids;
  next.config.codeTables = reading_.config.codeTables;
  for (const std::string& table : findings_.tables) next.config.codeTables.erase(table);
  next.digests = running_.digests;
  next.config.peers.clear();
  next.config.mappings.clear();
  next.digests.peers.clear();
  if (report_.routes.result != Result::refused) {
    next.config.routes = reading_.config.routes;
    next.config.derivations = reading_.config.derivations;
    next.digests.routes = digests_.routes;
  }
  const bool routed = report_.routes.result != Result::refused;
  for (const config::Derivation& rule : next.config.derivations) {
    const auto& mappings = routed ? reading_.config.mappings : running_.config.mappings;
    next.config.mappings.emplace(rule.mapping, mappings.at(rule.mapping));
  }
  for (const auto& [name, outcome] : report_.peers) {
    const config::PeerConfig* peer = effective(name);
    if (peer == nullptr) continue;
    next.config.peers.push_back(*peer);
    if (outcome.result == Result::refused) {
      next.digests.peers[name] = running_.digests.peers.find(name)->second;
      continue;
    }
    next.digests.peers[name] = digests_.peers.at(name);
    for (const std::string& mapping : digests_.peers.at(name).mappings) {
      next.config.mappings.emplace(mapping, reading_.config.mappings.at(mapping));
    }
  }
  return next;
}

std::optional<setup::Setup> ReloadPlan::settle() {
  settleRoutes();
  setup::Setup next = compose();
  std::set<std::string> kept;
  for (const auto& [name, outcome] : report_.peers) {
    if (outcome.result == Result::refused) kept.insert(name);
  }
  yaml::Findings findings;
  next.pipeline = pipeline::Pipeline::compile(next.config, findings, *running_.pipeline, kept);
  for (const yaml::Finding& finding : findings.all()) report_.findings.add(finding);
  if (next.pipeline == nullptr) return std::nullopt;
  return next;
}

}  // namespace lianqiao::runtime
