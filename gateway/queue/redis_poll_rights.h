#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "queue/heartbeat.h"
#include "queue/keys.h"
#include "queue/poll_rights.h"
#include "redis/connection_pool.h"

namespace lianqiao::queue {

/// The rights in Redis: of all nodes on one Redis one holds the right to a source, for as long as
/// it beats. Asks Redis only for what it does not hold. Thread-safe.
class RedisPollRights final : public PollRights {
 public:
  RedisPollRights(redis::ConnectionPool& pool, Keys keys, Heartbeat& heart)
      : pool_(pool), keys_(std::move(keys)), heart_(heart) {}

  Result<std::optional<std::string>> take(std::string_view peer) override;
  void giveUp(std::string_view peer) override;
  Result<std::string> cursor(std::string_view peer) override;

 private:
  struct Held {
    std::string token;
    std::uint64_t era = 0;
  };
  Result<std::string> ask(std::string_view peer, std::string_view who, std::string_view gone);

  redis::ConnectionPool& pool_;
  const Keys keys_;
  Heartbeat& heart_;
  base::Mutex mutex_;
  std::map<std::string, Held, std::less<>> held_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::queue
