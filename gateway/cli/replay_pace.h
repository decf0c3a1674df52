#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace lianqiao::cli {

/// How large a replay's pages are and how long it waits between them. 0 = unbounded. Immutable.
struct ReplayPace {
  static constexpr std::size_t kMostPerCall = 100;

  std::size_t rate = 0;   ///< Exceptions a second.
  std::size_t limit = 0;  ///< In all.

  /// Of the page after `seen` ones; 0 at the limit. A tenth of a second's worth, so that the pace
  /// is even and an interruption is heard soon.
  [[nodiscard]] std::size_t page(std::size_t seen) const {
    std::size_t most =
        rate == 0 ? kMostPerCall : std::clamp<std::size_t>(rate / 10, 1, kMostPerCall);
    if (limit > 0) most = std::min(most, limit - std::min(limit, seen));
    return most;
  }
  /// Until the next page may start, when `seen` ones took so long.
  [[nodiscard]] std::chrono::nanoseconds pause(std::size_t seen,
                                               std::chrono::nanoseconds passed) const {
    using std::chrono::nanoseconds;
    if (rate == 0) return nanoseconds(0);
    const std::chrono::duration<double> due(static_cast<double>(seen) / static_cast<double>(rate));
    return std::max(nanoseconds(0), std::chrono::duration_cast<nanoseconds>(due) - passed);
  }
};

}  // namespace lianqiao::cli
