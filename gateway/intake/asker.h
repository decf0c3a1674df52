#pragma once

#include "intake/inflow.h"

namespace lianqiao::intake {

/// What asks one peer for records, on a thread of its own from its construction to stop(): a Poller
/// its source, a SessionKeeper its session. Thread-safe, but stop() is for one thread at a time.
class Asker {
 public:
  Asker() = default;
  /// Stops.
  virtual ~Asker() = default;
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  /// A person knows that the peer is well again: it is asked now. Whether that was waited for.
  virtual bool resume() = 0;
  /// Asks the thread to end; waits for nothing.
  virtual void beginStop() = 0;
  /// Ends after what is under way. Idempotent.
  virtual void stop() = 0;
  /// A session is open, in which deliveries can go, too. Waits for nothing.
  [[nodiscard]] virtual bool isOpen() const = 0;
  [[nodiscard]] virtual InboundStatus status() const = 0;
};

}  // namespace lianqiao::intake
