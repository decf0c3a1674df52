#pragma once

#include <functional>

#include "queue/keys.h"
#include "redis/connection_pool.h"
#include "review/peer_signs.h"

namespace lianqiao::review {

/// The signs in Redis (layout: queue/FORMAT.md, `signs`, `hours`, `outages`). Thread-safe.
class RedisPeerSigns final : public PeerSigns {
 public:
  using Connect = std::function<Result<redis::ConnectionPool::Borrowed>()>;

  RedisPeerSigns(Connect connect, queue::Keys keys)
      : connect_(std::move(connect)), keys_(std::move(keys)) {}

  Result<std::map<std::string, LastSigns>> last() override;
  Result<std::set<std::int64_t>> hours(std::string_view peer) override;
  Result<void> noteHour(std::string_view peer, std::int64_t hour,
                        std::span<const std::int64_t> gone) override;
  Result<std::vector<Outage>> outages(std::string_view peer) override;
  Result<void> noteOutage(std::string_view peer, const Outage& outage) override;

 private:
  const Connect connect_;
  const queue::Keys keys_;
};

}  // namespace lianqiao::review
