#pragma once

#include <initializer_list>

#include "config/node.h"

namespace lianqiao::config {

/// The last node on the way of `keys` below `root` that is there; `root` where the first is
/// missing.
inline const Node& placeOf(const Node& root, std::initializer_list<std::string_view> keys) {
  const Node* node = &root;
  for (const std::string_view key : keys) {
    const Node* const next = node->find(key);
    if (next == nullptr) break;
    node = next;
  }
  return *node;
}

}  // namespace lianqiao::config
