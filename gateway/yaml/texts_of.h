#pragma once

#include <string>
#include <vector>

#include "yaml/yaml_node.h"

namespace lianqiao::yaml {

/// The texts of a value that is one text or a list of them.
inline std::vector<std::string> textsOf(const YamlNode& node) {
  if (node.isScalar()) return {node.text()};
  std::vector<std::string> texts;
  for (const YamlNode& item : node.items()) texts.push_back(item.text());
  return texts;
}

}  // namespace lianqiao::yaml
