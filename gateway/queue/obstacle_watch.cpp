#include "queue/obstacle_watch.h"

#include "lianqiao/codes.h"
#include "queue/command_rights.h"
#include "queue/group_words.h"
#include "queue/keys.h"
#include "queue/scripts.h"
#include "redis/redis_connection.h"

namespace lianqiao::queue {
Result<void> tryWrites(redis::RedisConnection& connection, const Keys& keys) {
  // A script without `allow-oom`: Redis refuses its run wherever it would refuse a write.
  redis::RedisCommand nothing;
  nothing.add({"MULTI"});
  beginScript(nothing, Script::accept, keys, 7);
  for (const std::string_view word : {"0", "1", "0", "d", "", "", "0"}) nothing.word(word);
  nothing.add({"EXEC"});
  if (const auto ran = runScript(connection, nothing); !ran.ok()) return ran.error();
  const auto rights = tryCommands(connection, keys);
  if (!rights.ok()) return rights.error();
  if (rights->allow.empty()) return {};
  return Error{codes::kQueueRights, "the user of Redis " + rights->lacking +
                                        "; let it: ACL SETUSER <user> " + rights->allow};
}

void ObstacleWatch::met(const Error& why) {
  {
    const base::Lock lock(mutex_);
    if (obstacle_ && obstacle_->code == why.code) {
      obstacle_->detail = why.detail;
      return;
    }
    if (!obstacle_) begin_ = clock_.steady();
    const WallTime since = obstacle_ ? obstacle_->since : clock_.wall();
    obstacle_ = Obstacle{why.code, why.detail, since};
    stands_.store(true, std::memory_order_release);
  }
  log_(LogLevel::error, "Redis takes no records (" + why.code + "): " + why.detail);
}

void ObstacleWatch::over() {
  std::string line;
  {
    const base::Lock lock(mutex_);
    if (!obstacle_) return;
    const auto time =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - begin_);
    line = "Redis takes records again after " + std::to_string(time.count()) + " ms (it was " +
           obstacle_->code + ")";
    obstacle_.reset();
    stands_.store(false, std::memory_order_release);
  }
  log_(LogLevel::info, line);
}

std::optional<Obstacle> ObstacleWatch::get() const {
  const base::Lock lock(mutex_);
  return obstacle_;
}

Error ObstacleWatch::error() const {
  const base::Lock lock(mutex_);
  if (obstacle_) return {obstacle_->code, obstacle_->detail};
  return {codes::kQueueUnavailable, "Redis is away"};
}

}  // namespace lianqiao::queue
