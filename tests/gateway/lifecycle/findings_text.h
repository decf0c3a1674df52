#pragma once

#include <string>

#include "yaml/yaml_node.h"

namespace lianqiao::lifecycle {

/// One line each.
inline std::string textOf(const yaml::Findings& findings) {
  std::string text;
  for (const yaml::Finding& finding : findings.all()) text += finding.text() + '\n';
  return text;
}

}  // namespace lianqiao::lifecycle
