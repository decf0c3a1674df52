#include "expression/condition.h"

#include <algorithm>

#include "expression/clean.h"
#include "expression/expression.h"
#include "expression/reading.h"

namespace lianqiao::expression {
namespace {

constexpr std::string_view kOperators[] = {"equals", "one_of", "prefix", "present", "absent"};
constexpr std::string_view kConditionKeys[] = {"path",   "equals", "one_of", "prefix", "present",
                                               "absent", "all",    "any",    "not"};

bool matches(const Test& test, std::string_view raw) {
  std::string buffer;
  const std::string_view text = comparable(raw, buffer);
  return std::any_of(test.operands.begin(), test.operands.end(), [&](const std::string& operand) {
    return test.op == Test::Operator::prefix ? text.starts_with(operand) : text == operand;
  });
}

}  // namespace

bool Test::holds(const json::Value* value) const {
  const bool there = value != nullptr && !isAbsent(*value);
  if (op == Operator::present) return there;
  if (op == Operator::absent) return !there;
  if (!there) return false;
  if (value->isArray()) {
    return std::any_of(value->elements().begin(), value->elements().end(),
                       [&](const json::Value& element) { return holds(&element); });
  }
  const std::optional<std::string_view> text = scalarText(*value);
  return text && matches(*this, *text);
}

std::optional<Condition> Condition::compile(const yaml::YamlNode& node, SourceShape& shape,
                                            yaml::Findings& findings) {
  if (!node.isMap()) {
    findings.add(node.finding("a condition is a map", "write {path: status, equals: \"1\"}, say"));
    return std::nullopt;
  }
  checkKeys(node, kConditionKeys, findings);
  const yaml::YamlNode* const all = node.find("all");
  const yaml::YamlNode* const any = node.find("any");
  const yaml::YamlNode* const none = node.find("not");
  const yaml::YamlNode* const path = node.find("path");
  const int forms = (all != nullptr) + (any != nullptr) + (none != nullptr) + (path != nullptr);
  if (forms != 1) {
    findings.add(node.finding("a condition has exactly one of path, all, any, not"));
    return std::nullopt;
  }
  if (path != nullptr) return compileTest(node, shape, findings);
  if (node.entries().size() != 1) findings.add(node.finding("all, any and not stand alone"));
  if (all != nullptr) return compileGroup(*all, Kind::all, shape, findings);
  if (any != nullptr) return compileGroup(*any, Kind::any, shape, findings);
  std::optional<Condition> inner = compile(*none, shape, findings);
  if (!inner) return std::nullopt;
  Condition condition;
  condition.kind_ = Kind::none;
  condition.parts_.push_back(std::move(*inner));
  return condition;
}

std::optional<Condition> Condition::compileGroup(const yaml::YamlNode& list, Kind kind,
                                                 SourceShape& shape, yaml::Findings& findings) {
  if (!list.isList() || list.items().empty()) {
    findings.add(list.finding("a list of conditions is expected here"));
    return std::nullopt;
  }
  Condition condition;
  condition.kind_ = kind;
  bool whole = true;
  for (const yaml::YamlNode& item : list.items()) {
    std::optional<Condition> part = compile(item, shape, findings);
    whole = whole && part.has_value();
    if (part) condition.parts_.push_back(std::move(*part));
  }
  return whole ? std::optional(std::move(condition)) : std::nullopt;
}

std::optional<Condition> Condition::compileTest(const yaml::YamlNode& node, SourceShape& shape,
                                                yaml::Findings& findings) {
  const yaml::YamlNode& pathNode = *node.find("path");
  auto steps = parsePath(pathNode.text());
  if (!steps) {
    findings.add(pathNode.finding(steps.error().detail));
    return std::nullopt;
  }
  Condition condition;
  condition.slot_ = shape.add(*steps);
  const yaml::YamlNode* operand = nullptr;
  for (std::size_t i = 0; i < std::size(kOperators); ++i) {
    const yaml::YamlNode* const found = node.find(kOperators[i]);
    if (found == nullptr) continue;
    if (operand != nullptr) {
      findings.add(
          found->finding("a condition has one operator", "join two conditions with all: […]"));
      return std::nullopt;
    }
    operand = found;
    condition.test_.op = static_cast<Test::Operator>(i);
  }
  if (operand == nullptr) {
    findings.add(node.finding("the condition has no operator",
                              "add equals, one_of, prefix, present or absent"));
    return std::nullopt;
  }
  if (condition.test_.op >= Test::Operator::present) {
    const std::optional<bool> wanted = readFlag(*operand, findings);
    if (!wanted) return std::nullopt;
    if (!*wanted) {
      const bool present = condition.test_.op == Test::Operator::present;
      condition.test_.op = present ? Test::Operator::absent : Test::Operator::present;
    }
    return condition;
  }
  auto operands = readTexts(*operand, findings);
  if (!operands) return std::nullopt;
  for (const std::string& text : *operands) {
    std::string buffer;
    condition.test_.operands.emplace_back(comparable(text, buffer));
  }
  return condition;
}

bool Condition::holds(const Slots& slots, std::size_t base) const {
  const auto part = [&](const Condition& condition) { return condition.holds(slots, base); };
  switch (kind_) {
    case Kind::all:
      return std::all_of(parts_.begin(), parts_.end(), part);
    case Kind::any:
      return std::any_of(parts_.begin(), parts_.end(), part);
    case Kind::none:
      return !part(parts_.front());
    default:
      return test_.holds(slots[base + slot_]);
  }
}

}  // namespace lianqiao::expression
