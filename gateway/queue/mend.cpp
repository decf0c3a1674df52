#include "queue/mend.h"

#include "lianqiao/codes.h"
#include "queue/group_words.h"
#include "queue/known_peers.h"
#include "queue/scripts.h"
#include "record/redact.h"

namespace lianqiao::queue {

Result<Mended> mendLines(redis::RedisConnection& connection, const Keys& keys,
                         std::string_view peer, const MendPiece& piece) {
  redis::RedisCommand command;
  beginScript(command, Script::mend, keys, 5);
  command.word(peer);
  command.word(piece.from);
  command.word(static_cast<long long>(piece.most));
  command.word(static_cast<long long>(piece.before.time_since_epoch().count()));
  command.word(piece.change ? std::string_view() : std::string_view("look"));
  const auto reply = runScript(connection, command);
  if (!reply.ok())
    return Error{reply.error().code, "What is owed to " + std::string(peer) + " (" +
                                         keys.open(peer) + ", " + keys.leases(peer) + ", " +
                                         keys.busy(peer) + "): " + reply.error().detail};
  const std::span<const redis::RedisReply> said = (*reply)->items;
  if (said.size() != 4)
    return Error{codes::kQueueUnavailable, "Redis answered mend.lua with " +
                                               std::to_string(said.size()) +
                                               " values, where it should be 4"};
  Mended mended{said[0].number(), said[1].number(), {}};
  if (said[2].number() > 0)
    mended.hidden =
        "Some of what is owed to " + std::string(peer) + ": " + record::maskNumbers(said[3].text);
  return mended;
}

Result<Lost> countLost(redis::RedisConnection& connection, const Keys& keys, WallTime now) {
  constexpr int kMostPieces = 20;
  const auto peers = knownPeers(connection, keys);
  if (!peers.ok()) return peers.error();
  Lost lost;
  for (const std::string& peer : *peers) {
    MendPiece piece{0, 1000, now, false};
    for (int i = 0; i < kMostPieces; ++i) {
      const auto seen = mendLines(connection, keys, peer, piece);
      if (!seen.ok() && connection.dead()) return seen.error();
      const std::string hidden = seen.ok() ? seen->hidden : seen.error().detail;
      if (lost.hidden.empty()) lost.hidden = hidden;
      if (!seen.ok()) break;
      lost.count += seen->found;
      piece.from = seen->next;
      if (piece.from == 0) break;
    }
  }
  return lost;
}

}  // namespace lianqiao::queue
