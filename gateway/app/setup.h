#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "config/gateway_config.h"
#include "config/node.h"
#include "pipeline/pipeline.h"
#include "plugin/adapter_registry.h"

namespace lianqiao::app {

/// A configuration that has been read, checked and compiled: adapters loaded, references resolved.
struct Setup {
  config::GatewayConfig config;
  std::unique_ptr<plugin::AdapterRegistry> adapters;
  std::unique_ptr<pipeline::Pipeline> pipeline;
};

/// Reads and checks all of `directory`; every error is in `findings`, and nullopt when there is one.
std::optional<Setup> loadSetup(const std::filesystem::path& directory, config::Findings& findings);

/// Folder of the running program.
std::filesystem::path programDirectory();
/// Where adapters and schemas are when the configuration does not say.
std::filesystem::path defaultPlugins();
std::filesystem::path defaultSchemas();

/// The node's data folder as the configuration says, without checking the rest: for commands that only talk
/// to a running gateway.
std::optional<std::filesystem::path> dataDirectory(const std::filesystem::path& directory, config::Findings& findings);

/// Prints every finding to standard error.
void printFindings(const config::Findings& findings);

}  // namespace lianqiao::app
