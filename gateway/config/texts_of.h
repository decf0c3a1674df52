#pragma once

#include <string>
#include <vector>

#include "config/node.h"

namespace lianqiao::config {

/// The texts of a value that is one text or a list of them.
inline std::vector<std::string> textsOf(const Node& node) {
  if (node.isScalar()) return {node.text()};
  std::vector<std::string> texts;
  for (const Node& item : node.items()) texts.push_back(item.text());
  return texts;
}

}  // namespace lianqiao::config
