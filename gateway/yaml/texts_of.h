#pragma once

#include <span>
#include <string>
#include <vector>

#include "yaml/yaml_node.h"

namespace lianqiao::yaml {

/// The items of a list; of any other value itself alone. As long as `node` lives.
inline std::span<const YamlNode> itemsOf(const YamlNode& node) {
  return node.isList() ? std::span(node.items()) : std::span(&node, 1);
}

/// The texts of a value that is one text or a list of them.
inline std::vector<std::string> textsOf(const YamlNode& node) {
  if (node.isScalar()) return {node.text()};
  std::vector<std::string> texts;
  for (const YamlNode& item : node.items()) texts.push_back(item.text());
  return texts;
}

}  // namespace lianqiao::yaml
