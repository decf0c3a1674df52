#include "redis/obstacle.h"

#include <array>
#include <utility>

#include "lianqiao/codes.h"

namespace lianqiao::redis {
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
    Pair{"EXECABORT", codes::kQueueUnavailable},
};

// Before the cause, where EXEC itself is refused.
constexpr std::string_view kAborted = "EXECABORT Transaction discarded because of: ";

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

std::string_view causeOf(std::string_view refusal) {
  if (refusal.starts_with(kAborted)) refusal.remove_prefix(kAborted.size());
  return refusal;
}

std::string_view obstacleOf(std::string_view refusal) {
  refusal = causeOf(refusal);
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

}  // namespace lianqiao::redis
