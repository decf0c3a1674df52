#include "app/setup.h"

#include <cstdio>
#include <unistd.h>

#include "config/lint.h"
#include "config/load.h"
#include "config/yaml_reader.h"

namespace lianqiao::app {

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
  const config::AdapterList list = config::readAdapterList(directory, findings);
  const std::filesystem::path folder = list.folder.empty() ? defaultPlugins() : list.folder;
  auto adapters = plugin::AdapterRegistry::load(folder, list.names);
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
  config::lint(setup.config, find, findings);
  setup.pipeline = pipeline::Pipeline::compile(setup.config, findings);
  if (!findings.empty() || setup.pipeline == nullptr) return std::nullopt;
  return setup;
}

std::optional<std::filesystem::path> dataDirectory(const std::filesystem::path& directory, config::Findings& findings) {
  const auto node = config::YamlReader::readFile(directory / "lianqiao.yaml", "lianqiao.yaml", findings);
  if (!node) return std::nullopt;
  const config::Node* data = node->find("data");
  const std::filesystem::path path = data != nullptr && data->isScalar() ? data->text() : config::GatewayConfig{}.data.string();
  return path.is_absolute() ? path : directory / path;
}

void printFindings(const config::Findings& findings) {
  for (const config::Finding& finding : findings.all()) std::fprintf(stderr, "%s\n", finding.text().c_str());
}

}  // namespace lianqiao::app
