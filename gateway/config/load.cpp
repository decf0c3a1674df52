#include "config/load.h"

#include "config/derivation_reader.h"
#include "config/gateway_reader.h"
#include "config/lint.h"
#include "config/peer_reader.h"
#include "config/place_lint.h"
#include "config/proxy_lint.h"
#include "config/published_secrets.h"
#include "config/route_lint.h"
#include "config/route_reader.h"
#include "config/schedule_lint.h"
#include "config/sources.h"

namespace lianqiao::config {
namespace {

std::map<std::string, yaml::YamlNode> readable(const Sources::Files& files) {
  std::map<std::string, yaml::YamlNode> nodes;
  for (const auto& [name, node] : files) {
    if (node) nodes.emplace(name, *node);
  }
  return nodes;
}

}  // namespace

Contents readAll(const std::filesystem::path& directory, const AdapterLookup& adapter,
                 yaml::Findings& findings, const SecretSource::Options& secretOptions) {
  Contents reading;
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    findings.add(
        {directory.string(), {}, {}, "there is no such folder", "name the configuration folder"});
    return reading;
  }
  GatewayConfig& config = reading.config;
  config.directory = std::filesystem::absolute(directory).lexically_normal();
  const SecretSource secrets(config.directory, secretOptions);
  Sources& sources = reading.sources;
  sources = readSources(config.directory, findings);
  if (sources.unread) return reading;

  if (sources.gateway) readGateway(*sources.gateway, secrets, config, findings);
  for (const auto& [name, root] : sources.peers) {
    if (!root) continue;
    const Descriptor* descriptor = adapter ? adapter(adapterOf(*root)) : nullptr;
    config.peers.push_back(readPeer(*root, name, descriptor, secrets, findings, config.proxy));
  }
  if (sources.routes) config.routes = readRoutes(*sources.routes, findings);
  if (sources.derivations) config.derivations = readDerivations(*sources.derivations, findings);
  lint(config, sources, adapter, findings);
  lintRoutes(config, sources, findings);
  lintPlaces(config, sources, adapter, findings);
  lintProxies(config, sources, adapter, findings, reading.warnings);
  lintSchedules(config, sources, adapter, findings, reading.warnings);
  lintPublishedSecrets(config, sources, secrets, findings, reading.warnings);
  config.mappings = readable(sources.mappings);
  config.codeTables = readable(sources.codes);
  // known by name, so that nothing is said about references to it
  for (const auto& [name, node] : sources.codes) config.codeTables.try_emplace(name);
  return reading;
}

std::optional<GatewayConfig> load(const std::filesystem::path& directory,
                                  const AdapterLookup& adapter, yaml::Findings& findings,
                                  const SecretSource::Options& secrets) {
  Contents reading = readAll(directory, adapter, findings, secrets);
  if (!findings.empty()) return std::nullopt;
  return std::move(reading.config);
}

}  // namespace lianqiao::config
