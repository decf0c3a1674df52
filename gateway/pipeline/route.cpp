#include "pipeline/route.h"

#include <algorithm>

#include "pipeline/clean.h"
#include "pipeline/event_shape.h"
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

}  // namespace

/// Adds what is wrong with one condition of a route.
class RouteTeller {
 public:
  RouteTeller(const config::Route& route, const config::RouteCondition& condition,
              const config::Node* place, config::Findings& findings)
      : route_(route), condition_(condition), place_(place), findings_(findings) {}

  void tell(std::string message, std::string remedy, std::string_view value = {}) const {
    config::Position position = place_ == nullptr ? route_.position : place_->position();
    if (place_ != nullptr) {
      for (const config::Node& item : place_->items())
        position = item.text() == value ? item.position() : position;
    }
    findings_.add(
        {"routes.yaml", position, "route " + route_.name, std::move(message), std::move(remedy)});
  }

  /// Values of the condition that nothing has: it would never hold.
  void checkValues(const std::vector<std::string_view>& known, const std::string& what) const {
    if (!namesValues(condition_) || known.empty()) return;
    for (const std::string& value : condition_.values) {
      std::string buffer;
      if (std::find(known.begin(), known.end(), comparable(value, buffer)) != known.end()) continue;
      tell(what + " `" + value + "`", suggestion(value, known), value);
    }
  }

 private:
  const config::Route& route_;
  const config::RouteCondition& condition_;
  const config::Node* place_;
  config::Findings& findings_;
};

namespace {

/// Of the condition in the file; nullptr where that has other routes than were read.
const config::Node* placeIn(const config::Node* file, std::size_t route, const std::string& path) {
  const config::Node* const all = file == nullptr ? nullptr : file->find("routes");
  if (all == nullptr || route >= all->items().size()) return nullptr;
  const config::Node* const when = all->items()[route].find("when");
  return when == nullptr ? nullptr : when->find(path);
}

}  // namespace

Router Router::compile(const std::vector<config::Route>& routes, const SchemaIndex& schemas,
                       config::Findings& findings, const config::Node* file) {
  Router router;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    Way way;
    way.to = routes[i].to;
    for (const config::RouteCondition& condition : routes[i].when) {
      const RouteTeller teller(routes[i], condition, placeIn(file, i, condition.path), findings);
      compileClause(routes[i], condition, schemas, way, teller);
    }
    router.ways_.push_back(std::move(way));
  }
  return router;
}

void Router::compileClause(const config::Route& route, const config::RouteCondition& condition,
                           const SchemaIndex& schemas, Way& way, const RouteTeller& teller) {
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
      teller.checkValues(types, "there is no schema for the type");
    } else if (clause.subject == Subject::priority) {
      teller.checkValues({std::begin(kPriorities), std::end(kPriorities)}, "there is no priority");
    }
  } else if (path.starts_with("data.")) {
    auto steps = parsePath(path.substr(5));
    if (!steps) return teller.tell(steps.error().detail, "");
    clause.path = std::move(*steps);
    std::vector<std::string_view> values;
    bool known = false;
    bool anything = false;
    std::vector<std::string> looked;
    const std::vector<std::string> types = typesOf(route);
    for (const auto& [type, schema] : schemas) {
      if (!types.empty() && std::find(types.begin(), types.end(), type) == types.end()) continue;
      looked.push_back(type);
      if (const auto shape = shapeAt(clause.path, schema->source())) {
        known = true;
        const std::vector<std::string_view> these = valuesAt(*shape);
        anything = anything || these.empty();
        values.insert(values.end(), these.begin(), these.end());
      }
    }
    if (!anything)
      teller.checkValues(values, "no record has in `" + condition.path + "` the value");
    if (!known && !looked.empty()) {
      std::vector<Step> whole = clause.path;
      whole.insert(whole.begin(), Step{"data", -1});
      return teller.tell("no record of these types has the field `" + condition.path + "`",
                         EventShape::of(looked, schemas).at(whole).remedy());
    }
  } else {
    return teller.tell("`" + condition.path + "` is nothing that a route can test",
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
