#pragma once

#include <vector>

#include "expression/path.h"
#include "lianqiao/json.h"
#include "yaml/yaml_node.h"

namespace lianqiao::pipeline {

/// Paths of which one suffices: those of a `first:`, else one alone.
struct ReadPaths {
  /// A path, as steps from the source; each element of a list counts for what stands below `each:`.
  struct One {
    const yaml::YamlNode* place;  ///< Where the mapping names it.
    /// Lists that it stands below, outermost first.
    std::vector<std::vector<expression::Step>> scopes;
    std::vector<expression::Step> steps;
  };
  std::vector<One> any;
};

/// The paths that the expressions of an inbound mapping read: its key, its envelope, its fields.
/// Conditions are left out, for they may ask what is absent. What is no mapping yields none. `node`
/// must outlive the answer.
std::vector<ReadPaths> readPaths(const yaml::YamlNode& node);

/// The paths between the braces of a template, `{{` left out.
std::vector<std::string_view> pathsOfTemplate(std::string_view text);

/// True when the value of that expression is read, wholly or in part, from the source or the
/// record.
bool readsPath(const yaml::YamlNode& expression);

/// True when the source has a member or element there.
bool isIn(const json::Value& source, const ReadPaths::One& path);

}  // namespace lianqiao::pipeline
