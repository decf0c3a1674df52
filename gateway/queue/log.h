#pragma once

#include <functional>
#include <string_view>

#include "lianqiao/host.h"

namespace lianqiao::queue {

/// Where the queue's few lines go: a connection lost or back, a server started or dead.
/// Thread-safe.
using Log = std::function<void(LogLevel, std::string_view)>;

}  // namespace lianqiao::queue
