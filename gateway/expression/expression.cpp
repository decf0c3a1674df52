#include "expression/expression.h"

#include "lianqiao/codes.h"

namespace lianqiao::expression {

std::string Place::text() const {
  std::string out = parent == nullptr ? std::string() : parent->text();
  out += pointer;
  if (index >= 0) out += '/' + std::to_string(index);
  return out;
}

void Run::fail(std::string_view code, const Place& place, std::string message) {
  problems.push_back({std::string(code), place.text(), std::move(message)});
}

std::optional<std::string_view> scalarText(const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::string:
    case json::Kind::number:
      return value.text();
    case json::Kind::boolean:
      return value.boolean() ? "true" : "false";
    case json::Kind::object: {
      const json::Value* const code = value.find("code");
      if (code != nullptr && (code->isString() || code->isNumber())) return code->text();
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

json::Value Constant::value() const {
  switch (kind) {
    case json::Kind::number:
      return json::Value::ofNumber(text);
    case json::Kind::boolean:
      return json::Value::ofBoolean(text == "true");
    default:
      return json::Value::ofText(text);
  }
}

json::Value Expression::evaluate(Run& run, const Scope& scope) const {
  const std::size_t before = run.problems.size();
  Uses& uses = run.workspace.uses;
  const std::size_t outer = uses.begin();
  const json::Value value = transformed(origin->take(run, scope), run, scope);
  uses.end(outer, !isAbsent(value));
  if (run.problems.size() != before) return {};
  if (!isAbsent(value)) return value;
  if (fallback) return fallback->value();
  if (required) {
    run.fail(codes::kMissing, scope.place,
             source + " is required by the mapping but empty or absent");
  }
  return {};
}

json::Value Expression::transformed(json::Value value, Run& run, const Scope& scope) const {
  for (const auto& transform : transforms) {
    if (isAbsent(value)) return {};
    if (!value.isArray() || transform->takesArrays()) {
      value = transform->apply(value, run, scope, source);
      continue;
    }
    std::vector<json::Value>& values = run.workspace.values;
    const std::size_t base = values.size();
    for (const json::Value& element : value.elements()) {
      if (isAbsent(element)) continue;
      const Place place{&scope.place, {}, static_cast<std::ptrdiff_t>(values.size() - base)};
      const json::Value made = transform->apply(element, run, Scope{scope.base, place}, source);
      if (!isAbsent(made)) values.push_back(made);
    }
    value =
        values.size() == base ? json::Value() : run.output.array(std::span(values).subspan(base));
    values.resize(base);
  }
  return value;
}

void ObjectTemplate::fill(Run& run, const Scope& scope) const {
  for (const Field& field : fields) {
    const Place place{&scope.place, field.pointer, -1};
    const Scope inner{scope.base, place};
    const json::Value value =
        field.expression ? field.expression->evaluate(run, inner) : field.object->make(run, inner);
    if (!value.isNull()) run.workspace.members.push_back({field.name, value});
  }
}

json::Value ObjectTemplate::make(Run& run, const Scope& scope) const {
  std::vector<json::Member>& members = run.workspace.members;
  const std::size_t base = members.size();
  fill(run, scope);
  const json::Value made =
      members.size() == base ? json::Value() : run.output.object(std::span(members).subspan(base));
  members.resize(base);
  return made;
}

std::string pointerToken(std::string_view name) {
  std::string out = "/";
  for (char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

}  // namespace lianqiao::expression
