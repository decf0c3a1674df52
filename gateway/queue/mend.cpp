#include "queue/mend.h"

#include "queue/group_words.h"
#include "queue/known_peers.h"
#include "queue/scripts.h"

namespace lianqiao::queue {

Result<Mended> mendLines(RedisConnection& connection, const Keys& keys, std::string_view peer,
                         const MendPiece& piece) {
  RedisCommand command;
  beginScript(command, Script::mend, keys, 5);
  command.word(peer);
  command.word(piece.from);
  command.word(static_cast<long long>(piece.most));
  command.word(static_cast<long long>(piece.before.time_since_epoch().count()));
  command.word(piece.change ? std::string_view() : std::string_view("look"));
  const auto reply = runScript(connection, command);
  if (!reply.ok()) return reply.error();
  if ((*reply)->items.size() != 2) return Mended{};
  return Mended{(*reply)->items[0].number(), (*reply)->items[1].number()};
}

Result<long long> countLost(RedisConnection& connection, const Keys& keys, WallTime now) {
  constexpr int kMostPieces = 20;
  const auto peers = knownPeers(connection, keys);
  if (!peers.ok()) return peers.error();
  long long lost = 0;
  for (const std::string& peer : *peers) {
    MendPiece piece{0, 1000, now, false};
    for (int i = 0; i < kMostPieces; ++i) {
      const auto seen = mendLines(connection, keys, peer, piece);
      if (!seen.ok()) return seen.error();
      lost += seen->found;
      piece.from = seen->next;
      if (piece.from == 0) break;
    }
  }
  return lost;
}

}  // namespace lianqiao::queue
