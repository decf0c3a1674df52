#include "queue/retry_clock.h"

#include "queue/group_words.h"
#include "queue/known_peers.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

constexpr std::chrono::milliseconds kLongest{60'000};
constexpr long long kMovedAtOnce = 1000;

}  // namespace

Result<std::size_t> makeRetriesDueWithin(redis::RedisConnection& connection, const Keys& keys,
                                         std::string_view peer, WallTime now,
                                         std::chrono::milliseconds within) {
  std::size_t all = 0;
  for (long long moved = kMovedAtOnce; moved == kMovedAtOnce;) {
    redis::RedisCommand command;
    beginScript(command, Script::makeDue, keys, 4);
    command.word(static_cast<long long>(now.time_since_epoch().count()));
    command.word(static_cast<long long>(within.count()));
    command.word(kMovedAtOnce);
    command.word(peer);
    const auto reply = runScript(connection, command);
    if (!reply.ok()) return reply.error();
    moved = (*reply)->integer;
    all += static_cast<std::size_t>(moved);
  }
  return all;
}

Result<void> makeAllRetriesDueSoon(redis::RedisConnection& connection, const Keys& keys,
                                   WallTime now) {
  const auto peers = knownPeers(connection, keys);
  if (!peers.ok()) return peers.error();
  for (const std::string& peer : *peers) {
    const auto moved = makeRetriesDueWithin(connection, keys, peer, now, kLongest);
    if (!moved.ok()) return moved.error();
  }
  return {};
}

}  // namespace lianqiao::queue
