#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "queue/deliveries.h"

namespace lianqiao::delivery {

/// The leases that a deliverer holds and has not begun: urgent ones first, else as the queue gave
/// them. Their keys differ, so that no order is disturbed. Not thread-safe: the deliverer's lock
/// guards it.
class LeaseBuffer {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  void add(std::vector<queue::Lease> leases);
  [[nodiscard]] bool empty() const { return leases_.empty(); }
  [[nodiscard]] std::size_t size() const { return leases_.size(); }

  struct Taken {
    std::vector<queue::Lease> leases;
    bool lapsed = false;  ///< Some were dropped: another node may have them, or soon.
  };
  /// Up to `most` for one call of the adapter, those that last until `end` of it. A suspect goes
  /// alone: should the process die of it, none other is at fault.
  Taken take(std::size_t most, TimePoint end);
  /// All that stand behind the first `count`; the last one first, as each goes back to the front of
  /// its queue.
  std::vector<queue::Lease> takeBeyond(std::size_t count);
  std::optional<queue::Lease> takeSuspect();

 private:
  std::deque<queue::Lease> leases_;
};

}  // namespace lianqiao::delivery
