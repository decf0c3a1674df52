#include <algorithm>

#include "fuzz/fuzz.h"
#include "yaml/yaml_reader.h"

namespace lianqiao::fuzz {
namespace {

struct Shape {
  std::size_t nodes = 0;
  std::size_t depth = 0;
};

void walk(const yaml::YamlNode& node, std::size_t depth, int lines, Shape& shape) {
  ++shape.nodes;
  shape.depth = std::max(shape.depth, depth);
  demand(node.position().line >= 1 && node.position().line <= lines,
         "a node stands on a line of the file");
  demand(node.isScalar() || node.text().empty(), "only scalars have text");
  for (const yaml::YamlNode& item : node.items()) walk(item, depth + 1, lines, shape);
  for (const yaml::YamlNode::Entry& entry : node.entries()) {
    demand(node.find(entry.key) == &entry.value, "a key stands once and is found");
    demand(entry.key.size() <= yaml::YamlReader::kMostKeyBytes, "keys are bounded");
    walk(entry.value, depth + 1, lines, shape);
  }
}

}  // namespace

LIANQIAO_FUZZ_TARGET(yaml) {
  yaml::Findings findings;
  const auto node = yaml::YamlReader::readText(input, "fuzz.yaml", findings);
  demand(node.has_value() == findings.empty(), "a file is either read or has findings");
  for (const yaml::Finding& finding : findings.all())
    demand(!finding.text().empty(), "a finding says something");
  yaml::Findings again;
  const auto [root, whole] = yaml::YamlReader::lookAtText(input, "fuzz.yaml", again);
  demand(whole == node.has_value(), "a file that is looked at further is not taken for whole");
  if (!root) return;
  // CR, LF and Unicode's own line ends all count for some reader; this is the most that there can
  // be.
  const auto lines = 2 + std::count_if(input.begin(), input.end(), [](char c) {
                       return c == '\n' || c == '\r' || static_cast<unsigned char>(c) >= 0x80;
                     });
  Shape shape;
  walk(*root, 0, static_cast<int>(lines), shape);
  demand(shape.nodes <= yaml::YamlReader::kMostNodes, "nodes are bounded");
  demand(shape.depth <= yaml::YamlReader::kMostDepth, "depth is bounded");
}

}  // namespace lianqiao::fuzz
