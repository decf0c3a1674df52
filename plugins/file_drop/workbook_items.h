#pragma once

#include <memory>
#include <string>

#include "file_drop/posix_file.h"
#include "file_drop/row.h"

namespace lianqiao::file_drop {

/// The rows of all sheets of a workbook that have the header, one sheet after the other; with
/// `options.sheet` naming one, of that alone. A visible sheet that has rows but no header, and a
/// hidden one that has it, is named by an item with a problem; where no sheet has the header, the
/// file fails with decode.file. Where the mappings are not known the first visible sheet with rows
/// is read and the others are named, or with `*` all are read.
///
/// What is small is read at once. Strings, the look at each sheet and the rows come with next(),
/// which pauses where `options.pace` is spent: each part is unpacked once for its merged cells, its
/// beginning for its header, and once for its rows.
Result<std::unique_ptr<ItemReader>> openWorkbookItems(Fd file, const std::string& name,
                                                      const ReadOptions& options);

}  // namespace lianqiao::file_drop
