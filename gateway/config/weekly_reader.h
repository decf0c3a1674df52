#pragma once

#include <optional>
#include <string>

#include "base/weekly_hours.h"
#include "config/gateway_config.h"
#include "yaml/yaml_node.h"

/// What comes again each week, in a peer's file. Pure; wrong values become findings.
namespace lianqiao::config {

/// {at: ["02:00"], days: [1, 2, 3, 4, 5], within: 2h}: from each time on, for `within`; every day
/// unless some are named, 1 is Monday. `zone`: ±HH:MM. Nothing where it is not whole.
std::optional<base::WeeklyHours> readSchedule(const yaml::YamlNode& node, const std::string& zone,
                                              yaml::Findings& findings);

/// {within: 30m, hours: ["08:00-18:00"], days: [1, 2, 3, 4, 5]}: all day unless hours are named.
std::optional<Expectation> readExpectation(const yaml::YamlNode& node, const std::string& zone,
                                           yaml::Findings& findings);

}  // namespace lianqiao::config
