#include "expression/expression_compiler.h"

#include <algorithm>

#include "expression/origins.h"
#include "expression/reading.h"
#include "expression/transforms.h"
#include "lianqiao/text.h"

namespace lianqiao::expression {
namespace {

constexpr std::string_view kOrigins[] = {"from", "const", "first",   "template", "each", "fields",
                                         "list", "point", "grid_of", "record",   "when", "ref"};
constexpr std::string_view kExpressionKeys[] = {
    "from",     "const",  "first",   "template", "each",    "fields",  "list",  "point",
    "when",     "ref",    "then",    "else",     "value",   "split",   "clean", "after",
    "before",   "record", "cases",   "number",   "integer", "boolean", "time",  "date",
    "zone",     "format", "table",   "as",       "label",   "to",      "text",  "max",
    "truncate", "join",   "default", "required", "grid_of"};

/// What an expression reads, for messages.
std::string describe(const yaml::YamlNode& node) {
  if (node.isScalar()) return node.text();
  if (const yaml::YamlNode* from = node.find("from")) return from->text();
  if (const yaml::YamlNode* each = node.find("each")) return each->text();
  if (const yaml::YamlNode* first = node.find("first")) {
    std::string out;
    for (const yaml::YamlNode& item : first->items())
      out += (out.empty() ? "" : " or ") + describe(item);
    return out;
  }
  if (const yaml::YamlNode* ref = node.find("ref")) {
    const yaml::YamlNode* const id = ref->find("id");
    return id == nullptr ? "the reference" : describe(*id);
  }
  if (const yaml::YamlNode* text = node.find("template")) return "template " + text->text();
  return node.entries().empty() ? "the value" : "the " + node.entries().front().key;
}

bool isNumberText(const std::string& text) {
  std::string buffer;
  const auto lexeme = readNumber(text, buffer);
  return lexeme && *lexeme == text;
}

}  // namespace

std::optional<std::size_t> ExpressionCompiler::compilePath(const yaml::YamlNode& node,
                                                           SourceShape& shape) {
  if (!node.isScalar() || node.text().empty()) {
    findings_.add(node.finding("a path is expected here",
                               "write the name of a source field, `a.b`, `a[0]` or `$`"));
    return std::nullopt;
  }
  auto steps = parsePath(node.text());
  if (steps) return shape.add(*steps);
  findings_.add(node.finding(steps.error().detail));
  return std::nullopt;
}

std::optional<Expression> ExpressionCompiler::compile(const yaml::YamlNode& node,
                                                      const TargetShape& target,
                                                      SourceShape& shape) {
  if (node.isMap()) return compileMap(node, target, shape);
  if (!node.isScalar()) {
    findings_.add(node.finding("an expression is a path or a map",
                               "write first: […] for the first that is there, list: […] for all"));
    return std::nullopt;
  }
  const auto slot = compilePath(node, shape);
  if (!slot) return std::nullopt;
  const auto values = target.allowedTexts();
  if (std::find(values.begin(), values.end(), node.text()) != values.end()) {
    findings_.add(node.finding("`" + node.text() +
                                   "` is a value of the schema here, and a word "
                                   "alone is read as a path of the source",
                               "write {const: " + node.text() + "}; or {from: " + node.text() +
                                   "} where the source has such a field"));
    return std::nullopt;
  }
  Expression expression;
  expression.source = node.text();
  expression.origin = std::make_unique<FromPath>(*slot);
  compileTransforms(node, target, shape, expression);
  return expression;
}

std::optional<Expression> ExpressionCompiler::compileMap(const yaml::YamlNode& node,
                                                         const TargetShape& target,
                                                         SourceShape& shape) {
  checkKeys(node, kExpressionKeys, findings_);
  std::string_view origin;
  bool ambiguous = false;
  for (std::string_view word : kOrigins) {
    if (node.find(word) == nullptr) continue;
    if (word == "fields" && origin == "each") continue;
    ambiguous = ambiguous || !origin.empty();
    origin = word;
  }
  if (origin.empty() || ambiguous) {
    findings_.add(
        node.finding(ambiguous ? "the expression has two origins" : "the expression has no origin",
                     "give exactly one of from, const, first, template, each, fields, list, point, "
                     "grid_of, record, ref, when"));
    return std::nullopt;
  }
  const std::size_t before = findings_.all().size();
  Expression expression;
  expression.source = describe(node);
  expression.origin = compileOrigin(origin, node, target, shape);
  compileTransforms(node, target, shape, expression);
  for (std::string_view word : {"then", "else"}) {
    const yaml::YamlNode* const misplaced = node.find(word);
    if (misplaced != nullptr && origin != "when")
      findings_.add(misplaced->finding("`" + std::string(word) + "` belongs to `when`"));
  }
  if (const yaml::YamlNode* value = node.find("value"); value != nullptr && origin != "each") {
    findings_.add(value->finding("`value` belongs to `each`"));
  }
  if (!expression.origin || findings_.all().size() != before) return std::nullopt;
  return expression;
}

std::optional<Constant> ExpressionCompiler::compileConstant(const yaml::YamlNode& node,
                                                            const yaml::YamlNode* whole,
                                                            const TargetShape& target, bool final) {
  if (!node.isScalar()) {
    findings_.add(node.finding("a single value is expected here: a text, a number, true or false"));
    return std::nullopt;
  }
  const auto has = [&](std::string_view word) {
    return whole != nullptr && whole->find(word) != nullptr;
  };
  Constant constant{node.text(), json::Kind::string};
  const bool truth = node.text() == "true" || node.text() == "false";
  const bool wantsBoolean =
      has("boolean") ||
      (target.known() && !target.takes(json::Kind::string) && target.takes(json::Kind::boolean));
  const bool wantsNumber =
      has("number") || has("integer") ||
      (target.known() && !target.takes(json::Kind::string) && target.takes(json::Kind::number));
  if (truth && !node.quoted() && wantsBoolean) {
    constant.kind = json::Kind::boolean;
  } else if (isNumberText(node.text()) && !node.quoted() && wantsNumber) {
    constant.kind = json::Kind::number;
  }
  const bool changed = has("table") || has("to") || has("time") || has("date") || has("boolean") ||
                       has("number") || has("integer") || has("split");
  if (changed && !final) return constant;
  if (!target.takes(constant.kind)) {
    findings_.add(node.finding(
        "the schema takes no " +
        std::string(constant.kind == json::Kind::string ? "text" : "such value") + " here"));
    return std::nullopt;
  }
  if (target.excludes(constant.text)) {
    findings_.add(node.finding("the schema does not know the value `" + constant.text + "` here",
                               suggestion(constant.text, target.allowedTexts())));
    return std::nullopt;
  }
  return constant;
}

std::optional<ObjectTemplate> ExpressionCompiler::compileFields(const yaml::YamlNode& node,
                                                                const TargetShape& target,
                                                                SourceShape& shape) {
  if (!node.isMap() || node.entries().empty()) {
    findings_.add(node.finding("`fields` is a map of target fields to expressions",
                               "write {title: rqsttitle}, say"));
    return std::nullopt;
  }
  ObjectTemplate object;
  bool whole = true;
  for (const yaml::YamlNode::Entry& entry : node.entries())
    whole = addField(object, entry, target, shape) && whole;
  checkRequired(object, target, node);
  return whole ? std::optional(std::move(object)) : std::nullopt;
}

void ExpressionCompiler::checkRequired(const ObjectTemplate& object, const TargetShape& target,
                                       const yaml::YamlNode& node) {
  for (std::string_view name : target.required()) {
    const auto makes = [&](const ObjectTemplate::Field& field) { return field.name == name; };
    if (std::any_of(object.fields.begin(), object.fields.end(), makes)) continue;
    findings_.add(node.finding("the schema requires `" + std::string(name) +
                                   "` here, and no field makes it: every record would be refused",
                               "add " + std::string(name) +
                                   ": with a path of the source, or "
                                   "{const: …}"));
  }
  for (const ObjectTemplate::Field& field : object.fields) {
    const auto inner = target.member(field.name);
    if (field.object && inner) checkRequired(*field.object, *inner, node);
  }
}

bool ExpressionCompiler::addField(ObjectTemplate& root, const yaml::YamlNode::Entry& entry,
                                  const TargetShape& target, SourceShape& shape) {
  const auto fail = [&](std::string message, std::string remedy) {
    yaml::Finding finding = entry.value.finding(std::move(message), std::move(remedy));
    finding.position = entry.position;
    findings_.add(std::move(finding));
    return false;
  };
  auto steps = parsePath(entry.key);
  if (!steps) return fail(steps.error().detail, "");
  if (steps->empty()) return fail("`$` names no target field", "");
  ObjectTemplate* object = &root;
  TargetShape place = target;
  for (std::size_t i = 0; i < steps->size(); ++i) {
    const Step& step = (*steps)[i];
    if (step.index >= 0)
      return fail("a target is no list element", "make lists with each:, list: or split:");
    auto inner = place.member(step.name);
    if (!inner) {
      fail("the schema has no field `" + step.name + "` here",
           suggestion(step.name, place.names()));
      compile(entry.value, TargetShape(), shape);  // for what is wrong below it
      return false;
    }
    place = std::move(*inner);
    auto at =
        std::find_if(object->fields.begin(), object->fields.end(),
                     [&](const ObjectTemplate::Field& field) { return field.name == step.name; });
    const bool last = i + 1 == steps->size();
    if (at != object->fields.end() && (last || at->expression)) {
      return fail("`" + step.name + "` is made twice",
                  "give it one expression, or fields of its own");
    }
    if (at == object->fields.end()) {
      object->fields.push_back({step.name, pointerToken(step.name), nullptr, nullptr});
      at = std::prev(object->fields.end());
    }
    if (last) {
      auto expression = compile(entry.value, place, shape);
      if (!expression) return false;
      at->expression = std::make_unique<Expression>(std::move(*expression));
    } else {
      if (!at->object) at->object = std::make_unique<ObjectTemplate>();
      object = at->object.get();
    }
  }
  return true;
}

}  // namespace lianqiao::expression
