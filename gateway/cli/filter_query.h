#pragma once

#include <string>

#include "base/clock.h"
#include "cli/arguments.h"

namespace lianqiao::cli {

/// "peer=…&code=…&from=…&to=…" of the options `--peer --code --since --until` (`--from`, `--to` are
/// the same) for the admin API. A time is RFC 3339 or how long ago (30m, 2h, 7d). An Error says
/// which is neither.
Result<std::string> filterQuery(const Arguments& arguments,
                                const base::Clock& clock = base::SystemClock());

}  // namespace lianqiao::cli
