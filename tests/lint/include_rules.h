#pragma once

#include <string>
#include <vector>

#include "lint/source_tree.h"

namespace lianqiao::lint {

/// Who may include whom, by folder of gateway/ and plugins/, and which third party stays behind
/// which fence. Each violation: `file:line: <what> is included; <the rule>`.
std::vector<std::string> includeViolations(const SourceFile& source);

/// Code of the pipeline and of adapters that starts threads or reads a clock.
std::vector<std::string> callViolations(const SourceFile& source);

/// Code of the product that locks, waits or starts threads in ways that clang cannot prove or ps
/// cannot name: lianqiao/mutex.h, base/mutex.h and base/named_thread.h have what it needs. base/
/// itself is free, and so is the conformance suite, which no gateway runs.
std::vector<std::string> threadViolations(const SourceFile& source);

}  // namespace lianqiao::lint
