#pragma once

#include <string>
#include <string_view>

#include "yaml/yaml_node.h"

/// Findings as `lianqiao check` prints them. Thread-safe: works on what it is given.
///
/// An error refuses the configuration. A warning works and is surely not meant: a gateway starts
/// with it, `lianqiao check` fails.
namespace lianqiao::yaml {

/// `file:line:column: warning: path: what is not meant; what would be`.
[[nodiscard]] std::string warningText(const Finding& warning);

/// One line each, by file, line and column; empty when there is none.
[[nodiscard]] std::string toText(const Findings& errors, const Findings& warnings = {});

/// `[{"file":…,"line":…,"column":…,"path":…,"message":…,"remedy":…,
///   "severity":"error"|"warning"},…]`, in the same order; line and column are 0 where a
/// finding concerns a whole file.
[[nodiscard]] std::string toJson(const Findings& errors, const Findings& warnings = {});

/// True when one stands in that file, at that path or below it. What merely follows from it is not
/// told again.
[[nodiscard]] bool concern(const Findings& findings, std::string_view file,
                           std::string_view path = {});

}  // namespace lianqiao::yaml
