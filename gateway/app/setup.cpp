#include "app/setup.h"

#include <cstdio>
#include <unistd.h>

#include "config/load.h"
#include "config/yaml_reader.h"

namespace lianqiao::app {

namespace {

/// A path of lianqiao.yaml by its key, before the rest can be checked; nullopt when it is not set.
std::optional<std::filesystem::path> pathOf(const std::filesystem::path& directory, std::string_view key,
                                            config::Findings& findings) {
  const auto node = config::YamlReader::readFile(directory / "lianqiao.yaml", "lianqiao.yaml", findings);
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

std::optional<Setup> loadSetup(const std::filesystem::path& directory, config::Findings& findings) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    findings.add({directory.string(), {}, "", "is not a folder", "name the configuration folder with --config"});
    return std::nullopt;
  }
  const std::vector<std::string> names = config::readAdapterList(directory, findings);
  auto adapters = plugin::AdapterRegistry::load(pathOf(directory, "plugins", findings).value_or(defaultPlugins()), names);
  if (!adapters) {
    findings.add({"lianqiao.yaml", {}, "adapters", adapters.error().detail, ""});
    return std::nullopt;
  }
  Setup setup;
  setup.adapters = std::move(adapters).value();
  const auto find = [&](std::string_view name) { return setup.adapters->find(name); };
  auto config = config::load(directory, find, findings);
  if (!config) return std::nullopt;
  setup.config = std::move(*config);
  if (setup.config.schemas.empty()) setup.config.schemas = defaultSchemas();
  setup.pipeline = pipeline::Pipeline::compile(setup.config, findings);
  if (!findings.empty() || setup.pipeline == nullptr) return std::nullopt;
  return setup;
}

std::optional<std::filesystem::path> dataDirectory(const std::filesystem::path& directory, config::Findings& findings) {
  const std::size_t before = findings.all().size();
  auto path = pathOf(directory, "data", findings);
  if (findings.all().size() > before) return std::nullopt;
  return path ? path : directory / config::GatewayConfig{}.data;
}

void printFindings(const config::Findings& findings) {
  for (const config::Finding& finding : findings.all()) std::fprintf(stderr, "%s\n", finding.text().c_str());
}

}  // namespace lianqiao::app
