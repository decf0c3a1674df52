#include "app/setup.h"

#include <unistd.h>

#include <cstdio>

#include "app/sink_check.h"
#include "config/lint.h"
#include "config/load.h"
#include "config/yaml_reader.h"

namespace lianqiao::app {

namespace {

bool isConfiguration(const std::filesystem::path& directory, config::Findings& findings) {
  std::error_code error;
  const bool isFolder = std::filesystem::is_directory(directory, error);
  if (isFolder && std::filesystem::exists(directory / "lianqiao.yaml", error)) return true;
  findings.add({directory.string(),
                {},
                "",
                isFolder ? "there is no lianqiao.yaml in this folder" : "there is no such folder",
                "name the one that lianqiao.yaml is in: --config DIR"});
  return false;
}

/// A path of lianqiao.yaml by its key, before the rest can be checked; nullopt when it is not set.
std::optional<std::filesystem::path> pathOf(const std::filesystem::path& directory,
                                            std::string_view key, config::Findings& findings) {
  if (!isConfiguration(directory, findings)) return std::nullopt;
  const auto node =
      config::YamlReader::readFile(directory / "lianqiao.yaml", "lianqiao.yaml", findings);
  const config::Node* value = node ? node->find(key) : nullptr;
  if (value == nullptr || !value->isScalar() || value->text().empty()) return std::nullopt;
  return (directory / value->text()).lexically_normal();
}

}  // namespace

std::filesystem::path programDirectory() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::filesystem::path defaultPlugins() { return programDirectory() / "plugins"; }
std::filesystem::path defaultSchemas() { return programDirectory() / "schemas"; }

const Descriptor* AdapterSet::find(std::string_view name) const {
  for (const auto& registry : registries_) {
    if (const Descriptor* found = registry->find(name)) return found;
  }
  return nullptr;
}

std::string AdapterSet::buildOf(std::string_view name) const {
  for (const auto& registry : registries_) {
    if (registry->find(name) != nullptr) return registry->buildOf(name);
  }
  return {};
}

config::Contents readConfiguration(const std::filesystem::path& directory, AdapterSet& loaded,
                                   config::Findings& findings) {
  if (!isConfiguration(directory, findings)) return {};
  std::vector<std::string> names = config::readAdapterList(directory, findings);
  std::erase_if(names, [&](const std::string& name) { return loaded.find(name) != nullptr; });
  auto adapters = plugin::AdapterRegistry::load(
      pathOf(directory, "plugins", findings).value_or(defaultPlugins()), names);
  if (!adapters) {
    findings.add({"lianqiao.yaml", {}, "adapters", adapters.error().detail, ""});
    return {};
  }
  loaded.add(std::move(adapters).value());
  const config::AdapterLookup adapter = [&](std::string_view name) { return loaded.find(name); };
  config::Contents reading = config::readAll(directory, adapter, findings);
  if (findings.empty()) checkSinks(reading, adapter, findings);
  if (reading.config.schemas.empty()) reading.config.schemas = defaultSchemas();
  return reading;
}

std::optional<Setup> loadSetup(const std::filesystem::path& directory, config::Findings& findings) {
  Setup setup;
  config::Contents reading = readConfiguration(directory, setup.adapters, findings);
  if (!findings.empty()) return std::nullopt;
  setup.pipeline = pipeline::Pipeline::compile(reading.config, findings);
  if (!findings.empty() || setup.pipeline == nullptr) return std::nullopt;
  setup.prints = printsOf(reading);
  setup.config = std::move(reading.config);
  return setup;
}

std::optional<std::filesystem::path> dataDirectory(const std::filesystem::path& directory,
                                                   config::Findings& findings) {
  const std::size_t before = findings.all().size();
  auto path = pathOf(directory, "data", findings);
  if (findings.all().size() > before) return std::nullopt;
  return path ? path : directory / config::GatewayConfig{}.data;
}

std::vector<std::string> cautionsOf(const Setup& setup) {
  return config::cautions(setup.config,
                          [&](std::string_view name) { return setup.adapters.find(name); });
}

std::vector<std::string> peerNames(const config::GatewayConfig& config) {
  std::vector<std::string> names;
  for (const config::PeerConfig& peer : config.peers) names.push_back(peer.name);
  return names;
}

void printFindings(const config::Findings& findings) {
  for (const config::Finding& finding : findings.all())
    std::fprintf(stderr, "%s\n", finding.text().c_str());
}

}  // namespace lianqiao::app
