#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.h"
#include "expression/record_clause.h"
#include "pipeline/mapping.h"
#include "record/record.h"

namespace lianqiao::pipeline {

using MappingIndex = std::map<std::string, std::shared_ptr<const Mapping>, std::less<>>;

/// The rules of derivations.yaml. Immutable and thread-safe.
class Derivations {
 public:
  struct Rule {
    std::string name;
    std::vector<expression::RecordClause> when;
    std::shared_ptr<const Mapping> mapping;
    std::vector<std::vector<expression::Step>> by{};  ///< Of `once`; empty: there is none.
    std::chrono::milliseconds within{0};
  };
  /// So many records at most are derived from one, by all rules that may follow each other.
  static constexpr std::size_t kMostDerived = 9;

  /// Every mistake becomes a finding in derivations.yaml. Rules that may follow each other without
  /// end, or to more than kMostDerived records, are mistakes. `mappings` may hold null for those
  /// that have findings of their own.
  static Derivations compile(const config::GatewayConfig& config, const MappingIndex& mappings,
                             const SchemaIndex& schemas, yaml::Findings& findings);

  /// Those of which all conditions hold, in the order of the file.
  [[nodiscard]] std::vector<const Rule*> holding(const record::Record& record,
                                                 const json::Value& data) const;
  /// nullptr: there is none of that name.
  [[nodiscard]] const Rule* find(std::string_view name) const;

 private:
  std::vector<Rule> rules_;
};

/// What `<rule>` makes of the record with that id has always the same id, of the same millisecond:
/// a step that is repeated makes the same record.
[[nodiscard]] std::string derivedId(std::string_view cause, std::string_view rule);

}  // namespace lianqiao::pipeline
