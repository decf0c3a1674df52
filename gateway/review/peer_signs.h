#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/result.h"

namespace lianqiao::review {

/// When something last passed between a peer and any node.
struct LastSigns {
  std::optional<WallTime> in;   ///< It sent something that was taken up.
  std::optional<WallTime> out;  ///< It confirmed a delivery.
};

/// A time in which a peer did not work, as one node saw it.
struct Outage {
  WallTime begin{};
  std::optional<WallTime> end{};  ///< Nothing: it lasts, or its node has not been up since.
  bool inbound = false;           ///< Polls of it or its session; else deliveries to it.
  std::string node;
  std::string code;
};

/// What is known of peers over restarts and nodes. Thread-safe. Every call waits for Redis, with
/// the configured time limit, and fails with queue.unavailable.
class PeerSigns {
 public:
  /// Of each peer so many outages are kept, the last ones.
  static constexpr std::size_t kMostOutages = 32;

  virtual ~PeerSigns() = default;

  virtual Result<std::map<std::string, LastSigns>> last() = 0;
  /// The whole hours since 1970 in which something came from it, as far as they were noted.
  virtual Result<std::set<std::int64_t>> hours(std::string_view peer) = 0;
  /// Something came in `hour`; those that are `gone` are of no interest any more. Harmless to
  /// repeat.
  virtual Result<void> noteHour(std::string_view peer, std::int64_t hour,
                                std::span<const std::int64_t> gone) = 0;
  /// The latest begin comes first.
  virtual Result<std::vector<Outage>> outages(std::string_view peer) = 0;
  /// Its begin, or, noted with the same begin, way and node again, its end.
  virtual Result<void> noteOutage(std::string_view peer, const Outage& outage) = 0;
};

}  // namespace lianqiao::review
