#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "lianqiao/host.h"

namespace lianqiao::observe {

/// Whole hours since 1970 (UTC).
using HourNumber = std::int64_t;
[[nodiscard]] HourNumber hourOf(WallTime time);

/// So many weeks back an hour of the week is compared with itself.
inline constexpr int kWeeksCompared = 8;

/// Whether a peer is silent for longer than it usually is. Pure.
///
/// Each whole hour since `since` (when it was last heard of) is compared with the same hour of up
/// to eight weeks before, as far as it was known then: of n weeks in which it was silent s times,
/// its silence now has the likelihood (s + 1/2) / (n + 1/2). Hours of fewer than two weeks say
/// nothing. It is unusual where all of them together are less likely than 1 in 1,000. A night in
/// which it always is silent never is; a holiday is one to it only after a week.
///
/// `heard`: the hours in which something came. Returns with how many weeks those hours were
/// compared in which something mostly came; nothing where it is not unusual.
[[nodiscard]] std::optional<int> unusualSilence(const std::set<HourNumber>& heard, WallTime since,
                                                WallTime now);

}  // namespace lianqiao::observe
