#pragma once

#include <string>

#include "app/arguments.h"
#include "base/clock.h"

namespace lianqiao::app {

/// "peer=…&code=…&from=…&to=…" of the options `--peer --code --since --until` (`--from`, `--to` are
/// the same) for the admin API. A time is RFC 3339 or how long ago (30m, 2h, 7d). An Error says
/// which is neither.
Result<std::string> exceptionQuery(const Arguments& arguments,
                                   const base::Clock& clock = base::SystemClock());

}  // namespace lianqiao::app
