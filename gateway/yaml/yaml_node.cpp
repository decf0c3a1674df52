#include "yaml/yaml_node.h"

#include <algorithm>

namespace lianqiao::yaml {

std::string Finding::text() const {
  std::string out = file;
  if (position.line > 0) {
    out += ':';
    out += std::to_string(position.line);
    out += ':';
    out += std::to_string(position.column);
  }
  if (!out.empty()) out += ": ";
  if (!path.empty()) {
    out += path;
    out += ": ";
  }
  out += message;
  if (!remedy.empty()) {
    out += "; ";
    out += remedy;
  }
  return out;
}

void Findings::add(Finding finding) {
  if (all_.size() > kMost) return;
  const auto same = [&finding](const Finding& other) {
    return other.position.line == finding.position.line &&
           other.position.column == finding.position.column && other.message == finding.message &&
           other.path == finding.path && other.file == finding.file;
  };
  if (std::any_of(all_.begin(), all_.end(), same)) return;
  if (all_.size() == kMost) {
    all_.push_back(
        {{}, {}, {}, "there are more findings than these", "mend these, then check again"});
    return;
  }
  all_.push_back(std::move(finding));
}

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [key](const Entry& entry) { return entry.key == key; });
  return at == entries_.end() ? nullptr : &at->value;
}

Finding YamlNode::finding(std::string message, std::string remedy) const {
  return {file_ ? *file_ : std::string(), position_, path_, std::move(message), std::move(remedy)};
}

}  // namespace lianqiao::yaml
