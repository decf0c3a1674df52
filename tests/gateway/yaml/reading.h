#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/yaml_reader.h"

/// What the tests of this folder share.
namespace lianqiao::yaml {

/// Reads `text` as the file a.yaml; findings are not looked at.
inline YamlNode nodeOf(std::string_view text) {
  Findings findings;
  std::optional<YamlNode> node = YamlReader::readText(text, "a.yaml", findings);
  return node ? std::move(*node) : YamlNode();
}

inline std::vector<std::string> textsOf(const Findings& findings) {
  std::vector<std::string> texts;
  for (const Finding& finding : findings.all()) texts.push_back(finding.text());
  return texts;
}

}  // namespace lianqiao::yaml
