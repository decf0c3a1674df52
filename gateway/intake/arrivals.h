#pragma once

#include <chrono>
#include <functional>

#include "base/log_line.h"
#include "intake/paced_loop.h"
#include "intake/replay.h"
#include "queue/poll_rights.h"
#include "queue/references.h"

namespace lianqiao::intake {

/// Takes up again what waited in quarantine for a reference, or for the step before it, once that
/// has come: in order of arrival, by the ordinary replay, so that what ends it half-way is done
/// once all the same. A step that is still early waits on. What else is still no record then is an
/// exception as any other, with its new cause. One thread; of the nodes on one Redis one does it.
/// REQUIRES: what is passed in outlives it.
class Arrivals {
 public:
  /// Between two looks: so long a step may lie though its order has been confirmed.
  static constexpr std::chrono::milliseconds kEvery{250};

  /// `wanted`: whether anything can wait at all; asked before each look.
  Arrivals(Replay& replay, queue::References& references, queue::PollRights& rights,
           std::function<bool()> wanted, base::LogLine log);

  void start();
  /// Ends after what is under way. Idempotent.
  void stop() { loop_.stop(); }
  /// One look; true where there was something.
  Result<bool> once();

 private:
  std::chrono::milliseconds turn();
  Result<void> conclude(const ReplayItem& item, const std::string& what);

  Replay& replay_;
  queue::References& references_;
  queue::PollRights& rights_;
  const std::function<bool()> wanted_;
  const base::LogLine log_;
  bool told_ = false;  ///< Of a failure that lasts.
  PacedLoop loop_;
};

}  // namespace lianqiao::intake
