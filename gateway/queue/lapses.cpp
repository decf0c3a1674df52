#include "queue/lapses.h"

#include <algorithm>

#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

constexpr std::size_t kAtOnce = 500;

}  // namespace

Result<void> sendLapses(RedisConnection& connection, const Keys& keys,
                        std::span<const Lapse> lapses, WallTime now, std::chrono::milliseconds keep,
                        base::IdSource& ids) {
  while (!lapses.empty()) {
    const auto some = lapses.first(std::min(lapses.size(), kAtOnce));
    RedisCommand command;
    beginScript(command, Script::settle, keys, 2 + some.size() * kSettlementWords);
    command.word(static_cast<long long>(now.time_since_epoch().count()));
    command.word(static_cast<long long>(keep.count()));
    for (const Lapse& lapse : some)
      addLapse(command, lapse, lapse.strike.empty() ? std::string() : ids.next());
    const auto reply = runScript(connection, command);
    if (!reply.ok()) return reply.error();
    lapses = lapses.subspan(some.size());
  }
  return {};
}

}  // namespace lianqiao::queue
