#include "lifecycle/deadline_clause.h"

#include "config/route_reader.h"

namespace lianqiao::lifecycle {

std::vector<expression::RecordClause> readClauses(const yaml::YamlNode& when, std::string_view type,
                                                  const record::SchemaSet& schemas,
                                                  yaml::Findings& findings) {
  expression::SchemaIndex index;
  for (const std::string_view name : schemas.types())
    index[std::string(name)] = &schemas.find(name)->schema;
  const std::vector<std::string> types = {std::string(type)};
  std::vector<expression::RecordClause> clauses;
  for (const config::RouteCondition& condition : config::readConditions(when, findings)) {
    const yaml::YamlNode& node = *when.find(condition.path);
    if (condition.path == "type") {
      findings.add(node.finding("the type stands beside `when`", "write type: above it"));
      continue;
    }
    const auto tell = [&](yaml::Position position, std::string message, std::string remedy) {
      yaml::Finding finding = node.finding(std::move(message), std::move(remedy));
      finding.position = position;
      findings.add(std::move(finding));
    };
    auto clause = expression::RecordClause::compile(condition, types, index, tell);
    if (clause) clauses.push_back(std::move(*clause));
  }
  return clauses;
}

}  // namespace lianqiao::lifecycle
