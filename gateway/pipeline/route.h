#pragma once

#include <string>
#include <vector>

#include "config/gateway_config.h"
#include "expression/record_clause.h"
#include "pipeline/mapping.h"
#include "record/record.h"

namespace lianqiao::pipeline {

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
  struct Way {
    std::vector<expression::RecordClause> clauses;
    std::vector<std::string> to;
  };

  std::vector<Way> ways_;
};

}  // namespace lianqiao::pipeline
