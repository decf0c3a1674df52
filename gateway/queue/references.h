#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/result.h"
#include "record/reference.h"

namespace lianqiao::queue {

/// The cross-references between our keys and peers' own ids (FORMAT.md, "References"). They are
/// written with what tells them: a record that comes, a receipt. Thread-safe. Each call is one
/// round trip, and fails with queue.unavailable.
class References {
 public:
  virtual ~References() = default;

  /// The key that each stands for, in their order; empty where none is known.
  virtual Result<std::vector<std::string>> keysOf(std::span<const record::Reference> ids) = 0;
  /// What `peer` itself calls the thing of each key; empty where it has told nothing.
  virtual Result<std::vector<std::string>> idsOf(std::string_view peer,
                                                 std::span<const std::string> keys) = 0;
};

}  // namespace lianqiao::queue
