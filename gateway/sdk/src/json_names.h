#pragma once

#include <span>

#include "lianqiao/json.h"

namespace lianqiao::json {

/// A member whose name another member has too, or nullptr. Linear or n log n: names come from
/// outside.
const Member* repeated(std::span<const Member> members);

}  // namespace lianqiao::json
