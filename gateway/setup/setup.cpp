#include "setup/setup.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "base/clock.h"
#include "config/gateway_reader.h"
#include "config/lint.h"
#include "config/load.h"
#include "lifecycle/reminder.h"
#include "report/report_reader.h"
#include "setup/role_check.h"
#include "setup/sample_check.h"
#include "yaml/findings.h"
#include "yaml/place_of.h"
#include "yaml/yaml_reader.h"

namespace lianqiao::setup {

namespace {

bool isConfiguration(const std::filesystem::path& directory, yaml::Findings& findings) {
  std::error_code error;
  const bool isFolder = std::filesystem::is_directory(directory, error);
  if (isFolder && std::filesystem::exists(directory / "lianqiao.yaml", error)) return true;
  for (const char* name : {"lianqiao.yaml.txt", "lianqiao.yml", "lianqiao.yml.txt"}) {
    if (!isFolder || !std::filesystem::exists(directory / name, error)) continue;
    findings.add(
        {name, {}, "", "the file is not read under this name", "rename it to lianqiao.yaml"});
    return false;
  }
  findings.add({directory.string(),
                {},
                "",
                isFolder ? "there is no lianqiao.yaml in this folder" : "there is no such folder",
                "name the one that lianqiao.yaml is in: --config DIR"});
  return false;
}

std::optional<std::filesystem::path> pathIn(const std::filesystem::path& directory,
                                            const yaml::YamlNode& root, std::string_view key) {
  const yaml::YamlNode* const value = root.find(key);
  if (value == nullptr || !value->isScalar() || value->text().empty()) return std::nullopt;
  return (directory / value->text()).lexically_normal();
}

/// A path of lianqiao.yaml by its key, before the rest can be checked; nullopt when it is not set.
std::optional<std::filesystem::path> pathOf(const std::filesystem::path& directory,
                                            std::string_view key, yaml::Findings& findings) {
  if (!isConfiguration(directory, findings)) return std::nullopt;
  const auto node =
      yaml::YamlReader::readFile(directory / "lianqiao.yaml", "lianqiao.yaml", findings);
  return node ? pathIn(directory, *node, key) : std::nullopt;
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

namespace {

/// Each for itself, so that one that cannot be loaded hides nothing of the others.
void loadAdapters(const std::filesystem::path& directory, AdapterSet& loaded,
                  yaml::Findings& findings) {
  const auto [root, whole] =
      yaml::YamlReader::lookAtFile(directory / "lianqiao.yaml", "lianqiao.yaml", findings);
  // what a file with slips seems to name is looked at, but comes into no gateway that runs
  if (!root || (!whole && !loaded.empty())) return;
  const std::filesystem::path folder =
      pathIn(directory, *root, "plugins").value_or(defaultPlugins());
  const yaml::YamlNode& list = yaml::placeOf(*root, {"adapters"});
  for (const std::string& name : config::readAdapters(*root, findings)) {
    if (loaded.find(name) != nullptr) continue;
    auto adapter = plugin::AdapterRegistry::load(folder, {name});
    if (adapter) {
      loaded.add(std::move(adapter).value());
      continue;
    }
    const auto item = std::find_if(list.items().begin(), list.items().end(),
                                   [&](const yaml::YamlNode& one) { return one.text() == name; });
    findings.add((item == list.items().end() ? list : *item).finding(adapter.error().detail));
  }
}

}  // namespace

Inspection inspect(const std::filesystem::path& directory, AdapterSet& loaded,
                   yaml::Findings& findings) {
  Inspection inspection;
  if (!isConfiguration(directory, findings)) return inspection;
  loadAdapters(directory, loaded, findings);
  const config::AdapterLookup adapter = [&](std::string_view name) { return loaded.find(name); };
  config::Contents& reading = inspection.reading;
  reading = config::readAll(directory, adapter, findings);
  if (reading.config.schemas.empty()) reading.config.schemas = defaultSchemas();
  checkRoles(reading, adapter, findings);
  inspection.pipeline = pipeline::Pipeline::compile(reading.config, findings, reading.warnings);
  const config::Sources& sources = reading.sources;
  inspection.deadlines = lifecycle::compileDeadlines(
      reading.config.schemas, sources.calendar ? &*sources.calendar : nullptr,
      sources.deadlines ? &*sources.deadlines : nullptr, findings);
  if (sources.reports)
    inspection.reports = report::readReports(*sources.reports, reading.config.schemas, findings);
  checkSamples(reading, adapter, findings);
  return inspection;
}

std::optional<Setup> loadSetup(const std::filesystem::path& directory, yaml::Findings& findings) {
  Setup setup;
  Inspection inspection = inspect(directory, setup.adapters, findings);
  if (!findings.empty() || inspection.pipeline == nullptr) return std::nullopt;
  setup.pipeline = std::move(inspection.pipeline);
  setup.deadlines = std::move(inspection.deadlines);
  setup.reports = std::move(inspection.reports);
  setup.digests = digestsOf(inspection.reading);
  setup.config = std::move(inspection.reading.config);
  setup.warnings = std::move(inspection.reading.warnings);
  return setup;
}

std::optional<std::filesystem::path> dataDirectory(const std::filesystem::path& directory,
                                                   yaml::Findings& findings) {
  const std::size_t before = findings.all().size();
  auto path = pathOf(directory, "data", findings);
  if (findings.all().size() > before) return std::nullopt;
  return path ? path : directory / config::GatewayConfig{}.data;
}

namespace {

void append(std::vector<std::string> more, std::vector<std::string>& all) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Limits of which nobody hears.
void addUntold(const config::GatewayConfig& config, const lifecycle::Deadlines& deadlines,
               std::vector<std::string>& all) {
  if (deadlines.rules.all().empty()) return;
  const bool isTold =
      std::any_of(config.routes.begin(), config.routes.end(), [](const config::Route& route) {
        const auto types = expression::typesOf(route.when);
        return types.empty() ||
               std::find(types.begin(), types.end(), lifecycle::kReminderType) != types.end();
      });
  if (!isTold)
    all.emplace_back(
        "deadlines.yaml: no route takes reminders: what is due is counted by status and told to "
        "nobody; add a route with when: {type: reminder} to routes.yaml.");
}

}  // namespace

std::vector<std::string> cautionsOf(const Inspection& inspection) {
  std::vector<std::string> all = config::cautions(inspection.reading.config);
  append(lifecycle::cautions(inspection.deadlines, base::SystemClock().wall()), all);
  addUntold(inspection.reading.config, inspection.deadlines, all);
  if (inspection.pipeline) append(inspection.pipeline->cautions(), all);
  return all;
}

std::vector<std::string> cautionsOf(const Setup& setup) {
  std::vector<std::string> all = config::cautions(setup.config);
  append(lifecycle::cautions(setup.deadlines, base::SystemClock().wall()), all);
  addUntold(setup.config, setup.deadlines, all);
  for (const yaml::Finding& warning : setup.warnings.all())
    all.push_back(yaml::warningText(warning));
  append(setup.pipeline->cautions(), all);
  return all;
}

std::vector<std::string> peerNames(const config::GatewayConfig& config) {
  std::vector<std::string> names;
  for (const config::PeerConfig& peer : config.peers) names.push_back(peer.name);
  return names;
}

void printFindings(const yaml::Findings& findings) {
  for (const yaml::Finding& finding : findings.all())
    std::fprintf(stderr, "%s\n", finding.text().c_str());
}

}  // namespace lianqiao::setup
