#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "redis/redis_place.h"

namespace lianqiao::redis {

/// Connections for calls that wait for their answer on the caller's thread. Thread-safe.
class ConnectionPool {
 public:
  /// The place must outlive it.
  explicit ConnectionPool(RedisPlace& place) : place_(place) {}

  /// A connection for one caller; goes back by itself, unless it failed.
  class Borrowed {
   public:
    Borrowed(ConnectionPool& pool, std::unique_ptr<RedisConnection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    ~Borrowed() {
      if (connection_ != nullptr) pool_->giveBack(std::move(connection_));
    }
    Borrowed(Borrowed&&) noexcept = default;
    Borrowed& operator=(Borrowed&&) = delete;
    RedisConnection* operator->() { return connection_.get(); }
    RedisConnection& operator*() { return *connection_; }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<RedisConnection> connection_;
  };

  /// An idle connection that is still good, or a new one. Fails with queue.unavailable.
  Result<Borrowed> borrow();

 private:
  static constexpr std::size_t kMostIdle = 16;

  void giveBack(std::unique_ptr<RedisConnection> connection);

  RedisPlace& place_;
  base::Mutex mutex_;
  std::vector<std::unique_ptr<RedisConnection>> idle_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::redis
