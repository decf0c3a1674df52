#pragma once

#include <filesystem>
#include <vector>

#include "record/schema_set.h"
#include "report/report.h"
#include "yaml/yaml_node.h"

namespace lianqiao::report {

/// reports.yaml → its reports, in the order of the file. A field that no record of the type has, a
/// step that no life cycle knows: what is wrong becomes findings, and the report is left out.
std::vector<Report> readReports(const yaml::YamlNode& root, const record::SchemaSet& schemas,
                                yaml::Findings& findings);
/// The same with the schemas of that folder; what is wrong with those is told by others.
std::vector<Report> readReports(const yaml::YamlNode& root, const std::filesystem::path& schemas,
                                yaml::Findings& findings);

}  // namespace lianqiao::report
