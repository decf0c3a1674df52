#pragma once

#include <optional>

#include "admin/client.h"
#include "app/arguments.h"

namespace lianqiao::app {

/// The running node that a command is to talk to, by `--data` or the configuration of `--config`;
/// prints why there is none.
std::optional<admin::NodeFile> runningNode(const Arguments& arguments);

}  // namespace lianqiao::app
