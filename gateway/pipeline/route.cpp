#include "pipeline/route.h"

#include <algorithm>

#include "pipeline/clean.h"
#include "pipeline/reading.h"

namespace lianqiao::pipeline {
namespace {

constexpr std::string_view kSubjects[] = {"type", "peer", "priority", "data."};

const json::Value* valueAt(const json::Value& data, const std::vector<Step>& path) {
  const json::Value* value = &data;
  for (const Step& step : path) {
    if (step.index >= 0) {
      const auto index = static_cast<std::size_t>(step.index);
      value = value->isArray() && index < value->size() ? &value->elements()[index] : nullptr;
    } else {
      value = value->find(step.name);
    }
    if (value == nullptr) return nullptr;
  }
  return value;
}

/// nullopt where the schema has no such place.
std::optional<TargetShape> shapeAt(const std::vector<Step>& path, const json::Value& schema) {
  TargetShape shape = TargetShape::of(schema);
  for (const Step& step : path) {
    auto inner = step.index >= 0 ? std::optional(shape.items()) : shape.member(step.name);
    if (!inner) return std::nullopt;
    shape = std::move(*inner);
  }
  return shape;
}

/// What the schema lists of the values there; of a coded value the codes. Empty: anything.
std::vector<std::string_view> valuesAt(const TargetShape& shape) {
  std::vector<std::string_view> values = shape.allowedTexts();
  const auto code = values.empty() ? shape.member("code") : std::nullopt;
  return code ? code->allowedTexts() : values;
}

constexpr std::string_view kPriorities[] = {"normal", "high"};

bool namesValues(const config::RouteCondition& condition) {
  using Operator = config::RouteCondition::Operator;
  return condition.op == Operator::equals || condition.op == Operator::one_of;
}

/// Types that the route's other conditions leave; empty = all.
std::vector<std::string> typesOf(const config::Route& route) {
  for (const config::RouteCondition& condition : route.when) {
    if (condition.path == "type" && namesValues(condition)) return condition.values;
  }
  return {};
}

void addFinding(config::Findings& findings, const config::Route& route, std::string message,
                std::string remedy) {
  findings.add({"routes.yaml", route.position, "route " + route.name, std::move(message),
                std::move(remedy)});
}

}  // namespace

namespace {

/// Values of a condition that nothing has: it would never hold.
void checkValues(const config::Route& route, const config::RouteCondition& condition,
                 const std::vector<std::string_view>& known, const std::string& what,
                 config::Findings& findings) {
  if (!namesValues(condition) || known.empty()) return;
  for (const std::string& value : condition.values) {
    std::string buffer;
    if (std::find(known.begin(), known.end(), comparable(value, buffer)) != known.end()) continue;
    addFinding(findings, route, what + " `" + value + "`", suggestion(value, known));
  }
}

}  // namespace

Router Router::compile(const std::vector<config::Route>& routes, const SchemaIndex& schemas,
                       config::Findings& findings) {
  Router router;
  for (const config::Route& route : routes) {
    Way way;
    way.to = route.to;
    for (const config::RouteCondition& condition : route.when)
      compileClause(route, condition, schemas, way, findings);
    router.ways_.push_back(std::move(way));
  }
  return router;
}

void Router::compileClause(const config::Route& route, const config::RouteCondition& condition,
                           const SchemaIndex& schemas, Way& way, config::Findings& findings) {
  Clause clause{Subject::data, {}, {}};
  clause.test.op = static_cast<Test::Operator>(condition.op);
  for (const std::string& value : condition.values) {
    std::string buffer;
    clause.test.operands.emplace_back(comparable(value, buffer));
  }
  const std::string_view path = condition.path;
  const auto named = std::find(std::begin(kSubjects), std::end(kSubjects), path);
  if (named != std::end(kSubjects)) {
    clause.subject = static_cast<Subject>(named - std::begin(kSubjects));
    if (clause.subject == Subject::type) {
      std::vector<std::string_view> types;
      for (const auto& [type, schema] : schemas) types.emplace_back(type);
      checkValues(route, condition, types, "there is no schema for the type", findings);
    } else if (clause.subject == Subject::priority) {
      checkValues(route, condition, {std::begin(kPriorities), std::end(kPriorities)},
                  "there is no priority", findings);
    }
  } else if (path.starts_with("data.")) {
    auto steps = parsePath(path.substr(5));
    if (!steps) return addFinding(findings, route, steps.error().detail, "");
    clause.path = std::move(*steps);
    std::vector<std::string_view> names;
    std::vector<std::string_view> values;
    bool known = false;
    bool anything = false;
    bool someType = false;
    const std::vector<std::string> types = typesOf(route);
    for (const auto& [type, schema] : schemas) {
      if (!types.empty() && std::find(types.begin(), types.end(), type) == types.end()) continue;
      someType = true;
      if (const auto shape = shapeAt(clause.path, schema->source())) {
        known = true;
        const std::vector<std::string_view> these = valuesAt(*shape);
        anything = anything || these.empty();
        values.insert(values.end(), these.begin(), these.end());
      }
      for (std::string_view name : TargetShape::of(schema->source()).names()) names.push_back(name);
    }
    if (!anything)
      checkValues(route, condition, values, "no record has in `" + condition.path + "` the value",
                  findings);
    if (!known && someType) {
      return addFinding(findings, route,
                        "no record of these types has the field `" + condition.path + "`",
                        suggestion(clause.path.front().name, names));
    }
  } else {
    return addFinding(findings, route, "`" + condition.path + "` is nothing that a route can test",
                      "write type, peer, priority or data.<field>");
  }
  way.clauses.push_back(std::move(clause));
}

bool Router::holds(const Clause& clause, const record::Record& record, const json::Value& data) {
  json::Value value;
  switch (clause.subject) {
    case Subject::type:
      value = json::Value::ofText(record.type);
      break;
    case Subject::peer:
      value = json::Value::ofText(record.peer);
      break;
    case Subject::priority:
      value = json::Value::ofText(record.priority == record::Priority::high ? "high" : "normal");
      break;
    case Subject::data:
      return clause.test.holds(valueAt(data, clause.path));
  }
  return clause.test.holds(&value);
}

std::vector<std::string> Router::destinations(const record::Record& record,
                                              const json::Value& data) const {
  std::vector<std::string> to;
  for (const Way& way : ways_) {
    const auto fits = [&](const Clause& clause) { return holds(clause, record, data); };
    if (!std::all_of(way.clauses.begin(), way.clauses.end(), fits)) continue;
    for (const std::string& peer : way.to) {
      if (std::find(to.begin(), to.end(), peer) == to.end()) to.push_back(peer);
    }
  }
  return to;
}

}  // namespace lianqiao::pipeline
