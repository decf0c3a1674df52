#include "pipeline/route.h"

#include <algorithm>

#include "expression/clean.h"
#include "expression/reading.h"
#include "pipeline/event_shape.h"

namespace lianqiao::pipeline {
namespace {

constexpr std::string_view kSubjects[] = {"type", "peer", "priority", "data."};

constexpr std::string_view kPriorities[] = {"normal", "high"};

bool namesValues(const config::RouteCondition& condition) {
  return condition.op == config::RouteCondition::Operator::equals ||
         condition.op == config::RouteCondition::Operator::one_of;
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
              yaml::Findings& findings)
      : route_(route), condition_(condition), findings_(findings) {}

  void tell(std::string message, std::string remedy) const {
    tellAt(condition_.position, std::move(message), std::move(remedy));
  }

  /// Values of the condition that nothing has: it would never hold.
  void checkValues(const std::vector<std::string_view>& known, const std::string& what) const {
    if (!namesValues(condition_) || known.empty()) return;
    for (std::size_t i = 0; i < condition_.values.size(); ++i) {
      const std::string& value = condition_.values[i];
      std::string buffer;
      if (std::find(known.begin(), known.end(), expression::comparable(value, buffer)) !=
          known.end())
        continue;
      tellAt(i < condition_.places.size() ? condition_.places[i] : condition_.position,
             what + " `" + value + "`", expression::suggestion(value, known));
    }
  }

 private:
  void tellAt(yaml::Position position, std::string message, std::string remedy) const {
    findings_.add(
        {"routes.yaml", position, "route " + route_.name, std::move(message), std::move(remedy)});
  }

  const config::Route& route_;
  const config::RouteCondition& condition_;
  yaml::Findings& findings_;
};

Router Router::compile(const std::vector<config::Route>& routes, const SchemaIndex& schemas,
                       yaml::Findings& findings) {
  Router router;
  for (const config::Route& route : routes) {
    Way way;
    way.to = route.to;
    for (const config::RouteCondition& condition : route.when) {
      const RouteTeller teller(route, condition, findings);
      compileClause(route, condition, schemas, way, teller);
    }
    router.ways_.push_back(std::move(way));
  }
  return router;
}

void Router::compileClause(const config::Route& route, const config::RouteCondition& condition,
                           const SchemaIndex& schemas, Way& way, const RouteTeller& teller) {
  Clause clause{Subject::data, {}, {}};
  clause.test.op = static_cast<expression::Test::Operator>(condition.op);
  for (const std::string& value : condition.values) {
    std::string buffer;
    clause.test.operands.emplace_back(expression::comparable(value, buffer));
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
    auto steps = expression::parsePath(path.substr(5));
    if (!steps) return teller.tell(steps.error().detail, "");
    clause.path = std::move(*steps);
    std::vector<std::string> looked;
    const std::vector<std::string> types = typesOf(route);
    for (const auto& [type, schema] : schemas) {
      if (types.empty() || std::find(types.begin(), types.end(), type) != types.end())
        looked.push_back(type);
    }
    std::vector<expression::Step> whole = clause.path;
    whole.insert(whole.begin(), expression::Step{"data", -1});
    const EventShape place = EventShape::of(looked, schemas).at(whole);
    if (!looked.empty() && place.empty())
      return teller.tell("no record of these types has the field `" + condition.path + "`",
                         place.remedy());
    if (const auto all = place.values())
      teller.checkValues({all->begin(), all->end()},
                         "no record has in `" + condition.path + "` the value");
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
      return clause.test.holds(expression::valueAt(data, clause.path));
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
