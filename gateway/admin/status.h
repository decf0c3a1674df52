#pragma once

#include <string>
#include <string_view>

#include "admin/api.h"
#include "lianqiao/result.h"

namespace lianqiao::admin {

/// Whose it is to mend, by the code of a state: "us", "network", "peer", "credential" or "data";
/// empty for no code.
[[nodiscard]] std::string_view faultOf(std::string_view code);

/// The answer of GET /v1/status: every configured peer, and those no longer configured that
/// something is still owed to or that have exceptions. `exceptions` are those that exist now;
/// `quarantined` and `buried` count since the queue was made. Fails with queue.unavailable.
/// `peer`: of that one alone; empty: of all.
Result<std::string> statusText(const Backend& backend, std::string_view peer = {});

}  // namespace lianqiao::admin
