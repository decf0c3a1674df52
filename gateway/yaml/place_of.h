#pragma once

#include <initializer_list>

#include "yaml/yaml_node.h"

namespace lianqiao::yaml {

/// The last node on the way of `keys` below `root` that is there; `root` where the first is
/// missing.
inline const YamlNode& placeOf(const YamlNode& root, std::initializer_list<std::string_view> keys) {
  const YamlNode* node = &root;
  for (const std::string_view key : keys) {
    const YamlNode* const next = node->find(key);
    if (next == nullptr) break;
    node = next;
  }
  return *node;
}

}  // namespace lianqiao::yaml
