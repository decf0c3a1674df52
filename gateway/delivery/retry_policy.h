#pragma once

#include <chrono>
#include <optional>

#include "config/gateway_config.h"
#include "lianqiao/roles.h"

namespace lianqiao::delivery {

/// When to try again. Pure.
///
/// Jitter over [0.1, 1) of min(cap, first · factor^(attempt−1)), never before the peer's own
/// `notBefore`. Age decides when to give up, not the count: nullopt once the next try would fall
/// later than `maxAge` after acceptance. `random` is uniform in [0, 1).
std::optional<std::chrono::milliseconds> nextTry(
    const config::RetryPolicy& policy, int attempt, std::chrono::milliseconds age, double random,
    std::optional<std::chrono::milliseconds> notBefore);

}  // namespace lianqiao::delivery
