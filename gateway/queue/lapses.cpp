#include "queue/lapses.h"

#include <algorithm>

#include "lianqiao/codes.h"
#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

constexpr std::size_t kAtOnce = 500;

Result<const redis::RedisReply*> send(redis::RedisConnection& connection, const Keys& keys,
                                      std::span<const Lapse> some, WallTime now,
                                      std::chrono::milliseconds keep, std::string_view journalMark,
                                      base::IdSource& ids) {
  redis::RedisCommand command;
  beginScript(command, Script::settle, keys, 3 + some.size() * kSettlementWords);
  command.word(static_cast<long long>(now.time_since_epoch().count()));
  command.word(static_cast<long long>(keep.count()));
  command.word(journalMark);
  for (const Lapse& lapse : some)
    addLapse(command, lapse, lapse.strike.empty() ? std::string() : ids.next());
  return runScript(connection, command);
}

}  // namespace

Result<std::string> sendLapses(redis::RedisConnection& connection, const Keys& keys,
                               std::span<const Lapse> lapses, WallTime now,
                               std::chrono::milliseconds keep, std::string_view journalMark,
                               base::IdSource& ids) {
  std::string stay;
  std::size_t most = kAtOnce;
  while (!lapses.empty()) {
    const auto some = lapses.first(std::min(lapses.size(), most));
    const auto reply = send(connection, keys, some, now, keep, journalMark, ids);
    if (!reply.ok()) {
      const bool damage = !connection.dead() && reply.error().code == codes::kQueueUnavailable;
      if (!damage) return reply.error();
      if (some.size() > 1) {
        most = 1;
        continue;
      }
      if (stay.empty())
        stay = "The lease of record " + some[0].recordId + " by " + some[0].peer +
               " could not lapse. One of " + keys.record(some[0].recordId) + ", " +
               keys.open(some[0].peer) + ", " + keys.busy(some[0].peer) + ", " +
               keys.waiting(some[0].peer, "<its key>") + ": " + reply.error().detail;
    }
    lapses = lapses.subspan(some.size());
  }
  return stay;
}

}  // namespace lianqiao::queue
