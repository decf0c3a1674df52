#pragma once

#include <chrono>
#include <string_view>

#include "lianqiao/result.h"

namespace lianqiao::queue {

/// What was used once and may not be used again. Thread-safe. A call that waits has the configured
/// time limit and fails with queue.unavailable.
class Nonces {
 public:
  virtual ~Nonces() = default;

  /// True when (scope, nonce) is new within `keep`, or was remembered for the same `use`; an empty
  /// `use` is like no other. Replay protection that survives restarts.
  virtual Result<bool> remember(std::string_view scope, std::string_view nonce,
                                std::string_view use, std::chrono::milliseconds keep) = 0;
};

}  // namespace lianqiao::queue
