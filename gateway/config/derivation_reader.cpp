#include "config/derivation_reader.h"

#include <set>
#include <span>

#include "config/route_reader.h"
#include "yaml/map_reader.h"
#include "yaml/texts_of.h"

namespace lianqiao::config {
namespace {

constexpr std::size_t kMostDerivations = 100;
constexpr milliseconds kLongestWindow = 7 * 24h;

DerivedOnce readOnce(const yaml::YamlNode& node, yaml::Findings& findings) {
  DerivedOnce once;
  yaml::MapReader map(&node, findings);
  const yaml::YamlNode* const by =
      map.require("by", node, "say what is alike: by: [data.device.id, data.alertType.code]");
  if (by != nullptr && by->isList() && by->items().empty())
    findings.add(by->finding("an empty list would make everything alike", "name one path"));
  for (const yaml::YamlNode& path :
       by == nullptr ? std::span<const yaml::YamlNode>() : yaml::itemsOf(*by)) {
    auto text = yaml::readText(path, findings);
    if (!text) continue;
    once.by.push_back(std::move(*text));
    once.places.push_back(path.position());
  }
  map.require("within", node, "say how soon: within: 10m");
  map.duration("within", once.within, {std::chrono::seconds(1), kLongestWindow});
  map.finish();
  return once;
}

Derivation readDerivation(const yaml::YamlNode& node, yaml::Findings& findings) {
  Derivation rule;
  rule.position = node.position();
  yaml::MapReader map(&node, findings);
  map.require("name", node, "name the rule: it stands in the source ids of what it makes");
  map.name("name", rule.name);
  const yaml::YamlNode* const when =
      map.require("when", node, "say of which records: when: {type: alert}");
  if (when != nullptr) rule.when = readConditions(*when, findings);
  const yaml::YamlNode* const mapping =
      map.require("mapping", node, "name the mapping that makes the record");
  map.name("mapping", rule.mapping);
  if (mapping != nullptr) rule.mappingPosition = mapping->position();
  if (const yaml::YamlNode* once = map.take("once")) rule.once = readOnce(*once, findings);
  map.finish();
  return rule;
}

}  // namespace

std::vector<Derivation> readDerivations(const yaml::YamlNode& root, yaml::Findings& findings) {
  std::vector<Derivation> rules;
  yaml::MapReader map(&root, findings);
  const yaml::YamlNode* const list =
      map.require("derivations", root, "write derivations: and one `- name: …` for each");
  map.finish();
  if (list == nullptr) return rules;
  if (!list->isList() || list->items().size() > kMostDerivations) {
    findings.add(list->finding(
        "a list of at most " + std::to_string(kMostDerivations) + " rules is wanted here",
        "write one `- name: …` for each"));
    return rules;
  }
  std::set<std::string> names;
  for (const yaml::YamlNode& item : list->items()) {
    if (!item.isMap()) {
      findings.add(item.finding("a rule is wanted here", "write {name: …, when: {…}, mapping: …}"));
      continue;
    }
    Derivation rule = readDerivation(item, findings);
    if (!rule.name.empty() && !names.insert(rule.name).second) {
      findings.add(item.find("name")->finding("another rule is named '" + rule.name + "' too",
                                              "name each rule differently"));
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace lianqiao::config
