#pragma once

#include <string>
#include <vector>

#include "config/gateway_config.h"
#include "expression/condition.h"
#include "pipeline/mapping.h"
#include "record/record.h"

namespace lianqiao::pipeline {

class RouteTeller;

/// Which peers must have a record. Immutable and thread-safe.
class Router {
 public:
  /// Paths are checked against the schemas (of the types that the route names, else of all). Every
  /// mistake becomes a finding in routes.yaml, at its own place.
  static Router compile(const std::vector<config::Route>& routes, const SchemaIndex& schemas,
                        yaml::Findings& findings);

  /// Every route whose conditions all hold adds its peers, each once, in the order of the file.
  [[nodiscard]] std::vector<std::string> destinations(const record::Record& record,
                                                      const json::Value& data) const;

 private:
  enum class Subject : std::uint8_t { type, peer, priority, data };
  struct Clause {
    Subject subject;
    std::vector<expression::Step> path;  // below data
    expression::Test test;
  };
  struct Way {
    std::vector<Clause> clauses;
    std::vector<std::string> to;
  };

  static void compileClause(const config::Route& route, const config::RouteCondition& condition,
                            const SchemaIndex& schemas, Way& way, const RouteTeller& teller);
  static bool holds(const Clause& clause, const record::Record& record, const json::Value& data);

  std::vector<Way> ways_;
};

}  // namespace lianqiao::pipeline
