#pragma once

#include <string>

#include "config/node.h"

/// Findings as `lianqiao check` prints them. Thread-safe: works on what it is given.
namespace lianqiao::config {

/// One line each, by file, line and column; empty when there is none.
[[nodiscard]] std::string toText(const Findings& findings);

/// `[{"file":…,"line":…,"column":…,"path":…,"message":…,"remedy":…},…]`, in the same order; line
/// and column are 0 where a finding concerns a whole file.
[[nodiscard]] std::string toJson(const Findings& findings);

}  // namespace lianqiao::config
