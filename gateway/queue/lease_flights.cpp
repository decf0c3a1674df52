#include "queue/lease_flights.h"

#include <utility>

namespace lianqiao::queue {
namespace {

std::string nameOf(std::string_view peer, std::string_view recordId, std::string_view token) {
  std::string name;
  name.reserve(peer.size() + recordId.size() + token.size() + 2);
  return name.append(peer).append("\n").append(recordId).append("\n").append(token);
}

}  // namespace

void LeaseFlights::begin(const Lease& lease) {
  std::string name = nameOf(lease.peer, lease.recordId, lease.entry);
  const base::Lock lock(mutex_);
  const auto [at, isNew] = flights_.try_emplace(std::move(name));
  if (!isNew) return;
  at->second = {
      book_.note(crash::FlightBook::Kind::delivery, lease.peer, lease.recordId, lease.entry),
      lease.era};
  if (!at->second.mark.stands()) flights_.erase(at);
}

void LeaseFlights::end(const Lease& lease) {
  const std::string name = nameOf(lease.peer, lease.recordId, lease.entry);
  const base::Lock lock(mutex_);
  flights_.erase(name);
}

std::optional<std::uint64_t> LeaseFlights::eraOf(std::string_view peer, std::string_view recordId,
                                                 std::string_view token) const {
  const std::string name = nameOf(peer, recordId, token);
  const base::Lock lock(mutex_);
  const auto at = flights_.find(name);
  if (at == flights_.end()) return std::nullopt;
  return at->second.era;
}

}  // namespace lianqiao::queue
