#include "config/route_reader.h"

#include <set>

#include "yaml/map_reader.h"
#include "yaml/texts_of.h"

namespace lianqiao::config {
namespace {

using Operator = RouteCondition::Operator;

/// Of one text or a list of texts.
void readValues(const yaml::YamlNode& node, RouteCondition& condition, yaml::Findings& findings) {
  if (node.isList() && node.items().empty()) {
    findings.add(node.finding("an empty list never holds", "write at least one value"));
  }
  for (const yaml::YamlNode& one : yaml::itemsOf(node)) {
    auto text = yaml::readText(one, findings);
    if (!text) continue;
    condition.values.push_back(std::move(*text));
    condition.places.push_back(one.position());
  }
}

void checkValues(const yaml::YamlNode& node, const RouteCondition& condition,
                 yaml::Findings& findings) {
  static constexpr std::string_view kPriorities[] = {"normal", "high"};
  if (condition.path != "priority") return;
  for (const std::string& value : condition.values) {
    yaml::accept(node, yaml::parseChoice(value, kPriorities), findings);
  }
}

/// `{prefix: "01"}`, `{present: true}`
void readOperator(const yaml::YamlNode& node, RouteCondition& condition, yaml::Findings& findings) {
  yaml::MapReader map(&node, findings);
  const yaml::YamlNode* prefix = map.take("prefix");
  const yaml::YamlNode* present = map.take("present");
  map.finish();
  if ((prefix == nullptr) == (present == nullptr)) {
    findings.add(node.finding("one condition is wanted here",
                              "write a value, a list of values, {prefix: …} or {present: true}"));
    return;
  }
  if (prefix != nullptr) {
    condition.op = Operator::prefix;
    return readValues(*prefix, condition, findings);
  }
  const bool wanted = yaml::readBoolean(*present, findings).value_or(true);
  condition.op = wanted ? Operator::present : Operator::absent;
}

bool isPath(std::string_view path) {
  if (path == "type" || path == "peer" || path == "priority") return true;
  return path.starts_with("data.") && !path.ends_with('.') &&
         path.find("..") == std::string_view::npos && path.find(' ') == std::string_view::npos;
}

RouteCondition readCondition(const yaml::YamlNode::Entry& entry, yaml::Findings& findings) {
  static constexpr std::string_view kPaths[] = {"type", "peer", "priority", "data.<field>"};
  RouteCondition condition;
  condition.path = entry.key;
  condition.position = entry.value.position();
  if (!isPath(entry.key)) {
    findings.add(yaml::findingAtKey(entry, "'" + entry.key + "' is not a field of a record",
                                    yaml::suggestion(entry.key, kPaths)));
    return condition;
  }
  if (entry.value.isMap()) {
    readOperator(entry.value, condition, findings);
    return condition;
  }
  condition.op = entry.value.isList() ? Operator::one_of : Operator::equals;
  readValues(entry.value, condition, findings);
  checkValues(entry.value, condition, findings);
  return condition;
}

Route readRoute(const yaml::YamlNode& node, yaml::Findings& findings) {
  Route route;
  route.position = node.position();
  yaml::MapReader map(&node, findings);
  map.require("name", node, "name the route: it is shown in the trail");
  map.name("name", route.name);
  if (const yaml::YamlNode* when = map.take("when")) route.when = readConditions(*when, findings);
  const yaml::YamlNode* to = map.require("to", node, "list the peers: to: [peer]");
  if (to != nullptr) route.to = yaml::readNames(*to, findings);
  if (to != nullptr && to->isList() && to->items().empty()) {
    findings.add(to->finding("the route leads nowhere", "name at least one peer"));
  }
  map.finish();
  return route;
}

}  // namespace

std::vector<RouteCondition> readConditions(const yaml::YamlNode& when, yaml::Findings& findings) {
  std::vector<RouteCondition> conditions;
  if (!when.isMap()) {
    findings.add(when.finding("a map of conditions is wanted here",
                              "write when: {type: work_order}; leave `when` out for every record"));
  }
  for (const yaml::YamlNode::Entry& entry : when.entries())
    conditions.push_back(readCondition(entry, findings));
  return conditions;
}

std::vector<Route> readRoutes(const yaml::YamlNode& root, yaml::Findings& findings) {
  std::vector<Route> routes;
  yaml::MapReader map(&root, findings);
  const yaml::YamlNode* list =
      map.require("routes", root, "write routes: and one `- name: …` for each");
  map.finish();
  if (list == nullptr) return routes;
  if (!list->isList()) {
    findings.add(
        list->finding("a list of routes is wanted here", "write one `- name: …` for each"));
    return routes;
  }
  std::set<std::string> names;
  for (const yaml::YamlNode& item : list->items()) {
    if (!item.isMap()) {
      findings.add(item.finding("a route is wanted here", "write {name: …, when: {…}, to: […]}"));
      continue;
    }
    Route route = readRoute(item, findings);
    if (!route.name.empty() && !names.insert(route.name).second) {
      findings.add(item.find("name")->finding("another route is named '" + route.name + "' too",
                                              "name each route differently"));
    }
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace lianqiao::config
