#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "file_drop/row.h"

namespace lianqiao::file_drop {

/// Opens a dropped file by what its first bytes say, then by its extension. `name` is what people
/// call it. Fails with decode.file (what it is instead, and what to do) or decode.limit.
Result<std::unique_ptr<ItemReader>> openLedger(const std::filesystem::path& path,
                                               const std::string& name, const ReadOptions& options);

/// False while a workbook's end is missing: it may still be arriving. Other files are always whole.
bool looksWhole(const std::filesystem::path& path);

}  // namespace lianqiao::file_drop
