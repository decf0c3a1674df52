#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "yaml/yaml_node.h"

namespace lianqiao::config {

/// The files of one configuration folder as they were read, by name. nullopt: the file is there,
/// but could not be read; its name is known all the same, so that nothing is said about references
/// to it. A file in which YamlReader found something may be as it was surely meant: for further
/// findings, which refuse it anyway.
struct Sources {
  using Files = std::map<std::string, std::optional<yaml::YamlNode>>;

  std::optional<yaml::YamlNode> gateway;      ///< lianqiao.yaml
  std::optional<yaml::YamlNode> routes;       ///< routes.yaml
  std::optional<yaml::YamlNode> derivations;  ///< derivations.yaml; may be absent.
  std::optional<yaml::YamlNode> calendar;     ///< calendar.yaml; may be absent.
  std::optional<yaml::YamlNode> deadlines;    ///< deadlines.yaml; may be absent.
  std::optional<yaml::YamlNode> reports;      ///< reports.yaml; may be absent.
  Files peers;
  Files mappings;
  Files codes;
  bool unread = false;  ///< A folder could not be read: what refers to it cannot be judged.
};

/// Reads every file of the folder. What is wrong with files and names becomes findings: YAML
/// errors, names that are none, `.yml`, folders that look misspelt, a `mapping:` or `table:` that
/// differs from its file.
Sources readSources(const std::filesystem::path& directory, yaml::Findings& findings);

}  // namespace lianqiao::config
