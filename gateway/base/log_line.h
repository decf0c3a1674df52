#pragma once

#include <functional>
#include <string_view>

#include "lianqiao/host.h"

namespace lianqiao::base {

/// Where the few lines of a part go that has no log of its own: a connection lost or back, a server
/// started or dead. Thread-safe.
using LogLine = std::function<void(LogLevel, std::string_view)>;

}  // namespace lianqiao::base
