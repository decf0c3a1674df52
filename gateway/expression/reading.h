#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/yaml_node.h"

/// Reading of configuration nodes shared by the compilers of expressions and mappings. Every
/// mistake becomes a finding at its node.
namespace lianqiao::expression {

/// Adds a finding for each key that is not among `known`, with did-you-mean.
void checkKeys(const yaml::YamlNode& map, std::span<const std::string_view> known,
               yaml::Findings& findings);

/// "did you mean `x`?" for a word near one of `names`, else the list of them.
std::string suggestion(std::string_view word, std::span<const std::string_view> names);

/// The text of a scalar; a finding and nullopt for anything else.
std::optional<std::string> readText(const yaml::YamlNode& node, yaml::Findings& findings);
/// The texts of a list of scalars, or of one scalar.
std::optional<std::vector<std::string>> readTexts(const yaml::YamlNode& node,
                                                  yaml::Findings& findings);
/// `true` or `false`.
std::optional<bool> readFlag(const yaml::YamlNode& node, yaml::Findings& findings);
/// A whole number from 1.
std::optional<std::size_t> readCount(const yaml::YamlNode& node, yaml::Findings& findings);
/// One of `words`.
std::optional<std::size_t> readWord(const yaml::YamlNode& node,
                                    std::span<const std::string_view> words,
                                    yaml::Findings& findings);

}  // namespace lianqiao::expression
