#include "schema/schema.h"

#include "fuzz/fuzz.h"

namespace lianqiao::fuzz {

/// A schema and a value.
LIANQIAO_FUZZ_TARGET(schema) {
  const auto parts = texts(input, 2);
  std::vector<Problem> faults;
  const auto schema = schema::Schema::compile(std::string(parts[0]), faults);
  demand(schema.has_value() == faults.empty(), "a schema is either compiled or has faults");
  json::Document value;
  if (!schema || !json::parse(parts[1], value)) return;
  std::vector<Problem> problems;
  const bool fits = schema->check(value.root, problems);
  demand(fits == problems.empty(), "a value either fits or has problems");
  demand(fits == schema->accepts(value.root), "telling why changes no verdict");
  demand(problems.size() <= schema::kMaxProblems, "problems are bounded");
  for (const Problem& problem : problems) {
    demand(!problem.message.empty(), "a problem says what is wrong");
    demand(problem.path.empty() || problem.path.starts_with('/'), "a problem's path is a pointer");
  }
}

}  // namespace lianqiao::fuzz
