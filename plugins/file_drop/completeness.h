#pragma once

#include <string>

#include "file_drop/drop_settings.h"
#include "file_drop/folder.h"
#include "file_drop/folder_look.h"
#include "lianqiao/host.h"

namespace lianqiao::file_drop {

struct Completeness {
  bool complete = false;
  std::string missing;  ///< What has been missing for so long that a person must know.
};

/// Whether all signs say that a settled file is complete: nobody of this machine writes it, its
/// marker and manifest are there where they are set, a workbook has its end. Where the system
/// cannot say who writes it, or its end is no line's end, it must have been quiet for longer.
/// `quiet` is for how long the gateway has seen it unchanged.
Completeness completenessOf(const DropSettings& settings, const Folder& drop,
                            const std::string& name, const Fd& content,
                            std::chrono::milliseconds quiet);

}  // namespace lianqiao::file_drop
