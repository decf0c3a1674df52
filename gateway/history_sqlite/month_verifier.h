#pragma once

#include <filesystem>

#include "history/month.h"
#include "history/store.h"
#include "history_sqlite/month_file.h"

namespace lianqiao::history {

/// Looks through the whole file of a month: SQLite's own structures, every block, every row's
/// content, every term's record, the counts against the rows. Adds to `found`. Pure but for the
/// file.
void verifyMonth(const std::filesystem::path& file, const Month& month, Verified& found);

}  // namespace lianqiao::history
