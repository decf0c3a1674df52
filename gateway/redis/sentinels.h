#pragma once

#include <string>
#include <vector>

#include "base/mutex.h"
#include "lianqiao/result.h"
#include "redis/redis_address.h"

namespace lianqiao::redis {

/// Asks Redis Sentinel which server is the primary. Each question opens a connection of its own,
/// for a second at most. Thread-safe.
class Sentinels {
 public:
  struct Word {
    RedisAddress server;
    long long epoch = 0;  ///< Of the fail-over that made it primary: the higher, the later.
  };

  /// `primary`: what the sentinels call it. `entry`: user, password, database and time limits of
  /// the servers; its host and port are not looked at.
  Sentinels(std::vector<RedisAddress> sentinels, std::string primary, RedisAddress entry);

  /// Asks one after the other, those first that answered last time, until more than half of all say
  /// the same or none is left. Returns each server named, the latest first. Fails with
  /// queue.unavailable when nobody names one; the message says what each answered.
  Result<std::vector<Word>> ask();

  [[nodiscard]] const std::string& primary() const { return primary_; }
  [[nodiscard]] const RedisAddress& entry() const { return entry_; }

 private:
  Result<Word> askOne(const RedisAddress& sentinel) const;

  const std::vector<RedisAddress> sentinels_;
  const std::string primary_;
  const RedisAddress entry_;
  base::Mutex mutex_;
  std::vector<std::size_t> order_ LIANQIAO_GUARDED_BY(mutex_);
};

[[nodiscard]] bool sameServer(const RedisAddress& a, const RedisAddress& b);

}  // namespace lianqiao::redis
