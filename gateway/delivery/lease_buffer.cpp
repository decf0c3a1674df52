#include "delivery/lease_buffer.h"

#include <algorithm>
#include <utility>

namespace lianqiao::delivery {

void LeaseBuffer::add(std::vector<queue::Lease> leases) {
  for (queue::Lease& lease : leases) {
    if (lease.priority != record::Priority::high) {
      leases_.push_back(std::move(lease));
      continue;
    }
    const auto behind = std::find_if(leases_.begin(), leases_.end(), [](const queue::Lease& other) {
      return other.priority != record::Priority::high;
    });
    leases_.insert(behind, std::move(lease));
  }
}

LeaseBuffer::Taken LeaseBuffer::take(std::size_t most, TimePoint end) {
  Taken taken;
  while (taken.leases.size() < most && !leases_.empty()) {
    const bool alone = leases_.front().suspect;
    if (alone && !taken.leases.empty()) break;
    queue::Lease lease = std::move(leases_.front());
    leases_.pop_front();
    if (lease.until < end) {
      taken.lapsed = true;
      continue;
    }
    taken.leases.push_back(std::move(lease));
    if (alone) break;
  }
  return taken;
}

std::vector<queue::Lease> LeaseBuffer::takeBeyond(std::size_t count) {
  std::vector<queue::Lease> beyond;
  while (leases_.size() > count) {
    beyond.push_back(std::move(leases_.back()));
    leases_.pop_back();
  }
  return beyond;
}

std::optional<queue::Lease> LeaseBuffer::takeSuspect() {
  const auto suspect = std::find_if(leases_.begin(), leases_.end(),
                                    [](const queue::Lease& lease) { return lease.suspect; });
  if (suspect == leases_.end()) return std::nullopt;
  std::optional<queue::Lease> taken(std::move(*suspect));
  leases_.erase(suspect);
  return taken;
}

}  // namespace lianqiao::delivery
