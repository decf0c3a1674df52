#include "pipeline/route.h"

#include <algorithm>

namespace lianqiao::pipeline {

Router Router::compile(const std::vector<config::Route>& routes, const SchemaIndex& schemas,
                       yaml::Findings& findings) {
  Router router;
  for (const config::Route& route : routes) {
    Way way;
    way.to = route.to;
    const auto tell = [&](yaml::Position position, std::string message, std::string remedy) {
      findings.add(
          {"routes.yaml", position, "route " + route.name, std::move(message), std::move(remedy)});
    };
    const std::vector<std::string> types = expression::typesOf(route.when);
    for (const config::RouteCondition& condition : route.when) {
      auto clause = expression::RecordClause::compile(condition, types, schemas, tell);
      if (clause) way.clauses.push_back(std::move(*clause));
    }
    router.ways_.push_back(std::move(way));
  }
  return router;
}

std::vector<std::string> Router::destinations(const record::Record& record,
                                              const json::Value& data) const {
  const auto subject = expression::RecordSubject::of(record, data);
  std::vector<std::string> to;
  for (const Way& way : ways_) {
    if (!expression::allHold(way.clauses, subject)) continue;
    for (const std::string& peer : way.to) {
      if (std::find(to.begin(), to.end(), peer) == to.end()) to.push_back(peer);
    }
  }
  return to;
}

}  // namespace lianqiao::pipeline
