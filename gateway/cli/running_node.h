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

/// Asks it and prints what it says, as JSON where `view` is none; the exit code.
int printAnswer(const admin::NodeFile& node, const std::string& target,
                std::string (*view)(std::string_view));

/// Prints what is wrong with a command's words; the exit code.
int printUsage(const Error& error);

}  // namespace lianqiao::cli
