#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "config/gateway_config.h"
#include "lifecycle/deadlines.h"
#include "pipeline/pipeline.h"
#include "plugin/adapter_registry.h"
#include "report/report.h"
#include "setup/digests.h"
#include "yaml/yaml_node.h"

namespace lianqiao::setup {

/// Adapters that are loaded. Nothing is ever unloaded, so that a reload may only add.
class AdapterSet {
 public:
  void add(std::shared_ptr<const plugin::AdapterRegistry> registry) {
    registries_.push_back(std::move(registry));
  }
  [[nodiscard]] bool empty() const { return registries_.empty(); }
  /// nullptr when no adapter of that name is loaded.
  [[nodiscard]] const Descriptor* find(std::string_view name) const;
  /// Tells which build of it is loaded.
  [[nodiscard]] std::string buildOf(std::string_view name) const;

 private:
  std::vector<std::shared_ptr<const plugin::AdapterRegistry>> registries_;
};

/// A configuration that has been read, checked and compiled: adapters loaded, references resolved.
struct Setup {
  config::GatewayConfig config;
  AdapterSet adapters;
  std::shared_ptr<const pipeline::Pipeline> pipeline;
  lifecycle::Deadlines deadlines;
  std::vector<report::Report> reports;
  ConfigDigests digests;
  yaml::Findings warnings;
};

/// What could be read of a configuration folder.
struct Inspection {
  config::Contents reading;
  std::shared_ptr<const pipeline::Pipeline> pipeline;  ///< Null where anything of it is wrong.
  lifecycle::Deadlines deadlines;
  std::vector<report::Report> reports;
};

/// Looks at all of `directory`, with the adapters of its list: those of `loaded` and those it names
/// anew, which are added to it. Every file is read and every check runs, whatever others found;
/// only what merely follows from an earlier finding is not told again. What is wrong is in
/// `findings`.
Inspection inspect(const std::filesystem::path& directory, AdapterSet& loaded,
                   yaml::Findings& findings);

/// Reads and checks all of `directory`; every error is in `findings`, and nullopt when there is
/// one.
std::optional<Setup> loadSetup(const std::filesystem::path& directory, yaml::Findings& findings);

/// Folder of the running program.
std::filesystem::path programDirectory();
/// Where adapters and schemas are when the configuration does not say.
std::filesystem::path defaultPlugins();
std::filesystem::path defaultSchemas();

/// The node's data folder as the configuration says, without checking the rest: for commands
/// that only talk to a running gateway.
std::optional<std::filesystem::path> dataDirectory(const std::filesystem::path& directory,
                                                   yaml::Findings& findings);

/// What of it works and yet is unsafe, or will not work for long.
std::vector<std::string> cautionsOf(const Inspection& inspection);
/// The same, and the warnings of check.
std::vector<std::string> cautionsOf(const Setup& setup);

/// Of all peers that are configured.
std::vector<std::string> peerNames(const config::GatewayConfig& config);

/// Prints every finding to standard error.
void printFindings(const yaml::Findings& findings);

}  // namespace lianqiao::setup
