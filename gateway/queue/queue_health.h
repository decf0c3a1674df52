#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "queue/obstacle_watch.h"

namespace lianqiao::queue {

/// What waits of one peer's inbound exceptions.
struct ExceptionShare {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  ///< Of raw items, evidence and problems.
};

/// What waits on this node's disk for Redis (spool/).
struct SpoolDepth {
  std::uint64_t submissions = 0;  ///< Each a request's records.
  std::uint64_t bytes = 0;        ///< Of those.
  std::uint64_t limit = 0;        ///< Bytes; past it nothing more is taken.
  std::uint64_t aside = 0;  ///< Submissions that Redis refused for good: kept, a person must look.
  std::optional<WallTime> oldest;
  std::map<std::string, ExceptionShare> exceptions;  ///< Among those, by peer.
};

/// How the queue and its Redis are. Thread-safe, cheap.
class QueueHealth {
 public:
  virtual ~QueueHealth() = default;

  /// False while the connection to Redis is down.
  [[nodiscard]] virtual bool available() const = 0;
  /// Why Redis takes no records now; nothing while it does.
  [[nodiscard]] virtual std::optional<Obstacle> obstacle() const = 0;
  /// host:port of the server that Redis Sentinel names as the primary; empty without sentinels.
  [[nodiscard]] virtual std::string primary() const = 0;
  /// Nothing where there is no spool.
  [[nodiscard]] virtual std::optional<SpoolDepth> spool() const { return std::nullopt; }
};

}  // namespace lianqiao::queue
