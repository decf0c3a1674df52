#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lifecycle/deadline_rules.h"
#include "lifecycle/life_cycle_reader.h"
#include "lifecycle/working_calendar.h"
#include "record/leaf_classes.h"
#include "yaml/yaml_node.h"

namespace lianqiao::lifecycle {

/// All that says when something is due.
struct Deadlines {
  LifeCycles cycles;
  std::optional<WorkingCalendar> calendar;  ///< nullopt: no calendar.yaml, or findings in it.
  DeadlineRules rules;                      ///< None where there is no deadlines.yaml.
  /// Of the types that have limits.
  std::map<std::string, std::shared_ptr<const record::LeafClasses>, std::less<>> classes{};
  /// Limits, calendar and life cycles of the same content have the same; empty: there is no limit.
  std::string version{};
};

/// Reads the life cycles in `schemas` and compiles both files; nullptr: there is no such file.
/// Limits without a calendar are a finding. What is wrong becomes findings and is left out.
Deadlines compileDeadlines(const std::filesystem::path& schemas, const yaml::YamlNode* calendar,
                           const yaml::YamlNode* deadlines, yaml::Findings& findings);

/// What works today and will not for long, one sentence each.
[[nodiscard]] std::vector<std::string> cautions(const Deadlines& deadlines, WallTime now);

}  // namespace lianqiao::lifecycle
