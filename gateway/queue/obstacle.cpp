#include "queue/obstacle.h"

#include <array>
#include <utility>

#include "lianqiao/codes.h"
#include "queue/group_words.h"
#include "queue/keys.h"
#include "queue/redis_connection.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// By the first word of an answer of Redis.
constexpr std::array kWords{
    Pair{"OOM", codes::kQueueMemory},
    Pair{"MISCONF", codes::kQueueDisk},
    Pair{"READONLY", codes::kQueueReadOnly},
    Pair{"MASTERDOWN", codes::kQueueReadOnly},
    Pair{"LOADING", codes::kQueueLoading},
    Pair{"BUSY", codes::kQueueBusy},
    Pair{"UNKILLABLE", codes::kQueueBusy},
    Pair{"TRYAGAIN", codes::kQueueBusy},
    Pair{"NOAUTH", codes::kQueueRights},
    Pair{"WRONGPASS", codes::kQueueRights},
    Pair{"NOPERM", codes::kQueueRights},
    Pair{"NOREPLICAS", codes::kQueueReplicas},
    Pair{"CLUSTERDOWN", codes::kQueueUnavailable},
};

// Within a script Redis 7.0 says so without a word of its own.
constexpr std::string_view kNoRightInScript = "The user executing the script can't";

constexpr std::array kReasons{
    Pair{codes::kQueueUnavailable, "the store does not answer"},
    Pair{codes::kQueueLoading, "the store is still reading its file"},
    Pair{codes::kQueueMemory, "the store has reached its memory limit"},
    Pair{codes::kQueueDisk, "the store cannot write its disk"},
    Pair{codes::kQueueReadOnly, "the store is a copy and takes no writes"},
    Pair{codes::kQueueRights, "the store refuses the gateway's user"},
    Pair{codes::kQueueReplicas, "the store has too few copies"},
    Pair{codes::kQueueBusy, "the store is busy"},
    Pair{codes::kQueueUnsafe, "this store might lose records"},
    Pair{codes::kNodeTaken, "another gateway has this one's name"},
};

}  // namespace

std::string_view obstacleOf(std::string_view refusal) {
  const std::string_view word = refusal.substr(0, refusal.find(' '));
  for (const auto& [known, code] : kWords)
    if (word == known) return code;
  if (refusal.find(kNoRightInScript) != std::string_view::npos) return codes::kQueueRights;
  return {};
}

bool isObstacle(std::string_view code) { return !publicReason(code).empty(); }

std::string_view publicReason(std::string_view code) {
  for (const auto& [known, reason] : kReasons)
    if (code == known) return reason;
  return {};
}

Result<void> tryWrites(RedisConnection& connection, const Keys& keys) {
  // A script without `allow-oom`: Redis refuses its run wherever it would refuse a write.
  RedisCommand nothing;
  beginScript(nothing, Script::accept, keys, 4);
  for (const std::string_view word : {"0", "1", "0", "d"}) nothing.word(word);
  if (const auto ran = runScript(connection, nothing); !ran.ok()) return ran.error();
  RedisCommand probe;
  beginScript(probe, Script::probe, keys, 0);
  const auto refused = runScript(connection, probe);
  if (!refused.ok()) return refused.error();
  const std::span<const RedisReply> pairs = (*refused)->items;
  if (pairs.size() < 2) return {};
  std::string names;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
    names.append(names.empty() ? "" : ", ").append(pairs[i].text);
  return Error{std::string(codes::kQueueRights),
               "the user of Redis may not run " + names + " on keys under " + keys.tag() + " (" +
                   std::string(pairs[1].text) + "); give it these commands (ACL SETUSER)"};
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
  return {std::string(codes::kQueueUnavailable), "Redis is away"};
}

}  // namespace lianqiao::queue
