#pragma once

#include "lianqiao/descriptor.h"

namespace lianqiao::file_drop {

/// Ledgers in a folder: source, sink and mock. See README.md.
const Descriptor& descriptor();

}  // namespace lianqiao::file_drop
