#pragma once

#include "history/store.h"
#include "report/counting.h"

namespace lianqiao::report {

/// Counts a report over the records that the history keeps. Those that were accepted up to `follow`
/// before the period are looked at, too, so that what only changed in it did not come in it; and up
/// to `follow` after it, for their steps. Waits for the store; fails with what that fails with,
/// and as Counting does. Contents that are gone cannot be counted: `gone` says how many.
Result<Counting> countHistory(history::HistoryStore& store, const Report& report,
                              const Period& period, WallTime now, std::uint64_t& gone);

}  // namespace lianqiao::report
