#include "pipeline/outbound_check.h"

#include <algorithm>

#include "expression/clean.h"
#include "expression/reading.h"
#include "pipeline/read_paths.h"
#include "yaml/texts_of.h"

namespace lianqiao::pipeline {
namespace {

/// Paths of a point, on the way out and on the way in.
constexpr std::string_view kPointPaths[] = {"of", "lng", "lat", "pair"};

bool isOutbound(const yaml::YamlNode& mapping) {
  const yaml::YamlNode* const direction = mapping.find("direction");
  return direction != nullptr && direction->text() == "outbound";
}

std::vector<std::string> typesOf(const yaml::YamlNode& mapping) {
  const yaml::YamlNode* const type = mapping.find("type");
  return type == nullptr ? std::vector<std::string>() : yaml::textsOf(*type);
}

/// Whether an expression can have a value at all: of any type, or of one.
class Filling {
 public:
  explicit Filling(std::string_view type = {}) : type_(type) {}

  bool can(const yaml::YamlNode& expression, const EventShape& scope) const {
    if (!expression.isMap()) return has(expression.text(), scope);
    if (expression.find("default") != nullptr) return true;
    if (expression.find("record") != nullptr) return false;
    if (expression.find("ref") != nullptr) return true;
    if (const auto* from = expression.find("from")) return has(from->text(), scope);
    if (const auto* each = expression.find("each")) return canEach(expression, *each, scope);
    if (const auto* fields = expression.find("fields")) return canAny(*fields, scope);
    if (const auto* text = expression.find("template")) return canTemplate(*text, scope);
    for (std::string_view list : {"first", "list"}) {
      const yaml::YamlNode* const found = expression.find(list);
      if (found == nullptr) continue;
      return found->items().empty() ||
             std::any_of(found->items().begin(), found->items().end(),
                         [&](const yaml::YamlNode& item) { return can(item, scope); });
    }
    if (const auto* then = expression.find("then")) {
      const yaml::YamlNode* const otherwise = expression.find("else");
      return can(*then, scope) || (otherwise != nullptr && can(*otherwise, scope));
    }
    const yaml::YamlNode* const point = expression.find("point");
    const yaml::YamlNode* const of = point == nullptr ? nullptr : point->find("of");
    return of == nullptr || has(of->text(), scope);
  }

 private:
  [[nodiscard]] bool is(const EventShape& place) const {
    return type_.empty() ? !place.empty() : place.has(type_);
  }
  /// What is no path is told by the compiler.
  [[nodiscard]] bool has(std::string_view path, const EventShape& scope) const {
    const auto steps = expression::parsePath(path);
    return !steps || is(scope.at(*steps));
  }
  [[nodiscard]] bool canAny(const yaml::YamlNode& fields, const EventShape& scope) const {
    return std::any_of(fields.entries().begin(), fields.entries().end(),
                       [&](const auto& entry) { return can(entry.value, scope); });
  }
  [[nodiscard]] bool canTemplate(const yaml::YamlNode& text, const EventShape& scope) const {
    const auto paths = pathsOfTemplate(text.text());
    return paths.empty() || std::any_of(paths.begin(), paths.end(),
                                        [&](std::string_view one) { return has(one, scope); });
  }
  [[nodiscard]] bool canEach(const yaml::YamlNode& expression, const yaml::YamlNode& list,
                             const EventShape& scope) const {
    const auto steps = expression::parsePath(list.text());
    if (!steps) return true;
    const EventShape place = scope.at(*steps);
    if (!is(place)) return false;
    const yaml::YamlNode* const value = expression.find("value");
    const yaml::YamlNode* const fields = expression.find("fields");
    if (value != nullptr) return can(*value, place.elements());
    return fields == nullptr || canAny(*fields, place.elements());
  }

  std::string_view type_;
};

}  // namespace

void OutboundCheck::run() {
  for (const auto& [name, mapping] : config_.mappings) {
    if (isOutbound(mapping)) {
      check(name, mapping);
    } else {
      values_.seeInbound(mapping);
    }
  }
  values_.finish();
}

void OutboundCheck::check(const std::string& name, const yaml::YamlNode& mapping) {
  types_ = typesOf(mapping);
  if (types_.empty()) return;
  const EventShape event = EventShape::of(types_, schemas_);
  values_.begin(name, mapping, types_, event);
  if (const yaml::YamlNode* when = mapping.find("when")) condition(*when, event, true);
  if (const yaml::YamlNode* all = mapping.find("fields")) fields(*all, event);
}

void OutboundCheck::add(bool certain, yaml::Finding finding) {
  (certain ? errors_ : warnings_).add(std::move(finding));
}

std::string OutboundCheck::records() const {
  std::string out = types_.size() == 1 ? "record of type " : "record of the types ";
  for (const std::string& type : types_) out += (&type == &types_.front() ? "" : ", ") + type;
  return out;
}

void OutboundCheck::fields(const yaml::YamlNode& node, const EventShape& scope) {
  for (const yaml::YamlNode::Entry& entry : node.entries()) field(entry.value, scope);
}

void OutboundCheck::field(const yaml::YamlNode& expression, const EventShape& scope) {
  read(expression, scope, Filling().can(expression, scope));
  requiredOfAll(expression, scope);
}

/// `filled`: the field can have a value, whatever this part of it can.
void OutboundCheck::read(const yaml::YamlNode& expression, const EventShape& scope, bool filled) {
  if (expression.isScalar()) return path(expression, expression.text(), scope, filled);
  if (expression.isMap()) readMap(expression, scope, filled);
}

void OutboundCheck::readMap(const yaml::YamlNode& expression, const EventShape& scope,
                            bool filled) {
  if (const auto* from = expression.find("from")) path(*from, from->text(), scope, filled);
  for (std::string_view list : {"first", "list"}) {
    const yaml::YamlNode* const found = expression.find(list);
    if (found == nullptr) continue;
    for (const yaml::YamlNode& item : found->items()) read(item, scope, filled);
  }
  if (const auto* text = expression.find("template")) {
    for (std::string_view one : pathsOfTemplate(text->text())) path(*text, one, scope, filled);
  }
  if (const auto* point = expression.find("point")) {
    for (std::string_view key : kPointPaths) {
      if (const auto* one = point->find(key)) path(*one, one->text(), scope, filled);
    }
  }
  if (const auto* part = expression.find("record")) {
    add(!filled, part->finding("`record` is of inbound mappings, and always absent here",
                               "write subject (the key), sourceid or peer"));
  }
  if (expression.find("each") != nullptr) {
    each(expression, scope, filled);
  } else if (const auto* object = expression.find("fields")) {
    fields(*object, scope);
  }
  if (expression.find("when") != nullptr) choice(expression, scope, filled);
  values_.look(expression, scope);
}

void OutboundCheck::each(const yaml::YamlNode& expression, const EventShape& scope, bool filled) {
  const yaml::YamlNode& list = *expression.find("each");
  path(list, list.text(), scope, filled);
  const auto steps = expression::parsePath(list.text());
  if (!list.isScalar() || !steps) return;
  const EventShape element = scope.at(*steps).elements();
  if (element.empty()) return;
  const auto inner = values_.within();
  if (const auto* value = expression.find("value")) field(*value, element);
  if (const auto* object = expression.find("fields")) fields(*object, element);
}

void OutboundCheck::choice(const yaml::YamlNode& expression, const EventShape& scope, bool filled) {
  const yaml::YamlNode& when = *expression.find("when");
  condition(when, scope, false);
  for (const bool holds : {true, false}) {
    const yaml::YamlNode* const branch = expression.find(holds ? "then" : "else");
    if (branch == nullptr) continue;
    const auto supposed = values_.suppose(when, holds);
    read(*branch, scope, filled);
  }
}

void OutboundCheck::path(const yaml::YamlNode& place, std::string_view text,
                         const EventShape& scope, bool filled) {
  const auto steps = expression::parsePath(text);
  if (!place.isScalar() || !steps) return;
  const EventShape there = scope.at(*steps);
  if (!there.empty()) return;
  add(!filled, place.finding("no " + records() + " has `" + std::string(text) +
                                 (filled ? "` here" : "` here: the field would always be absent"),
                             there.remedy()));
}

/// `binding`: where this does not hold the mapping takes nothing.
void OutboundCheck::condition(const yaml::YamlNode& node, const EventShape& scope, bool binding) {
  if (const auto* all = node.find("all")) {
    for (const yaml::YamlNode& item : all->items()) condition(item, scope, binding);
  }
  if (const auto* any = node.find("any")) {
    for (const yaml::YamlNode& item : any->items()) condition(item, scope, false);
  }
  if (const auto* none = node.find("not")) condition(*none, scope, false);
  if (node.find("path") != nullptr) test(node, scope, binding);
}

void OutboundCheck::test(const yaml::YamlNode& node, const EventShape& scope, bool binding) {
  const yaml::YamlNode& read = *node.find("path");
  const auto steps = expression::parsePath(read.text());
  if (!read.isScalar() || !steps) return;
  const EventShape place = scope.at(*steps);
  if (place.empty()) {
    const yaml::YamlNode* const absent = node.find("absent");
    const yaml::YamlNode* const present = node.find("present");
    const bool always = (absent != nullptr && absent->text() == "true") ||
                        (present != nullptr && present->text() == "false");
    add(binding && !always, read.finding("no " + records() + " has `" + read.text() + "`: this " +
                                             (always ? "always holds" : "never holds"),
                                         place.remedy()));
    return;
  }
  const auto known = place.values();
  const yaml::YamlNode* operand = node.find("equals");
  if (operand == nullptr) operand = node.find("one_of");
  if (!known || operand == nullptr) return;
  std::vector<const yaml::YamlNode*> unknown;
  const auto judge = [&](const yaml::YamlNode& one) {
    std::string buffer;
    if (std::find(known->begin(), known->end(), expression::comparable(one.text(), buffer)) ==
        known->end())
      unknown.push_back(&one);
  };
  if (operand->isScalar()) judge(*operand);
  for (const yaml::YamlNode& item : operand->items()) judge(item);
  const bool never = unknown.size() == std::max<std::size_t>(operand->items().size(), 1);
  const std::vector<std::string_view> names(known->begin(), known->end());
  for (const yaml::YamlNode* one : unknown) {
    add(binding && never, one->finding("no " + records() + " has in `" + read.text() +
                                           "` the value `" + one->text() + "`",
                                       expression::suggestion(one->text(), names)));
  }
}

/// Where the mapping takes several types, and the field is required, all of them must have it.
void OutboundCheck::requiredOfAll(const yaml::YamlNode& expression, const EventShape& scope) {
  const yaml::YamlNode* const required = expression.find("required");
  if (required == nullptr || required->text() != "true" || !Filling().can(expression, scope))
    return;
  for (const std::string& type : types_) {
    if (!scope.has(type) || Filling(type).can(expression, scope)) continue;
    errors_.add(required->finding(
        "no record of type " + type + " has this, and it is required: each would be refused",
        "take `required` out, add a default, or write a mapping of its own for " + type));
  }
}

}  // namespace lianqiao::pipeline
