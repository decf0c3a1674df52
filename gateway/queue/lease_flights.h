#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "crash/flight_book.h"
#include "queue/deliveries.h"

namespace lianqiao::queue {

/// The attempts under way, noted in the node's flight book. Its end takes them out of the book: a
/// clean stop strikes nothing. Thread-safe. REQUIRES: the book outlives it.
class LeaseFlights {
 public:
  explicit LeaseFlights(crash::FlightBook& book) : book_(book) {}

  /// From the first begin() on. Idempotent. `lease.era` is remembered.
  void begin(const Lease& lease) LIANQIAO_EXCLUDES(mutex_);
  void end(const Lease& lease) LIANQIAO_EXCLUDES(mutex_);
  /// The era in which that attempt began, while it is under way.
  [[nodiscard]] std::optional<std::uint64_t> eraOf(std::string_view peer, std::string_view recordId,
                                                   std::string_view token) const
      LIANQIAO_EXCLUDES(mutex_);

 private:
  struct Flight {
    crash::FlightBook::Mark mark;
    std::uint64_t era = 0;
  };

  crash::FlightBook& book_;
  mutable base::Mutex mutex_;
  std::unordered_map<std::string, Flight> flights_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::queue
