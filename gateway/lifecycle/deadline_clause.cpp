#include "lifecycle/deadline_clause.h"

#include <algorithm>

#include "config/route_reader.h"
#include "expression/clean.h"
#include "expression/reading.h"
#include "expression/target_shape.h"

namespace lianqiao::lifecycle {
namespace {

using yaml::Findings;
using yaml::YamlNode;

/// Finds a field that no record of the type has, and a value that it never has.
void checkField(const YamlNode& node, const DeadlineRule::Clause& clause, std::string_view type,
                const record::SchemaSet& schemas, Findings& findings) {
  const record::TypeSchema* const schema = schemas.find(type);
  if (schema == nullptr) return;
  expression::TargetShape shape = expression::TargetShape::of(schema->schema.source());
  for (const expression::Step& step : clause.path) {
    if (step.index >= 0) {
      shape = shape.items();
      continue;
    }
    if (shape.known() && shape.takes(json::Kind::array) && !shape.takes(json::Kind::object))
      shape = shape.items();
    auto member =
        shape.known() && !shape.takes(json::Kind::object) ? std::nullopt : shape.member(step.name);
    if (!member) {
      findings.add(node.finding("no " + std::string(type) + " has the field '" + step.name + "'",
                                expression::suggestion(step.name, shape.names())));
      return;
    }
    shape = *std::move(member);
  }
  if (clause.test.op != expression::Test::Operator::equals &&
      clause.test.op != expression::Test::Operator::one_of)
    return;
  for (const std::string& value : clause.test.operands) {
    if (shape.excludes(value))
      findings.add(node.finding("the field never has the value '" + value + "'",
                                expression::suggestion(value, shape.allowedTexts())));
  }
}

}  // namespace

std::vector<DeadlineRule::Clause> readClauses(const YamlNode& when, std::string_view type,
                                              const record::SchemaSet& schemas,
                                              Findings& findings) {
  std::vector<DeadlineRule::Clause> clauses;
  for (const config::RouteCondition& condition : config::readConditions(when, findings)) {
    const YamlNode* const node = when.find(condition.path);
    DeadlineRule::Clause clause;
    clause.test.op = static_cast<expression::Test::Operator>(condition.op);
    for (const std::string& value : condition.values) {
      std::string buffer;
      clause.test.operands.emplace_back(expression::comparable(value, buffer));
    }
    if (condition.path == "type") {
      findings.add(node->finding("the type stands beside `when`", "write type: above it"));
      continue;
    }
    if (condition.path == "peer") clause.subject = DeadlineRule::Clause::Subject::peer;
    if (condition.path == "priority") clause.subject = DeadlineRule::Clause::Subject::priority;
    if (condition.path.starts_with("data.")) {
      auto steps = expression::parsePath(std::string_view(condition.path).substr(5));
      if (!steps) {
        findings.add(node->finding(steps.error().detail));
        continue;
      }
      clause.path = std::move(*steps);
      checkField(*node, clause, type, schemas, findings);
    }
    clauses.push_back(std::move(clause));
  }
  return clauses;
}

}  // namespace lianqiao::lifecycle
