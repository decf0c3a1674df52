#pragma once

#include <optional>

#include "admin/client.h"
#include "cli/arguments.h"

namespace lianqiao::cli {

/// The running node that a command is to talk to, by `--data` or the configuration of `--config`;
/// prints why there is none.
std::optional<admin::NodeFile> runningNode(const Arguments& arguments);

/// Who asks, also behind sudo: for the log.
std::string operatorName();

/// Prints why a call of it failed; the exit code: kUsage where no gateway runs any more.
int callFailed(const Error& error);

}  // namespace lianqiao::cli
