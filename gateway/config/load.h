#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.h"
#include "config/secrets.h"
#include "config/sources.h"
#include "lianqiao/descriptor.h"
#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// nullptr when no adapter of that name is loaded (AdapterRegistry::find).
using AdapterLookup = std::function<const Descriptor*(std::string_view name)>;

/// Reads and checks a whole configuration folder: every file, every value, every reference between
/// files. Finds everything at once; nullopt when there is any finding. Opens the files of secrets
/// and looks at TLS files; changes nothing. `config.data` is absolute (relative to the folder); a
/// caller may replace it.
std::optional<GatewayConfig> load(const std::filesystem::path& directory,
                                  const AdapterLookup& adapter, yaml::Findings& findings,
                                  const SecretSource::Options& secrets = {});

/// What could be read of a folder, whatever was found: for a reload, which applies what is whole.
struct Contents {
  GatewayConfig config;  ///< Of the readable files; what is wrong in them stands at its default.
  Sources sources;
  yaml::Findings warnings;  ///< What works and is surely not meant.
};

/// As load(), but gives what could be read beside the findings.
Contents readAll(const std::filesystem::path& directory, const AdapterLookup& adapter,
                 yaml::Findings& findings, const SecretSource::Options& secrets = {});

}  // namespace lianqiao::config
