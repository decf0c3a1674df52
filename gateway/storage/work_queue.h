#pragma once

#include "queue/deliveries.h"
#include "queue/nonces.h"
#include "queue/poll_rights.h"
#include "queue/queue_health.h"
#include "queue/references.h"
#include "queue/submissions.h"
#include "record/journal.h"

namespace lianqiao::review {
class DeadlineBook;
class PeerSigns;
class RecordStore;
class ResendLists;
}  // namespace lianqiao::review

/// The durable storage, put together. Key layout and state moves: queue/FORMAT.md.
namespace lianqiao::storage {

/// The durable storage by its users: each is given the one that it needs. All live as long as the
/// queue.
class WorkQueue {
 public:
  virtual ~WorkQueue() = default;

  [[nodiscard]] virtual queue::Submissions& submissions() = 0;
  [[nodiscard]] virtual queue::Deliveries& deliveries() = 0;
  [[nodiscard]] virtual queue::PollRights& pollRights() = 0;
  [[nodiscard]] virtual queue::Nonces& nonces() = 0;
  [[nodiscard]] virtual queue::References& references() = 0;
  [[nodiscard]] virtual const queue::QueueHealth& health() const = 0;
  /// What people ask of the records that are kept.
  [[nodiscard]] virtual review::RecordStore& records() = 0;
  /// What people have sent again.
  [[nodiscard]] virtual review::ResendLists& resends() = 0;
  /// When each peer was last heard of, and when it was away; thread-safe. Null until Redis was
  /// reached for the first time.
  [[nodiscard]] virtual review::PeerSigns* signs() = 0;
  /// What is due when; thread-safe. Null until Redis was reached for the first time.
  [[nodiscard]] virtual review::DeadlineBook* deadlines() = 0;
  /// What became durable, for who keeps the history; thread-safe. Null until Redis was reached for
  /// the first time.
  [[nodiscard]] virtual record::Journal* journal() = 0;
};

}  // namespace lianqiao::storage
