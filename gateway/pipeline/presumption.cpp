#include "pipeline/presumption.h"

#include <algorithm>

#include "expression/clean.h"

namespace lianqiao::pipeline {
namespace {

using Operator = config::RouteCondition::Operator;

std::vector<std::string> operandsOf(const yaml::YamlNode& node) {
  std::vector<std::string> out;
  std::string buffer;
  if (node.isScalar()) out.emplace_back(expression::comparable(node.text(), buffer));
  for (const yaml::YamlNode& item : node.items())
    out.emplace_back(expression::comparable(item.text(), buffer));
  return out;
}

bool matches(const std::vector<std::string>& operands, std::string_view value, bool prefix) {
  return std::any_of(operands.begin(), operands.end(), [&](const std::string& operand) {
    return prefix ? value.starts_with(operand) : value == operand;
  });
}

std::optional<bool> opposite(std::optional<bool> is) {
  return is ? std::optional(!*is) : std::nullopt;
}

/// All of them hold; with `any` at least one does.
std::optional<bool> together(const yaml::YamlNode& list, bool any, const Presumption& presumed,
                             const EventShape& event) {
  bool depends = false;
  for (const yaml::YamlNode& item : list.items()) {
    const std::optional<bool> one = holds(item, presumed, event);
    if (one == any) return any;
    depends = depends || !one;
  }
  return depends ? std::nullopt : std::optional(!any);
}

std::optional<bool> testHolds(const yaml::YamlNode& test, const Presumption& presumed,
                              const EventShape& event) {
  const std::string& path = test.find("path")->text();
  const auto steps = expression::parsePath(path);
  const bool there = !presumed.path.empty() && presumedPath(path) == presumed.path;
  const bool gone = steps && !event.at(*steps).has(presumed.type);
  for (const auto& [word, means] : {std::pair("present", true), std::pair("absent", false)}) {
    const yaml::YamlNode* const wanted = test.find(word);
    if (wanted == nullptr) continue;
    const bool asksPresent = (wanted->text() == "true") == means;
    return there || gone ? std::optional(there == asksPresent) : std::nullopt;
  }
  if (gone) return false;
  if (!there) return std::nullopt;
  for (const char* word : {"equals", "one_of", "prefix"}) {
    if (const yaml::YamlNode* const operand = test.find(word))
      return matches(operandsOf(*operand), presumed.value, word == std::string_view("prefix"));
  }
  return std::nullopt;
}

bool mayHold(const config::RouteCondition& condition, const Presumption& presumed,
             const EventShape& event) {
  const auto steps = expression::parsePath(condition.path);
  const bool gone = steps && !event.at(*steps).has(presumed.type);
  if (gone) return condition.op == Operator::absent;
  const bool type = condition.path == "type";
  if (!type && (presumed.path.empty() || presumedPath(condition.path) != presumed.path))
    return true;
  if (condition.op == Operator::present) return true;
  if (condition.op == Operator::absent) return false;
  std::vector<std::string> operands;
  std::string buffer;
  for (const std::string& value : condition.values)
    operands.emplace_back(expression::comparable(value, buffer));
  return matches(operands, type ? presumed.type : presumed.value, condition.op == Operator::prefix);
}

}  // namespace

std::string presumedPath(const std::string& path) {
  auto steps = expression::parsePath(path);
  if (!steps) return {};
  if (steps->size() > 1 && steps->back().name == "code") steps->pop_back();
  return expression::pathText(*steps);
}

std::optional<bool> holds(const yaml::YamlNode& condition, const Presumption& presumed,
                          const EventShape& event) {
  if (const yaml::YamlNode* all = condition.find("all"))
    return together(*all, false, presumed, event);
  if (const yaml::YamlNode* any = condition.find("any"))
    return together(*any, true, presumed, event);
  if (const yaml::YamlNode* none = condition.find("not"))
    return opposite(holds(*none, presumed, event));
  const yaml::YamlNode* const path = condition.find("path");
  return path != nullptr && path->isScalar() ? testHolds(condition, presumed, event) : std::nullopt;
}

bool mayHold(const config::Route& route, const Presumption& presumed, const EventShape& event) {
  return std::all_of(
      route.when.begin(), route.when.end(),
      [&](const config::RouteCondition& condition) { return mayHold(condition, presumed, event); });
}

}  // namespace lianqiao::pipeline
