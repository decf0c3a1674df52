#pragma once

#include "queue/deliveries.h"
#include "queue/nonces.h"
#include "queue/poll_rights.h"
#include "queue/queue_health.h"
#include "queue/submissions.h"

/// The durable middle. Key layout and state moves: FORMAT.md.
namespace lianqiao::queue {

class RecordStore;

/// The durable middle by its users: each is given the one that it needs. All live as long as the
/// queue.
class WorkQueue {
 public:
  virtual ~WorkQueue() = default;

  [[nodiscard]] virtual Submissions& submissions() = 0;
  [[nodiscard]] virtual Deliveries& deliveries() = 0;
  [[nodiscard]] virtual PollRights& pollRights() = 0;
  [[nodiscard]] virtual Nonces& nonces() = 0;
  [[nodiscard]] virtual const QueueHealth& health() const = 0;
  /// What people ask of the records that are kept.
  [[nodiscard]] virtual RecordStore& records() = 0;
};

}  // namespace lianqiao::queue
