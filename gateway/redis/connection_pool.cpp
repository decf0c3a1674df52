#include "redis/connection_pool.h"

namespace lianqiao::redis {

Result<ConnectionPool::Borrowed> ConnectionPool::borrow() {
  while (true) {
    std::unique_ptr<RedisConnection> connection;
    {
      const base::Lock lock(mutex_);
      if (idle_.empty()) break;
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
    if (connection->usable()) return Borrowed(*this, std::move(connection));
  }
  auto opened = place_.open();
  if (!opened.ok()) return opened.error();
  return Borrowed(*this, std::move(*opened));
}

void ConnectionPool::giveBack(std::unique_ptr<RedisConnection> connection) {
  if (!connection->usable()) return;
  const base::Lock lock(mutex_);
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(connection));
}

}  // namespace lianqiao::redis
