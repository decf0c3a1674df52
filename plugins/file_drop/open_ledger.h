#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "file_drop/posix_file.h"
#include "file_drop/row.h"

namespace lianqiao::file_drop {

/// Reads a dropped file by what its first bytes say, then by the extension of `name`, which is what
/// people call it. Takes the descriptor: what stands under its name meanwhile does not matter.
/// Fails with decode.file (what it is instead, and what to do) or decode.limit.
Result<std::unique_ptr<ItemReader>> openLedger(Fd file, const std::string& name,
                                               const ReadOptions& options);
/// The same for a file that a person names.
Result<std::unique_ptr<ItemReader>> openLedger(const std::filesystem::path& path,
                                               const std::string& name, const ReadOptions& options);

/// A fault of the folder, the disk or the network below it, not of the file's content.
bool isFolderFault(const Error& error);
/// The one item that stands for a file that cannot be read.
RawItem unreadableItem(const std::string& name, const Error& error);

/// False while a workbook's end is missing: it may still be arriving. Other files are always whole.
bool looksWhole(const Fd& file, std::string_view name);

}  // namespace lianqiao::file_drop
