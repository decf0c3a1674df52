#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/gateway_config.h"
#include "queue/keys.h"
#include "redis/redis_connection.h"
#include "review/record_store.h"

namespace lianqiao::review {

/// The delivery to `peer` that a record's `d:<peer>` tells of: "letter ms attempts text", or
/// nothing while nothing has happened.
[[nodiscard]] TrailDelivery readDelivery(std::string_view peer, std::string_view text);

/// Finds the records that an id may mean and reads their stories over one connection, which it
/// borrows with the rest for its life. For one call on one thread.
class TrailReader {
 public:
  TrailReader(redis::RedisConnection& connection, const queue::Keys& keys,
              const config::Retention& retention, const base::Clock& clock)
      : connection_(connection), keys_(keys), retention_(retention), clock_(clock) {}

  /// As RecordStore::trail().
  Result<std::vector<Trail>> read(std::string_view anyId);
  /// As RecordStore::ownTrails().
  Result<std::vector<Trail>> readOwn(std::string_view peer, std::string_view anyId,
                                     std::size_t most);

 private:
  /// Record ids that `anyId` may mean: itself, that of an exception of a delivery, a source id, a
  /// receipt, the key of open deliveries, a key that is made of peer and source id.
  Result<std::set<std::string>> recordsOf(std::string_view anyId);
  Result<std::set<std::string>> ownRecordsOf(std::string_view peer, std::string_view anyId);
  Result<void> addRecordsOfException(std::string_view id, std::set<std::string>& ids);
  Result<void> addRecordsOfKey(std::string_view key, std::set<std::string>& ids);
  Result<void> addTrails(const std::set<std::string>& ids, std::vector<Trail>& trails);
  Result<std::optional<Trail>> trailOf(const std::string& recordId);

  redis::RedisConnection& connection_;
  const queue::Keys& keys_;
  const config::Retention& retention_;
  const base::Clock& clock_;
  std::size_t raw_ = 0;  ///< Bytes of raw items, kept or not.
};

}  // namespace lianqiao::review
