#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/result.h"

namespace lianqiao::queue {

/// Which sources this node polls, where each stands, and which sessions it has open. Thread-safe.
/// Every call that waits has the configured time limit and fails with queue.unavailable.
class PollRights {
 public:
  virtual ~PollRights() = default;

  /// The right to ask a peer, by its source or its session, which one node at a time has: its
  /// token, or nothing while it is another's. Cheap while it is held; ask before each poll. A token
  /// other than last time's means that another may have polled meanwhile.
  virtual Result<std::optional<std::string>> take(std::string_view peer) = 0;
  /// Another node may poll it from now on.
  virtual void giveUp(std::string_view peer) = 0;
  virtual Result<std::string> cursor(std::string_view peer) = 0;
};

}  // namespace lianqiao::queue
