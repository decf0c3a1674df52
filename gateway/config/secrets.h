#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "lianqiao/field_spec.h"
#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// Where secrets come from. They never stand in a configuration file: `${env:NAME}` is a variable
/// of the environment, `${file:path}` a file (relative to the configuration folder; one line end at
/// its end is dropped) that not everybody may read, unless it ends in `.example`. No finding ever
/// contains a value. Thread-safe if `variable` is.
class SecretSource {
 public:
  static constexpr std::size_t kMostBytes = 64u << 10;

  struct Options {
    /// Take a file that everybody may read (tests on file systems without modes).
    bool openFiles = false;
    /// nullopt when there is none; empty function = the process's environment.
    std::function<std::optional<std::string>(const std::string& name)> variable;
  };

  explicit SecretSource(std::filesystem::path directory) : SecretSource(std::move(directory), {}) {}
  SecretSource(std::filesystem::path directory, Options options);

  /// Of the configuration.
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

  /// nullopt: a finding was added (a literal, a variable that is not set, a file that is missing,
  /// …).
  std::optional<Secret> resolve(const yaml::YamlNode& node, yaml::Findings& findings) const;

 private:
  std::optional<Secret> fromVariable(const yaml::YamlNode& node, const std::string& name,
                                     yaml::Findings& findings) const;
  std::optional<Secret> fromFile(const yaml::YamlNode& node, const std::string& name,
                                 yaml::Findings& findings) const;

  std::filesystem::path directory_;
  Options options_;
};

}  // namespace lianqiao::config
