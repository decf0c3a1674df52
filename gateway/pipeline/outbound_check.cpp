#include "pipeline/outbound_check.h"

#include <algorithm>

#include "expression/clean.h"
#include "expression/reading.h"
#include "expression/record_clause.h"
#include "pipeline/read_paths.h"
#include "yaml/texts_of.h"

namespace lianqiao::pipeline {
namespace {

/// Paths of a point, on the way out and on the way in.
constexpr std::string_view kPointPaths[] = {"of", "lng", "lat", "pair", "code"};

bool is(const yaml::YamlNode& mapping, std::string_view way) {
  const yaml::YamlNode* const direction = mapping.find("direction");
  return direction != nullptr && direction->text() == way;
}

std::vector<std::string> typesOf(const yaml::YamlNode& mapping) {
  const yaml::YamlNode* const type = mapping.find("type");
  return type == nullptr ? std::vector<std::string>() : yaml::textsOf(*type);
}

/// Whether an expression can have a value at all: of any type, or of one.
class Filling {
 public:
  /// `record`: the mapping makes one, whose envelope can be read.
  explicit Filling(bool record, std::string_view type = {}) : record_(record), type_(type) {}

  bool can(const yaml::YamlNode& expression, const EventShape& scope) const {
    if (!expression.isMap()) return has(expression.text(), scope);
    if (expression.find("default") != nullptr) return true;
    if (expression.find("record") != nullptr) return record_;
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
    if (const auto* grid = expression.find("grid_of")) return canPlace(*grid, scope);
    const yaml::YamlNode* const point = expression.find("point");
    return point == nullptr || canPlace(*point, scope);
  }

 private:
  [[nodiscard]] bool isThere(const EventShape& place) const {
    return type_.empty() ? !place.empty() : place.has(type_);
  }
  /// What is no path is told by the compiler.
  [[nodiscard]] bool has(std::string_view path, const EventShape& scope) const {
    const auto steps = expression::parsePath(path);
    return !steps || isThere(scope.at(*steps));
  }
  [[nodiscard]] bool canAny(const yaml::YamlNode& fields, const EventShape& scope) const {
    return std::any_of(fields.entries().begin(), fields.entries().end(),
                       [&](const auto& entry) { return can(entry.value, scope); });
  }
  /// What names no path is told by the compiler.
  [[nodiscard]] bool canPlace(const yaml::YamlNode& place, const EventShape& scope) const {
    bool names = false;
    for (std::string_view key : kPointPaths) {
      const yaml::YamlNode* const one = place.find(key);
      if (one != nullptr && has(one->text(), scope)) return true;
      names = names || one != nullptr;
    }
    return !names;
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
    if (!isThere(place)) return false;
    const yaml::YamlNode* const value = expression.find("value");
    const yaml::YamlNode* const fields = expression.find("fields");
    if (value != nullptr) return can(*value, place.elements());
    return fields == nullptr || canAny(*fields, place.elements());
  }

  bool record_;
  std::string_view type_;
};

}  // namespace

void OutboundCheck::run() {
  for (const auto& [name, mapping] : config_.mappings) {
    if (is(mapping, "outbound")) {
      check(name, mapping);
    } else {
      values_.seeInbound(mapping);
    }
    if (is(mapping, "derived")) checkDerived(name, mapping);
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

void OutboundCheck::checkDerived(const std::string& name, const yaml::YamlNode& mapping) {
  types_.clear();
  for (const config::Derivation& rule : config_.derivations) {
    if (rule.mapping != name) continue;
    const std::vector<std::string> taken = expression::typesOf(rule.when);
    types_.insert(types_.end(), taken.begin(), taken.end());
  }
  if (types_.empty()) return;
  derived_ = true;
  const EventShape event = EventShape::of(types_, schemas_);
  if (const yaml::YamlNode* all = mapping.find("fields")) fields(*all, event);
  if (const yaml::YamlNode* record = mapping.find("record")) {
    for (const yaml::YamlNode::Entry& entry : record->entries()) {
      if (entry.key == "key_is_full") continue;
      if (!entry.value.isList()) field(entry.value, event);
      for (const yaml::YamlNode& part : entry.value.items()) field(part, event);
    }
  }
  derived_ = false;
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
  read(expression, scope, Filling(derived_).can(expression, scope));
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
  for (std::string_view word : {"point", "grid_of"}) {
    const yaml::YamlNode* const place = expression.find(word);
    for (std::string_view key : kPointPaths) {
      const yaml::YamlNode* const one = place == nullptr ? nullptr : place->find(key);
      if (one != nullptr) path(*one, one->text(), scope, filled);
    }
  }
  if (const auto* part = expression.find("record"); part != nullptr && !derived_) {
    add(!filled, part->finding("`record` is of inbound mappings, and always absent here",
                               "write subject (the key), sourceid or peer"));
  }
  if (expression.find("each") != nullptr) {
    each(expression, scope, filled);
  } else if (const auto* object = expression.find("fields")) {
    fields(*object, scope);
  }
  if (expression.find("when") != nullptr) choice(expression, scope, filled);
  if (!derived_) values_.look(expression, scope);
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
  if (required == nullptr || required->text() != "true" ||
      !Filling(derived_).can(expression, scope))
    return;
  for (const std::string& type : types_) {
    if (!scope.has(type) || Filling(derived_, type).can(expression, scope)) continue;
    errors_.add(required->finding(
        "no record of type " + type + " has this, and it is required: each would be refused",
        "take `required` out, add a default, or write a mapping of its own for " + type));
  }
}

}  // namespace lianqiao::pipeline
